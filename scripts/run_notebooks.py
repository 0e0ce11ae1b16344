"""Execute the notebooks with the Python that runs this script, and keep what they show.

    python scripts/run_notebooks.py                       all notebooks, in full, in place
    python scripts/run_notebooks.py --quick --out executed  small sizes, copies with outputs there

Each runs in a temporary copy of the folders it knows (`notebooks/`, `data/examples/`,
`docs/benchmarks/`), so that nothing is left behind in the repository. What depends on the
machine is removed from the file: times of execution, versions of Python. A notebook that
fails, warns, names a folder of this machine, or grows beyond 3 MB is not written, and the
script ends with 1.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from ipykernel.kernelspec import write_kernel_spec
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = Path("notebooks")
READ = (Path("data", "examples"), Path("docs", "benchmarks"))
"""Folders that notebooks read from."""
LARGEST = 3_000_000
"""Bytes of a notebook with its outputs."""
SECONDS = 900
"""After which a single cell is given up."""
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(path: Path, *, quick: bool) -> NotebookNode:
    """The notebook at `path`, executed in a temporary folder by the running Python.

    Raises `nbclient.exceptions.CellExecutionError` for the first cell that fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="molvae-notebook-") as folder:
        place = Path(folder, NOTEBOOKS)
        place.mkdir()
        for part in READ:
            shutil.copytree(ROOT / part, Path(folder, part))
        _run_cells(notebook, place, _environment(Path(folder), quick=quick))
    return notebook


def _run_cells(notebook: NotebookNode, place: Path, environment: dict[str, str]) -> None:
    """Run all cells in a kernel of their own; their outputs are put into `notebook`."""
    # A kernel made here, lest one registered under the same name starts another Python.
    specs = place.parent / "kernels"
    write_kernel_spec(specs / "python3")
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(specs)]),
        connection_file=str(place.parent / "kernel.json"),
        transport="ipc" if os.name == "posix" else "tcp",
    )
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=SECONDS,
        coalesce_streams=True,
        resources={"metadata": {"path": str(place)}},
    )
    client.execute(env=environment)


def _environment(folder: Path, *, quick: bool) -> dict[str, str]:
    """This process's, with the size chosen, and without the user's own start-up files."""
    environment = {name: text for name, text in os.environ.items() if name != "MOLVAE_QUICK"}
    environment["IPYTHONDIR"] = str(folder / "ipython")
    environment["MOLVAE_CACHE"] = str(folder / "cache")
    return {**environment, "MOLVAE_QUICK": "1"} if quick else environment


def tidy(notebook: NotebookNode) -> None:
    """Leave out what would differ from machine to machine: versions, times of execution."""
    notebook.metadata = METADATA
    for cell in notebook.cells:
        cell.metadata = {}


def faults(notebook: NotebookNode, size: int) -> Iterator[str]:
    """What must not be in a notebook that others read; `size` is that of its file in bytes."""
    places = {str(Path(place).resolve()) for place in _machine_places()}
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            text = _text(output)
            if output.get("name") == "stderr":
                yield f"cell {number} writes to standard error: {text.strip()[:300]}"
            for place in sorted(places - {"/"}):
                if place in text:
                    yield f"cell {number} names a folder of this machine, {place}"
    if size > LARGEST:
        yield f"it has {size:,} bytes, more than {LARGEST:,}"


def _text(output: NotebookNode) -> str:
    """All of an output but the bytes of images, in which any short text can turn up."""
    kinds = output.get("data", {})
    texts = [text for kind, text in kinds.items() if kind.startswith("text/")]
    return "\n".join([output.get("text", ""), *texts])


def _machine_places() -> list[str | Path]:
    return [ROOT, sys.prefix, sys.base_prefix + "/lib", Path.home(), tempfile.gettempdir()]


def _run(path: Path, out: Path, *, quick: bool) -> bool:
    """Execute one notebook and write it to `out`; tells how it went, and returns whether well."""
    started = time.perf_counter()
    try:
        notebook = execute(path, quick=quick)
    except (CellExecutionError, DeadKernelError) as error:
        print(f"{path.name}: a cell failed\n{error}", file=sys.stderr)
        return False
    tidy(notebook)
    text = nbformat.writes(notebook) + "\n"
    found = list(faults(notebook, len(text.encode())))
    for fault in found:
        print(f"{path.name}: {fault}", file=sys.stderr)
    if not found:
        (out / path.name).write_text(text, "utf-8")
        seconds = time.perf_counter() - started
        print(f"{path.name}: {seconds:.0f} s, {len(text.encode()) / 1e6:.2f} MB", flush=True)
    return not found


def main() -> None:
    """Run the notebooks named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="files [default: all]")
    parser.add_argument("--quick", action="store_true", help="small sizes, as the tests do")
    parser.add_argument("--out", type=Path, help="folder for the results [default: in place]")
    arguments = parser.parse_args()
    paths = arguments.notebooks or sorted((ROOT / NOTEBOOKS).glob("*.ipynb"))
    if arguments.quick and arguments.out is None:
        parser.error("outputs of a quick run are not for readers: give --out")
    went_well = [_run(path, arguments.out or path.parent, quick=arguments.quick) for path in paths]
    sys.exit(0 if all(went_well) else 1)


if __name__ == "__main__":
    main()
