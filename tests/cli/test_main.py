import importlib
import subprocess
import sys

import click
import pytest

from molvae.cli.main import SECTIONS, main

HEAVY = {"torch", "rdkit", "pandas", "numpy", "pydantic", "pyarrow", "rich", "matplotlib"}
TARGETS = {name: target for part in SECTIONS.values() for name, (target, _) in part.items()}


def modules_after(code: str) -> set[str]:
    probe = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_imports_nothing_heavy_and_lists_every_command():
    code = (
        "import contextlib, io\n"
        "from molvae.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['--help'], standalone_mode=False)"
    )
    assert not modules_after(code) & HEAVY


def test_command_modules_import_nothing_heavy():
    targets = {target.partition(":")[0] for target in TARGETS.values()}
    code = "\n".join(f"import {module}" for module in sorted(targets))
    assert not modules_after(code) & HEAVY


def test_help_names_every_command(run):
    shown = run("--help").stdout
    assert all(name in shown for name in TARGETS)


def all_commands() -> list[list[str]]:
    return [[name] for name in TARGETS if name != "data"] + [
        ["data", name] for name in ("list", "fetch", "describe")
    ]


@pytest.mark.parametrize("command", all_commands(), ids=" ".join)
def test_every_command_has_help_with_examples_and_the_common_options(run, command):
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    assert "Examples:" in shown.stdout
    for option in ("--seed", "--device", "--quiet", "--json", "--debug"):
        assert shown.stdout.count(f"{option} ") == 1
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize("target", TARGETS.values())
def test_targets_are_commands(target):
    module, _, attribute = target.partition(":")
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


def test_no_command_declares_an_option_twice():
    for target in TARGETS.values():
        module, _, attribute = target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        flags = [flag for parameter in command.params for flag in parameter.opts]
        assert len(flags) == len(set(flags))


def test_unknown_command_is_wrong_usage_and_names_the_nearest(run):
    result = run("sampel")
    assert result.exit_code == 2
    assert "did you mean 'sample'?" in result.stderr


def test_unknown_option_is_wrong_usage(run):
    assert run("score", "--colour").exit_code == 2
    assert run("--colour").exit_code == 2


def test_version(run):
    assert run("--version").stdout.startswith("molvae ")


def test_python_dash_m():
    done = subprocess.run(
        [sys.executable, "-m", "molvae", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("molvae ")
    assert main.name == "main"
