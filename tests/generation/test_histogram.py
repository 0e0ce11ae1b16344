import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from molvae.errors import OutputError
from molvae.generation.histogram import bin_edges, check_histogram, histogram_image, shares

RNG = np.random.default_rng(0)
GROUPS = {"reference": RNG.normal(30, 5, 500), "given": RNG.normal(50, 9, 200)}


def said(path) -> str:
    return " ".join(ElementTree.parse(path).getroot().itertext())


def test_groups_are_labeled_directly(tmp_path):
    path = tmp_path / "h.svg"
    histogram_image(path, GROUPS, 42.0, "score (nats)", "some are unusual")
    above = 100 * np.mean(GROUPS["given"] > 42.0)
    text = said(path)
    assert f"given (200): {above:.1f}% above the threshold" in text
    assert "reference (500)" in text
    for label in ("threshold 42", "score (nats)", "some are unusual", "share of a group (%)"):
        assert label in text


@pytest.mark.parametrize("threshold", [None, 12.5, 1e6, float("nan")])
def test_every_threshold(tmp_path, threshold):
    path = tmp_path / "h.svg"
    histogram_image(path, GROUPS, threshold, "x")
    assert ("threshold" in said(path)) == (threshold is not None and threshold == threshold)


def test_png_opens(tmp_path):
    path = tmp_path / "h.PNG"
    histogram_image(path, {**GROUPS, "third": [1, 2, 3]}, 42.0, "x")
    with Image.open(path) as picture:
        assert picture.width > 1_500
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 10


def test_same_input_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        histogram_image(tmp_path / name, GROUPS, 42.0, "x")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_what_is_not_finite_is_left_out(tmp_path):
    path = tmp_path / "h.svg"
    infinite = {"given": np.array([1.0, np.inf, np.nan, 2.0]), "none": np.array([np.nan])}
    histogram_image(path, infinite, None, "x")
    assert "given (2)" in said(path)
    assert "none" not in re.findall(r">([^<]*)</text>", path.read_text("utf-8"))


@pytest.mark.parametrize("values", [[], [float("inf")]])
def test_nothing_to_draw(tmp_path, values):
    with pytest.raises(OutputError, match="no finite value"):
        histogram_image(tmp_path / "h.png", {"given": np.array(values)}, 1.0, "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["h.html", "h", "h.png.gz"])
def test_other_endings(tmp_path, name):
    for draw in (check_histogram, lambda path: histogram_image(path, GROUPS, 1.0, "x")):
        with pytest.raises(OutputError, match=r"must be one of \.png, \.svg"):
            draw(tmp_path / name)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e6, 1e6))
def test_all_values_are_in_a_bar(values, threshold):
    own = np.array(values)
    edges = bin_edges({"own": own}, threshold)
    assert edges[0] < threshold < edges[-1]
    assert np.all(np.diff(edges) > 0)
    assert shares(own, edges).sum() == pytest.approx(1.0)
