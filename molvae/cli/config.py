"""`molvae config`: every setting there is, its value, what it may be and what it means."""

import json
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import click

from molvae.cli.options import Session, SettingsSource, command, config_options, out_option
from molvae.cli.output import check_file
from molvae.cli.settings import resolve_config
from molvae.cli.training_options import finetuning_base, init_option, initial_model

if TYPE_CHECKING:
    from molvae.settings import Settings

WIDTH = 92
HUGE = 1e15
"""Bounds from here on are those of the machine: nobody needs to be told."""


class Setting(NamedTuple):
    """One setting; `section` is empty at the top."""

    section: str
    name: str
    value: Any
    default: Any
    kind: str
    help: str


@command(
    "config",
    examples=(
        "molvae config",
        "molvae config --preset small --set train.batch_size=64 --out mine.toml",
        "molvae train molecules.smi --config mine.toml",
        "molvae config --init default                 (those of fine-tuning)",
    ),
)
@config_options
@init_option
@out_option("File to write: .toml [default: standard output].")
def config(
    session: Session, *, settings: SettingsSource, init: str | None, out: str | None
) -> None:
    """Print all settings with their values and meaning, as TOML for --config.

    What a preset, a file or --set changes is shown with its default.
    """
    from molvae.files import atomic_path

    if init is not None and settings.preset is not None:
        raise click.UsageError("--init brings the settings of MODEL: give no --preset")
    check_file(out, ".toml")
    resolved = resolve_config(session, settings, base=finetuning_base(initial_model(init)))
    found = list(settings_of(resolved))
    if session.terminal.json:
        rows = [{**row._asdict(), "key": _key(row)} for row in found]
        session.terminal.write_json({"settings": rows})
    text = as_toml(found, sections_of(resolved))
    if out is not None and out != "-":
        with atomic_path(out) as temporary:
            temporary.write_text(text, "utf-8")
        session.terminal.say(f"wrote {len(found)} settings to {out}")
    elif not session.terminal.json:
        click.echo(text, nl=False)


def settings_of(settings: "Settings", section: str = "") -> Iterator[Setting]:
    """Every setting in `settings`: those of a section before those of its sub-sections."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if not _is_section(value):
            default = field.get_default(call_default_factory=True)
            kind = describe_type(field.annotation, field.metadata)
            yield Setting(section, name, value, default, kind, _one_line(field.description))
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if _is_section(value):
            yield from settings_of(value, f"{section}.{name}".lstrip("."))


def sections_of(settings: "Settings", section: str = "") -> dict[str, str]:
    """What each section is about."""
    found = {section: _one_line(type(settings).__doc__)}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if _is_section(value):
            found |= sections_of(value, f"{section}.{name}".lstrip("."))
    return found


def as_toml(settings: list[Setting], sections: Mapping[str, str]) -> str:
    """`settings` as TOML with comments; one that is none is commented out."""
    lines: list[str] = []
    for section, meaning in sections.items():
        own = [setting for setting in settings if setting.section == section]
        lines += [*([f"[{section}]"] if section else []), *_comment(meaning)]
        for setting in own:
            lines += ["", *_comment(_explained(setting)), _assignment(setting)]
        lines += ["", ""]
    return "\n".join(lines).strip() + "\n"


def describe_type(annotation: Any, limits: Any = ()) -> str:
    """What a value of the type `annotation` may be, in words; `limits` are those of its field."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return describe_type(arguments[0], _limits_in(arguments[1:]))
    if origin in (Union, types.UnionType):
        parts = [describe_type(part, limits) for part in arguments if part is not type(None)]
        return " or ".join(parts) + (", or none" if type(None) in arguments else "")
    if origin is Literal:
        return "one of " + ", ".join(map(_toml, arguments))
    if origin is tuple:
        inner = [describe_type(part) for part in arguments if part is not ...]
        return "list of " + (inner[0] if arguments[-1] is ... else " and ".join(inner))
    names = {bool: "true or false", int: "whole number", float: "number", str: "text"}
    return f"{names.get(annotation, 'value')}{_bounds(limits)}"


def _limits_in(metadata: tuple[Any, ...]) -> list[Any]:
    """The limits inside pydantic's `Field(ge=...)` of an annotated type."""
    return [limit for item in metadata for limit in getattr(item, "metadata", [item])]


def _bounds(limits: Any) -> str:
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    bounds = [
        (word, getattr(limit, sign, None)) for limit in limits for sign, word in words.items()
    ]
    found = [f"{word} {bound:g}" for word, bound in bounds if bound is not None and bound < HUGE]
    return " " + " and ".join(found) if found else ""


def _is_section(value: object) -> bool:
    from molvae.settings import Settings

    return isinstance(value, Settings)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _explained(setting: Setting) -> str:
    default = "none" if setting.default is None else _toml(setting.default)
    changed = f"; default {default}" if setting.value != setting.default else ""
    return f"{setting.help} ({setting.kind}{changed})".strip()


def _assignment(setting: Setting) -> str:
    if setting.value is None:
        return f"# {setting.name} ="
    return f"{setting.name} = {_toml(setting.value)}"


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, WIDTH)]


def _toml(value: object) -> str:
    """Texts, numbers and lists of these are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)


def _key(setting: Setting) -> str:
    return f"{setting.section}.{setting.name}".lstrip(".")
