import re
import struct
from xml.etree import ElementTree

import pytest

from molvae.chem.drawing import grid_image, grid_svg, structure_svg
from molvae.errors import OutputError

SMILES = ["CCO", "c1ccccc1C(=O)NC", "C1CC", "CC(=O)Oc1ccccc1C(=O)O", "[Na+].[Cl-]", "C" * 60, ""]


def png_size(path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_png(tmp_path):
    path = tmp_path / "grid.png"
    assert grid_image(SMILES, path, legends=[f"molecule {i}" for i in range(7)], columns=4) == 7
    width, height = png_size(path)
    assert width > 1_500
    assert height > 700


def test_one_molecule_makes_a_narrow_picture(tmp_path):
    one, two = tmp_path / "one.png", tmp_path / "two.PNG"
    grid_image(["CCO"], one)
    grid_image(["CCO", "CCN"], two)
    assert png_size(one)[0] < png_size(two)[0]


def test_svg_is_well_formed_and_has_a_legend_line_each(tmp_path):
    path = tmp_path / "grid.svg"
    grid_image(SMILES, path, legends=["two\nlines & <signs>"] * 7)
    ElementTree.fromstring(path.read_bytes())
    tall = grid_svg(SMILES, legends=["two\nlines"] * 7)
    low = grid_svg(SMILES)
    assert len(tall) > len(low)


def test_letters_beyond_ascii_are_written(tmp_path):
    legend = "TPSA 63.6 Å², Δ \u22121"
    assert legend in grid_svg(["CCO"], legends=[legend])
    path = tmp_path / "grid.svg"
    grid_image(["CCO"], path, legends=[legend])
    assert legend in "".join(ElementTree.parse(path).getroot().itertext())
    for name, below in (("a.png", legend), ("b.png", "TPSA 63.6 , Δ \u22121")):
        grid_image(["CCO"], tmp_path / name, legends=[below])
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_every_structure_of_a_grid_stays(tmp_path):
    """A later cell must not wipe out an earlier one."""
    text = grid_svg(["CCO"] * 5, columns=2)
    assert len(re.findall(r"class='bond-0 ", text)) == 5 * len(
        re.findall(r"class='bond-0 ", grid_svg(["CCO"]))
    )
    assert text.count("<rect") == grid_svg(["CCO"]).count("<rect")


def test_html_page_needs_no_network(tmp_path):
    path = tmp_path / "grid.html"
    grid_image(SMILES, path, legends=["<b>logP</b> 1.2"] * 7)
    page = path.read_text("utf-8")
    assert page.count("<figure>") == 7
    assert "&lt;b&gt;logP" in page
    assert not re.findall(r'(?:src|href)="http|@import|<script', page)
    assert "7 molecules" in page
    assert page.count("not a molecule") == 1
    assert page.count("no molecule") == 1
    assert "<code>C1CC</code>" in page


def test_a_limit_is_said(tmp_path):
    path = tmp_path / "grid.html"
    assert grid_image(["CCO"] * 120, path) == 100
    assert "The first 100 of 120 molecules" in path.read_text("utf-8")
    assert grid_image(["CCO"] * 30, path, limit=10) == 10


@pytest.mark.parametrize("name", ["grid.jpg", "grid", "grid.png.gz"])
def test_an_unknown_ending_is_an_error(tmp_path, name):
    with pytest.raises(OutputError, match=r"must be one of \.png, \.svg, \.html"):
        grid_image(["CCO"], tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_draw(tmp_path):
    with pytest.raises(OutputError, match="no molecule to draw"):
        grid_image([], tmp_path / "grid.png")


def test_a_png_beyond_what_can_be_drawn(tmp_path):
    with pytest.raises(OutputError, match=r"pixels; draw fewer, or write \.html"):
        grid_image(["C"] * 1_000, tmp_path / "grid.png", limit=1_000, columns=1)
    assert list(tmp_path.iterdir()) == []


def test_misuse_is_refused(tmp_path):
    with pytest.raises(ValueError, match="need as many legends"):
        grid_svg(["CCO"], legends=["a", "b"])
    with pytest.raises(ValueError, match="must be at least 1"):
        grid_svg(["CCO"], columns=0)


def test_same_input_same_bytes(tmp_path):
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, second):
        grid_image(SMILES, path)
    assert first.read_bytes() == second.read_bytes()


def test_a_structure_for_a_page_of_light_or_dark():
    picture = structure_svg("Cc1nc(NCc2ccccc2)no1")
    root = ElementTree.fromstring(picture)
    assert root.get("aria-label") == "Cc1nc(NCc2ccccc2)no1"
    colors = {path.get(kind) for path in root for kind in ("fill", "stroke")}
    assert colors == {
        "none",
        "var(--atom-c,#000000)",
        "var(--atom-n,#0000FF)",
        "var(--atom-o,#FF0000)",
    }
    assert len(picture) < 4_000


def test_a_structure_has_all_strokes_of_the_grid():
    """Packed tighter, but nothing is lost: as many pen strokes as RDKit drew."""
    for smiles in ("CCO", "C[C@H](N)C(=O)O", "c1ccc2c(c1)ncn2[C@@H](F)Cl"):
        packed = structure_svg(smiles, cell=(220, 180))
        drawn = re.findall(r"<path [^>]*?d='([^']*)'", grid_svg([smiles]))
        strokes = "".join(re.findall(r' d="([^"]*)"', packed))
        assert strokes.count("M") == "".join(drawn).count("M")
        assert strokes.count("L") == "".join(drawn).count("L")


@pytest.mark.parametrize("smiles", ["C1CC", "", '<b>"&'])
def test_no_structure_is_said(smiles):
    root = ElementTree.fromstring(structure_svg(smiles))
    assert root[0].text == "not a molecule"
    assert root.get("aria-label") == (smiles or "nothing")
