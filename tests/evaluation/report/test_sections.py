"""Each part of the page by itself: what it says, and when it is not there."""

import math
from dataclasses import replace

import numpy as np
import pytest

from molvae.evaluation.report.collect import collect
from molvae.evaluation.report.html import even, number
from molvae.evaluation.report.sections.latent import _map_frame, latent_section
from molvae.evaluation.report.sections.metrics import headlines, suite_section
from molvae.evaluation.report.sections.molecules import molecules_section, neighbors_section
from molvae.evaluation.report.sections.properties import density, properties_section
from molvae.evaluation.report.sections.protocol import protocol_section
from molvae.evaluation.report.sections.training import training_section

STEPS = [
    {"event": "step", "step": step, "reconstruction": 100 / step, "kl": 0.1 * step, "beta": 0.5}
    for step in range(10, 5_000, 10)
]
CHECK = {
    "event": "validation",
    "step": 500,
    "reconstruction": 30.0,
    "kl": 3.0,
    "token_accuracy": 0.8,
    "exact_reconstruction": 0.1,
    "sampled_validity": None,
}


@pytest.fixture(scope="module")
def data(evaluation):
    return collect(evaluation, workers=1)


def test_metrics_have_anchors_spread_notes_and_published_rows(data):
    section = suite_section(data, "moses")
    assert 'id="moses-FCD-Test"' in section.body
    assert 'href="#moses-FCD-Test"' in section.body
    assert "0.8750<small> ± 0.0125</small>" in section.body
    assert "no &lt;training&gt; set" in section.body
    assert "CharRNN" in section.body
    assert "Compare with care" in section.body


def test_equal_notes_are_told_once(data, evaluation):
    notes = {"moses": {"FCD/Test": "too few", "Novelty": "no set", "valid": "too few"}}
    section = suite_section(replace(data, evaluation=replace(evaluation, notes=notes)), "moses")
    assert "<b>valid, FCD/Test.</b> too few" in section.body
    assert section.body.count("<li id=") == 2
    assert section.body.count('href="#note-moses-1"') == 2


def test_published_rows_only_beside_the_same_reference(data, evaluation):
    protocol = {**evaluation.protocol, "reference": {"name": "starter"}}
    other = replace(data, evaluation=replace(evaluation, protocol=protocol, reference=None))
    section = suite_section(other, "moses")
    assert "CharRNN" not in section.body
    assert "do not compare" in section.body


def test_no_warning_at_the_published_size(data, evaluation):
    protocol = {**evaluation.protocol, "samples": 30_000}
    section = suite_section(
        replace(data, evaluation=replace(evaluation, protocol=protocol)), "moses"
    )
    assert "CharRNN" in section.body
    assert "Compare with care" not in section.body


def test_headlines_leave_out_what_was_not_measured(data):
    tiles = headlines(data)
    assert "#moses-valid" in tiles
    assert "#latent-reconstruction-exact" in tiles
    assert "Novelty" not in tiles


def test_a_suite_that_was_not_measured(data):
    assert suite_section(data, "guacamol") is None


def test_training_curves(data):
    section = training_section(replace(data, log=(*STEPS, CHECK)))
    assert section.body.count("<svg") == 4
    assert "4,990 steps" in section.body
    assert "1 check on validation" in section.body
    assert training_section(replace(data, log=(CHECK,))) is None
    assert len(section.body) < 60_000  # 499 records are thinned


def test_a_log_without_checks_or_with_zero_losses(data):
    flat = [{**step, "reconstruction": 0.0, "kl": 0.0} for step in STEPS[:2]]
    assert training_section(replace(data, log=tuple(flat))).body.count("<svg") == 3


def test_properties_say_of_how_many(data):
    section = properties_section(data)
    assert section.body.count("<svg") == 6
    assert "Distributions of 7 valid molecules" in section.body
    assert "5 molecules of a test set" in section.body
    assert properties_section(replace(data, distributions=())) is None


def test_densities_have_area_one_and_the_right_center():
    values = np.random.default_rng(0).normal(3, 0.5, 20_000)
    grid = np.linspace(0, 6, 256)
    curve = density(values, grid)
    assert curve.sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=0.01)
    expected = np.exp(-0.5 * ((grid - 3) / 0.5) ** 2) / (0.5 * math.sqrt(2 * math.pi))
    assert np.abs(curve - expected).max() < 0.05


def test_few_molecules_are_strokes_rather_than_a_density(data):
    body = properties_section(data).body
    assert "a stroke for each" in body
    assert body.count('class="line own"') == 6 * 7
    assert "area own" not in body.split("</ul>")[1]
    many = [one._replace(own=np.tile(one.own, 10)) for one in data.distributions]
    body = properties_section(replace(data, distributions=tuple(many))).body
    assert "a stroke for each" not in body
    assert body.count('class="line own"') == 6


def test_maps_keep_one_unit_as_long_across_as_up():
    places = np.array([[0.0, 0.0], [10.0, 1.0], [4.0, 2.0]])
    for shape in (places, places[:, ::-1], places * 0):
        frame = _map_frame(shape)
        across = (frame.x.high - frame.x.low) / frame.width
        assert (frame.y.high - frame.y.low) / frame.height == pytest.approx(across)
        assert (frame.x.share(shape[:, 0]) >= 0).all()
        assert (frame.y.share(shape[:, 1]) <= 1).all()
        assert 0.69 < frame.height / frame.width < 1.01


@pytest.mark.parametrize("values", [[2.0], [2.0, 2.0, 2.0], [1.0, 2.0, 2.0, 2.0, 2.0]])
def test_densities_of_few_or_equal_values(values):
    curve = density(np.array(values), np.linspace(0, 4, 256))
    assert np.isfinite(curve).all()
    assert curve.max() > 0


def test_molecules_show_their_properties_and_smiles(data):
    body = molecules_section(data).body
    assert body.count('class="card ') == 6
    assert "<code>CC(=O)Oc1ccccc1C(=O)O</code>" in body
    assert body.count("tabindex") == 6
    assert molecules_section(replace(data, samples=())) is None


def test_neighbors(data):
    body = neighbors_section(data).body
    assert body.count('class="row"') == 6
    assert "<b>1.00</b>" in body  # ethanol is in the reference
    assert neighbors_section(replace(data, neighborhood=None)) is None


def test_latent_space(data):
    body = latent_section(data).body
    assert body.count("<svg") == 1 + 6 + 4 + 3  # map, marks, interpolation, diagnostics
    steps = [body.index(f">{share}%<") for share in (0, 33, 67, 100)]
    assert steps == sorted(steps)
    assert body.count('class="card same"') == 1  # the first two of the path are alike
    assert "not a molecule" in body
    assert "8 held-out molecules" in body
    assert latent_section(replace(data, diagnostics=None, latent_map=None)) is None


def test_latent_space_of_nothing(data, diagnostics):
    empty = replace(
        diagnostics,
        smiles=(),
        mu=np.zeros((0, 4)),
        kl_per_dimension=np.full(4, np.nan),
        pair_distances=np.zeros(0),
        pair_similarities=np.zeros(0),
        radii=np.array([1.0, 2.0]),
        radius_similarities=np.full(2, np.nan),
        interpolations=(),
    )
    section = latent_section(replace(data, diagnostics=empty, latent_map=None))
    assert "nan" not in section.body


def test_protocol_says_everything(data):
    body = protocol_section(data).body
    for text in ("versions, rdkit", "2026.09.1", "some/model", "0, 1", "FCD"):
        assert text in body


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.97649, "0.9765"),
        (0.00123, "0.0012"),
        (0.000123, "0.00012"),
        (0.0, "0.0000"),
        (12.3456, "12.35"),
        (123.456, "123.5"),
        (45_678.9, "45,679"),
        (-0.5, "\N{MINUS SIGN}0.5000"),
        (math.nan, "\N{EN DASH}"),
        (-0.00001, "\N{MINUS SIGN}0.000010"),
        (math.inf, "\N{INFINITY}"),
        (None, "\N{EN DASH}"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_nothing_is_less_than_nothing():
    assert number(-0.001, 2) == "0.00"
    assert number(-0.01, 2) == "\N{MINUS SIGN}0.01"


def test_hidden_zeros_keep_columns_aligned():
    assert even("0.0990") == '0.099<span class="zero">0</span>'
    assert even("1.0000") == '1<span class="zero">.0000</span>'
    assert even("30") == "30"
