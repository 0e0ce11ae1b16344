import json

import pandas as pd
import pytest

from molvae.cli.output import deliver, rows_of
from molvae.cli.terminal import Terminal

TABLE = pd.DataFrame({"smiles": ["CCO", "C1"], "qed": [0.5, float("nan")]})


def test_a_pipe_gets_csv(capsys):
    deliver(TABLE, None, Terminal(), {})
    assert capsys.readouterr() == ("smiles,qed\nCCO,0.5\nC1,\n", "")


def test_a_file_is_written_and_told(capsys, tmp_path):
    out = tmp_path / "t.csv"
    deliver(TABLE, str(out), Terminal(), {})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"wrote 2 rows to {out}\n"
    assert out.read_text() == "smiles,qed\nCCO,0.5\nC1,\n"


@pytest.mark.parametrize("out", [None, "-"])
def test_json_is_one_object_with_the_rows(capsys, out):
    deliver(TABLE, out, Terminal(json=True), {"read": 2})
    assert json.loads(capsys.readouterr().out) == {"read": 2, "molecules": rows_of(TABLE)}
    assert rows_of(TABLE)[1] == {"smiles": "C1", "qed": None}


def test_json_with_a_file_names_the_file(capsys, tmp_path):
    out = str(tmp_path / "t.csv")
    deliver(TABLE, out, Terminal(json=True, quiet=True), {})
    assert json.loads(capsys.readouterr().out) == {"out": out}
