"""What every benchmark script shares: where it ran, fair alternation, a table and a JSON file."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from molvae.files import atomic_path

LIBRARIES = ("molvae", "torch", "rdkit", "selfies", "numpy", "pandas", "pyarrow")


def environment() -> dict[str, Any]:
    """The machine and the versions a figure belongs to; nothing that names a host or a path."""
    return {
        "cpu": _cpu_model(),
        "cores": _usable_cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
        "commit": _commit(),
    }


def save(path: str | Path, payload: Any) -> None:
    """Write `payload` and the environment to `path` as JSON, atomically."""
    with atomic_path(path) as temporary:
        text = json.dumps({"environment": environment(), "results": payload}, indent=2)
        temporary.write_text(text + "\n", "utf-8")


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print `rows` under their common keys; numbers to the right, text to the left."""
    if not rows:
        return
    names = list(rows[0])
    cells = [[_shown(row.get(name)) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    is_number = [isinstance(rows[0][name], int | float) for name in names]
    for line in (names, ["-" * width for width in widths], *cells):
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ]
        print("  ".join(padded).rstrip())


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int = 5) -> dict[str, float]:
    """The median of `rounds` readings of each measure, taken in turn.

    Taking turns spreads what else the machine is doing over all measures alike.
    """
    readings: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            readings[name].append(measure())
    return {name: statistics.median(values) for name, values in readings.items()}


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cpu_model() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    return platform.processor() or platform.machine()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    return _output("git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD")


def _output(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
