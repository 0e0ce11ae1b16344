"""Strips, neighborhoods, maps and traversals: what is in them, where, and how large."""

import math
import re
from xml.etree import ElementTree

import pytest
from PIL import Image

from molvae.chem import (
    Cell,
    map_image,
    map_svg,
    neighbors_image,
    neighbors_svg,
    strip_image,
    strip_svg,
    traverse_image,
    traverse_svg,
)
from molvae.chem.lettering import text_width
from molvae.errors import MoleculeError, OutputError

PATH = ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1", "C1CC", "CC(C)Oc1ccccc1", "CC(C)Cc1ccccc1"]
NS = "{http://www.w3.org/2000/svg}"


def cells(**more):
    return [Cell(smiles, {"logp": float(i)}, **more) for i, smiles in enumerate(PATH)]


def texts(svg: str) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(svg).iter(f"{NS}text")]


def structures(svg: str) -> int:
    """Molecules with a bond: the strokes of the first bond of one come in one run."""
    strokes = re.findall(r"<path class='(\S+)", svg)
    starts = zip(["", *strokes], strokes, strict=False)
    return sum(now == "bond-0" and before != "bond-0" for before, now in starts)


def each_text_box(svg: str):
    """Left, right, top, bottom of every text that is not turned."""
    for node in ElementTree.fromstring(svg).iter(f"{NS}text"):
        if node.get("transform"):
            continue
        size = float(node.get("font-size").removesuffix("px"))
        width = text_width(node.text, size, bold=node.get("font-weight") == "bold")
        x, y = float(node.get("x")), float(node.get("y"))
        left = x - {"start": 0, "middle": width / 2, "end": width}[node.get("text-anchor")]
        yield left, left + width, y - 0.74 * size, y + 0.22 * size


def size(svg: str) -> tuple[float, float]:
    root = ElementTree.fromstring(svg)
    return tuple(float(root.get(side).removesuffix("px")) for side in ("width", "height"))


LONG = "a very long name of something that nobody could ever place in a cell of a picture"
CROWDED = [
    Cell("CCO", {LONG: 1234.5, "tpsa": 20.2}, label=LONG, note=LONG * 3, share=0.5),
    Cell("C" * 80, {LONG: -0.001, "tpsa": 0.0}, note="short", share=1.0),
    Cell("C1CC" * 30, {}, share=0.0),
    Cell("", {"tpsa": math.nan}, share=math.nan),
]
PICTURES = {
    "strip": lambda given: strip_svg(given, columns=3, title=LONG * 4),
    "neighbors": lambda given: neighbors_svg("CCO", given, keep="[#6]", columns=3, title=LONG * 4),
    "narrow": lambda given: neighbors_svg("CCO", given, keep="C" * 50, columns=1, title=LONG),
    "traverse": lambda given: traverse_svg(
        [given, given], row_labels=[LONG, LONG.replace(" ", "")], positions=[-1, 0, 1, 2]
    ),
    "map": lambda given: map_svg(
        [given, given],
        values=[[1, 2, 3, 4], [1, 2, math.nan, 4]],
        value_label=LONG,
        columns_label=LONG * 3,
        column_positions=[-3, -1.5, 0, 1.234],
        row_positions=[-1, 1],
    ),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_no_text_is_cut_or_lies_on_another(kind):
    svg = PICTURES[kind](CROWDED)
    width, height = size(svg)
    boxes = list(each_text_box(svg))
    assert len(boxes) > 10
    for left, right, top, bottom in boxes:
        assert left >= 0
        assert right <= width
        assert top >= 0
        assert bottom <= height
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
            assert apart, (a, b)


@pytest.mark.parametrize("kind", PICTURES)
def test_same_input_same_picture(kind):
    assert PICTURES[kind](CROWDED) == PICTURES[kind](CROWDED)


def write_strip(path):
    return strip_image(cells(), path)


def write_neighbors(path):
    return neighbors_image("CCO", cells(), path)


def write_map(path):
    return map_image([cells(), cells()], path)


def write_traverse(path):
    return traverse_image([cells()], path, row_labels=["z1"], positions=range(5))


WRITERS = {write_strip: 5, write_neighbors: 6, write_map: 10, write_traverse: 5}


@pytest.mark.parametrize("write", WRITERS)
def test_every_format(tmp_path, write):
    for ending in ("png", "svg", "html"):
        assert write(tmp_path / f"walk.{ending}") == WRITERS[write]
    width, height = size((tmp_path / "walk.svg").read_text("utf-8"))
    with Image.open(tmp_path / "walk.png") as picture:
        assert picture.size == (2 * width, 2 * height)
        assert picture.info["dpi"] == pytest.approx((192, 192), abs=0.1)
    page = (tmp_path / "walk.html").read_text("utf-8")
    assert page.count("<code>CC(C)Oc1ccccc1</code>") >= 1
    assert not re.findall(r'(?:src|href)="http|@import|<script', page)


@pytest.mark.parametrize("write", WRITERS)
def test_an_unknown_ending_is_an_error(tmp_path, write):
    with pytest.raises(OutputError, match=r"must be one of \.png, \.svg, \.html"):
        write(tmp_path / "walk.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_strip_says_what_changed():
    assert structures(strip_svg(cells(), highlight="none")) == 4
    svg = strip_svg(cells(share=0.25))
    said = texts(svg)
    assert [label for label in said if label in ("start", "1", "2", "3", "end")] == [
        *("start", "1", "2", "3", "end")
    ]
    # compared with the molecule before, what is none passed over
    assert {"logP 0", "logP 1 (+1)", "logP 3 (+2)", "logP 4 (+1)"} <= set(said)
    assert said.count("25% valid") == 5
    assert said.count("not a molecule") == 1
    assert "changed against the molecule before" in said


def test_a_strip_without_extras():
    svg = strip_svg(cells(), deltas=False, highlight="none", align=False)
    assert {"logP 0", "logP 1", "logP 3", "logP 4"} <= set(texts(svg))
    assert "changed against the molecule before" not in texts(svg)
    assert "#FFCC84" not in svg  # the color of changes


def test_only_changed_atoms_have_a_color():
    """Ethyl for methyl: one circle, and the swatch of the key."""
    same, changed = (strip_svg([Cell("Cc1ccccc1"), Cell(s)]) for s in ("Cc1ccccc1", "CCc1ccccc1"))
    assert changed.count("<ellipse") - same.count("<ellipse") == 1
    given = strip_svg([Cell("CCO", highlight=(0, 2, 99)), Cell("CCO")], highlight="given")
    assert given.count("<ellipse") == 2


def test_repeated_steps_are_said():
    assert texts(strip_svg([Cell("CCO"), Cell("OCC"), Cell("CCN")])).count("unchanged") == 1
    assert "unchanged" not in texts(strip_svg([Cell(""), Cell(""), Cell("CCN")]))


def test_columns_set_the_width():
    narrow, wide = strip_svg(cells(), columns=2), strip_svg(cells(), columns=5)
    assert size(narrow)[0] < size(wide)[0]
    assert size(narrow)[1] > size(wide)[1]


def test_neighbors_are_sorted_by_similarity():
    given = [Cell("C1CC"), Cell("c1ccccc1"), Cell("CCO"), Cell("CCCO")]
    found = [text for text in texts(neighbors_svg("CCO", given)) if "Tanimoto" in text]
    shares = [float(text.split()[-1]) for text in found]
    assert shares == sorted(shares, reverse=True)
    assert (len(shares), shares[0]) == (3, 1.0)
    assert structures(neighbors_svg("CCO", given, limit=2, highlight="none")) == 3


def test_a_similarity_that_is_given_holds():
    given = [Cell("CCO", similarity=0.123), Cell("CCN", similarity=0.9)]
    found = [text for text in texts(neighbors_svg("CCO", given)) if "Tanimoto" in text]
    assert found == ["Tanimoto 0.90", "Tanimoto 0.12"]


def test_the_kept_substructure_has_a_color_of_its_own():
    plain = neighbors_svg("OCc1ccccc1", [Cell("NCc1ccccc1")])
    kept = neighbors_svg("OCc1ccccc1", [Cell("NCc1ccccc1")], keep="c1ccccc1")
    assert kept.count("<ellipse") - plain.count("<ellipse") == 12
    assert "kept: c1ccccc1" in texts(kept)


def test_bad_queries_are_one_line():
    with pytest.raises(MoleculeError, match="'C1CC' is not a molecule"):
        neighbors_svg("C1CC", [])
    with pytest.raises(MoleculeError, match="SMARTS"):
        neighbors_svg("CCO", [], keep="c1cc(")


def test_a_map_has_axes_a_bar_and_colors():
    grid = [[Cell("CCO"), Cell("CCN")], [Cell("C1CC"), Cell("CCC")]]
    svg = map_svg(
        grid,
        values=[[0.0, 1.0], [5.0, 2.0]],
        value_label="tpsa",
        rows_label="up",
        columns_label="across",
        row_positions=[1.5, -1.5],
        column_positions=[-1, 1],
    )
    said = texts(svg)
    assert {"TPSA (Å²)", "up", "across", "+1.5", "\u22121.5", "\u22121", "+1"} <= set(said)
    assert {"0", "1", "2", "3", "4", "5"} <= set(said)
    assert said.count("no molecule") == 1
    assert structures(svg) == 3
    plain = map_svg(grid)
    assert size(plain)[0] < size(svg)[0]
    assert "TPSA (Å²)" not in texts(plain)


def test_repeated_molecules_are_recognized():
    """One region of ethanol is not divided; propane comes back elsewhere and gets a letter."""
    grid = [[Cell("CCO"), Cell("OCC"), Cell("CCC")], [Cell("CCC"), Cell("CCO"), Cell("C")]]
    said = texts(map_svg(grid))
    assert said == ["A", "A"]


def test_a_grid_must_be_one(tmp_path):
    with pytest.raises(ValueError, match="as many cells"):
        map_svg([[Cell("C")], [Cell("C"), Cell("C")]])
    with pytest.raises(ValueError, match="as many values"):
        map_svg([[Cell("C")]], values=[[1.0, 2.0]])
    with pytest.raises(ValueError, match="as many positions"):
        map_svg([[Cell("C")]], row_positions=[1.0, 2.0])
    with pytest.raises(ValueError, match="a label for each row"):
        traverse_svg([[Cell("C")]], row_labels=[], positions=[0])
    for draw in (lambda: map_svg([]), lambda: strip_svg([])):
        with pytest.raises(OutputError, match="no molecule to draw"):
            draw()


def test_a_traversal_has_labels_for_rows_and_columns():
    rows = [[Cell("CCN"), Cell("CCO"), Cell("CCF")], [Cell("CN"), Cell("CCO"), Cell("CC")]]
    labels = ["dimension 3", "dimension 9"]
    svg = traverse_svg(rows, row_labels=labels, positions=[-1.5, 0, 1.5], highlight="none")
    assert {"dimension 3", "dimension 9", "\u22121.5", "0", "+1.5"} <= set(texts(svg))
    assert structures(svg) == 6


@pytest.mark.parametrize("odd", ["C", "[Na+].[Cl-]", "[H][H]", "*CC", "N[Pt](N)(Cl)Cl", "[CH3]"])
def test_odd_molecules_do_no_harm(odd):
    svg = strip_svg([Cell(odd), Cell("c1ccccc1"), Cell(odd)])
    assert texts(svg)[0] == "start"
