"""The page of methods names every method that ships, and none that does not."""

import re
from pathlib import Path

from molvae.config import method_names

PAGE = Path(__file__).parent.parent / "docs" / "methods.md"


def test_every_method_has_a_row_and_every_row_a_method() -> None:
    text = PAGE.read_text("utf-8")
    first_cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`([\w-]+)`", cell)}
    assert named == set(method_names())


def test_what_it_asks_for_is_there() -> None:
    text = PAGE.read_text("utf-8")
    asked = set(re.findall(r"--method ([\w-]+)|\.method\(\"([\w-]+)\"\)", text))
    assert {first or second for first, second in asked} <= set(method_names())
