"""Published rows are complete, plausible, and named as molvae's own results are."""

import pytest

from molvae.evaluation.published import published

SHARES = ("valid", "unique", "SNN", "Frag", "Scaf", "IntDiv", "Filters", "Novelty")


@pytest.mark.parametrize("suite", ["moses", "guacamol"])
def test_tables_say_how_their_rows_were_measured(suite):
    table = published(suite)
    assert table is not None
    assert table.protocol
    assert table.source
    names = [row.model for row in table.rows]
    assert len(set(names)) == len(names) >= 4


def test_suites_without_published_rows_have_no_table():
    assert published("latent") is None


def test_moses_rows():
    rows = {row.model: row.values for row in published("moses").rows}
    assert rows["VAE"]["FCD/Test"] == pytest.approx(0.099)
    assert rows["CharRNN"]["Scaf/TestSF"] == pytest.approx(0.1101)
    assert "Novelty" not in rows["train set"]
    for values in rows.values():
        shares = [value for name, value in values.items() if name.startswith(SHARES)]
        assert all(0 <= value <= 1 for value in shares)
        assert values["FCD/Test"] < values["FCD/TestSF"]
        assert values["IntDiv2"] < values["IntDiv"]
        assert values["SNN/TestSF"] < values["SNN/Test"]


def test_guacamol_rows():
    for row in published("guacamol").rows:
        assert list(row.values) == ["validity", "uniqueness", "novelty", "kl_divergence", "fcd"]
        assert all(0 <= value <= 1 for value in row.values.values())
