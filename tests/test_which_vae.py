"""The table of all methods: no method is left out, and what was written by hand stays."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from molvae.config import Config, method_names
from molvae.errors import ConfigError

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture(autouse=True)
def scripts_are_importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield
    for name in [name for name in sys.modules if name.startswith("_vae_")]:
        del sys.modules[name]


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_every_method_has_a_row_with_settings_that_fit() -> None:
    rows = load("_vae_rows").rows()
    trained = [row for row in rows if row.fitted is None]
    assert {name for row in trained for name in row.methods} == set(method_names())
    configs = [row.config(["train.max_steps=3"], "small") for row in trained]
    assert all(isinstance(one, Config) and one.train.max_steps == 3 for one in configs)
    assert len({one.to_toml() for one in configs}) == len(rows) - sum(
        row.fitted is not None for row in rows
    )  # no two rows are the same
    bases = {row.base for row in rows if row.fitted is not None}
    priors = {row.name: one.model.prior.kind for row, one in zip(trained, configs, strict=True)}
    assert {priors[base] for base in bases} == {"normal"}


def test_rows_are_picked_by_name_or_group() -> None:
    module = load("_vae_rows")
    known = module.rows()
    assert [row.name for row in module.chosen(["vae", "Posterior"], known)] == [
        "vae", "flow-posterior", "coupling-posterior",
    ]  # fmt: skip
    assert module.chosen([], known) == known
    assert not [row for row in module.rows(()) if row.fitted]
    frontier = module.chosen([module.FRONTIER], known)
    assert {row.line for row in frontier} == {*load("_vae_frontier").LINES, None}
    assert "iwae" not in {row.name for row in frontier}
    with pytest.raises(ConfigError, match="no row or group 'vea'"):
        module.chosen(["vea"], known)


def test_the_page_keeps_what_was_written_by_hand(tmp_path: Path) -> None:
    module = load("_vae_page")
    page = tmp_path / "results.md"
    kept = "<!-- other: begin -->\nkept\n<!-- other: end -->\nafter\n"
    page.write_text(f"before\n<!-- mine: begin -->\nold\n<!-- mine: end -->\n{kept}")
    found = [
        {"name": "a", "group": "G", "text": "--method a", "values": {"valid": 0.5, "fcd": None}}
    ]
    for _ in range(2):
        module.write_page(page, "mine", found, {"b": "why"}, ["protocol"])
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith(kept)
    assert "old" not in text
    assert text.count("| **a**<br>`--method a` | - | - | 50.0 |") == 1
    assert text.count("- **b**: why") == 1


def test_the_frontier_needs_both_figures() -> None:
    module = load("_vae_frontier")
    values = ({"reconstruction": 0.9, "fcd": 1.0}, {"reconstruction": 0.5, "fcd": None}, {})
    found = module.points([{"name": "a", "values": one} for one in values])
    assert [point[:2] for point in found] == [(pytest.approx(90.0), 1.0)]
