"""The README's commands, options, code, targets and links exist.

Commands are parsed, not run: they need data, and minutes. Code is compiled; what needs no
model is run.
"""

import re
import shlex
from pathlib import Path

import click
import pytest

from molvae.cli.main import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[list[str]]:
    lines = [
        line.removeprefix("$ ")
        for block in blocks("sh") + blocks("console")
        for line in block.splitlines()
    ]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("molvae ")]


def test_there_is_something_to_test() -> None:
    assert len(commands()) >= 6
    assert len(blocks("python")) >= 3


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_and_options_exist(words: list[str]) -> None:
    context = click.Context(main)
    command: click.Command | None = main
    rest = words[1:]
    while isinstance(command, click.Group):
        command = command.get_command(context, rest.pop(0))
    assert command is not None
    command.make_context(words[1], rest)  # parses, runs nothing


@pytest.mark.parametrize("code", blocks("python"))
def test_code_is_python(code: str) -> None:
    compile(code, "README.md", "exec")


def test_the_code_that_needs_no_model_runs(capsys: pytest.CaptureFixture[str]) -> None:
    code = next(code for code in blocks("python") if "validate" in code)
    exec(compile(code, "README.md", "exec"), {})
    assert "valence" in capsys.readouterr().out


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", "".join(blocks("sh")), flags=re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_links_lead_somewhere() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#:]+)\)", prose):
        assert (ROOT / target).exists(), target
