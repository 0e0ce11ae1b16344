"""The house keeps its walls: imports point downwards, and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import molvae

ROOT = Path(molvae.__file__).parent
ROWS = (
    {"__main__"},
    {"cli"},
    {"evaluation"},
    {"optimization"},
    {"training", "generation"},
    {"checkpoint"},
    {"data"},
    {"model"},
    {"chem", "tokenizers"},
    {"config"},
    {"settings"},
    {"files", "parallel", "version", "versioned"},
    {"errors"},
)
LEVEL = {name: level for level, row in enumerate(ROWS) for name in row}
FRONT_DOOR = "molvae"


def modules() -> dict[str, Path]:
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """Modules of molvae that a file imports, local imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("molvae"))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module and node.module.split(".")[0] == "molvae":
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    yield full if full in known else node.module


def room(module: str) -> str:
    return module.split(".")[1]


def may_import(module: str, target: str) -> bool:
    """Only the command line, which prints the version, goes through the front door."""
    if target == FRONT_DOOR:
        return room(module) == "cli"
    return room(target) == room(module) or LEVEL[room(target)] > LEVEL[room(module)]


def test_every_room_is_in_the_table() -> None:
    assert {room(module) for module in modules() if module != FRONT_DOOR} <= set(LEVEL)


def test_imports_point_downwards() -> None:
    found = modules()
    wrong = [
        f"{module} imports {target}"
        for module, path in found.items()
        if module != FRONT_DOOR
        for target in imports(path, set(found))
        if not may_import(module, target)
    ]
    assert not wrong


def test_no_circles() -> None:
    found = modules()
    graph = {
        module: {target for target in imports(path, set(found)) if target != module}
        for module, path in found.items()
        if module != FRONT_DOOR
    }
    assert list(TopologicalSorter(graph).static_order())


def test_rdkit_stays_in_chem_and_torch_out_of_the_light_rooms() -> None:
    for module, path in modules().items():
        text = path.read_text("utf-8")
        if module != FRONT_DOOR and room(module) != "chem":
            assert "import rdkit" not in text, module
            assert "from rdkit" not in text, module
        if module == FRONT_DOOR or room(module) in ("chem", "tokenizers", "config", "files"):
            assert "import torch" not in text, module
