import math
import re
from xml.etree import ElementTree

import numpy as np

from molvae.evaluation.report.charts import Frame, Margins
from molvae.evaluation.report.scales import Scale

FRAME = Frame(Scale(0, 10), Scale(0, 1), 110, 60, Margins(5, 5, 5, 5))


def numbers(mark: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+\.?\d*", mark.split(' d="')[1])]


def test_points_lie_where_their_values_say():
    assert numbers(FRAME.line([0, 10], [0, 1], "own")) == [5, 55, 105, 5]
    assert numbers(FRAME.dots([5], [0.5], "own")) == [55, 30, 0]
    assert numbers(FRAME.bars([1], "own")) == [5, 55, 5, 5, 105, 5, 105, 55]
    assert numbers(FRAME.area([0, 10], [0, 0], [1, 1], "own")) == [5, 55, 105, 55, 105, 5, 5, 5]


def test_what_is_not_finite_is_not_drawn():
    assert numbers(FRAME.line([0, 5, 10], [0, math.nan, 1], "own")) == [5, 55, 105, 5]
    assert numbers(FRAME.dots([1, math.inf], [math.nan, 1], "own")) == []


def test_shades_hold_every_dot_once():
    shades = np.array([0, 0.5, 1, math.nan, 7, -3] * 20)
    mark = FRAME.shaded_dots(np.linspace(0, 10, 120), np.linspace(0, 1, 120), shades)
    assert mark.count("h0") == 120
    counts = {
        style: sum(part.count("h0") for part in re.findall(rf'dots {style}"[^>]*', mark))
        for style in ("q0", "q4", "q8", "qn")
    }
    assert counts == {"q0": 40, "q4": 20, "q8": 40, "qn": 20}


def test_a_picture_is_well_formed_and_says_what_it_is():
    mark = FRAME.mark(5, 0.5, "<1>")
    picture = ElementTree.fromstring(FRAME.picture(mark, label='a "chart" & more', x_label="x<y"))
    assert picture.get("aria-label") == 'a "chart" & more'
    assert picture.get("viewBox") == "0 0 110 76"
    texts = [element.text for element in picture.iter("text")]
    assert "<1>" in texts
    assert "x<y" in texts
    assert {"0", "0.5", "1", "2", "10"} <= set(texts)


def test_axes_without_numbers():
    assert "<text" not in FRAME.picture(label="bare", x_ticks=0, y_ticks=0)
