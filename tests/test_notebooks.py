"""The notebooks run, use what is public, and were committed with outputs fit for readers.

Each is executed in its quick mode by `scripts/run_notebooks.py`, which works on copies in a
temporary folder with the Python that runs the tests.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 3_000_000
LIBRARIES = {"numpy", "pandas", "matplotlib", "sklearn", "IPython", *sys.stdlib_module_names}
PUBLIC = {"molvae", "molvae.tokenizers", "molvae.chem", "molvae.evaluation"}
MACHINE = re.compile(
    r"(?<![\w.:/])/(home|root|Users|tmp|work|opt|usr|var|private|mnt)/|[A-Z]:\\|site-packages"
)

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def visible_text(notebook: NotebookNode) -> str:
    """All that a reader sees or can copy, but for the bytes of images."""
    parts = [cell.source for cell in notebook.cells]
    for output in outputs(notebook):
        parts.append(output.get("text", ""))
        kinds = output.get("data", {})
        parts += [text for kind, text in kinds.items() if kind.startswith("text/")]
    return "\n".join(parts)


def imports(source: str) -> list[str]:
    """Modules that `source` imports; of `from a import b`, "a.b" where that is a module of ours."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or ".")
    return found


def is_allowed(module: str) -> bool:
    return module in PUBLIC or module.partition(".")[0] in LIBRARIES


def test_there_are_five() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "1_quickstart",
        "2_latent_space",
        "3_conditional_generation",
        "4_your_own_data",
        "5_which_vae",
    ]


@each
def test_runs_in_quick_mode(path: Path, tmp_path: Path) -> None:
    before = sorted((ROOT / "notebooks").rglob("*"))
    script = ROOT / "scripts" / "run_notebooks.py"
    errors = tmp_path / "errors.txt"
    with errors.open("w") as stream:  # a pipe would stay open as long as idle worker processes
        done = subprocess.run(
            [sys.executable, script, "--quick", "--out", tmp_path, path],
            stdout=subprocess.DEVNULL,
            stderr=stream,
            timeout=600,
        )
    assert done.returncode == 0, errors.read_text()
    executed = read(tmp_path / path.name)
    assert all(cell.execution_count for cell in code_cells(executed))
    assert not [o for o in outputs(executed) if o.get("name") == "stderr"]
    assert sorted((ROOT / "notebooks").rglob("*")) == before


@each
def test_has_outputs_of_a_full_run(path: Path) -> None:
    notebook = read(path)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert sum("image/png" in output.get("data", {}) for output in outputs(notebook)) >= 3
    assert not [o for o in outputs(notebook) if o.output_type == "error"]
    assert not [o for o in outputs(notebook) if o.get("name") == "stderr"]


@each
def test_holds_nothing_of_a_machine(path: Path) -> None:
    notebook = read(path)
    assert path.stat().st_size < LARGEST
    found = MACHINE.search(visible_text(notebook))
    assert found is None, found
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert not any(cell.metadata for cell in notebook.cells)


@each
def test_imports_are_public(path: Path) -> None:
    used = [name for cell in code_cells(read(path)) for name in imports(cell.source)]
    assert not [name for name in used if not is_allowed(name)]
    private = re.findall(r"\b(?:generator|molvae)\._(?!_)\w+", visible_text(read(path)))
    assert not private


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("from molvae import Generator", True),
        ("from molvae.chem import parse", True),
        ("from molvae.generation.generator import Generator", False),
        ("import molvae.data", False),
        ("import rdkit", False),
    ],
)
def test_the_check_of_imports_can_fail(source: str, allowed: bool) -> None:
    assert all(is_allowed(name) for name in imports(source)) == allowed


@each
def test_links_lead_somewhere(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#:]+)\)", cell.source):
                assert (path.parent / target).exists(), target
