"""What can be evaluated: lists, files with their blanks, and models that draw."""

import gzip
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from molvae.errors import EvaluationError, InputError
from molvae.evaluation.subjects import DrawnMolecules, GivenMolecules, read_smiles, subject_of


def silent(done: int) -> None:
    """No one listens."""


def test_blank_lines_between_others_are_strings_that_a_generator_wrote(tmp_path):
    path = tmp_path / "raw.smi"
    path.write_text("CCO\n\nnonsense\n\n\nCC\n\n\n")
    assert read_smiles(path) == ["CCO", "", "nonsense", "", "", "CC"]


def test_blank_lines_after_a_header_count_too(tmp_path):
    path = tmp_path / "raw.smi"
    path.write_text("smiles name\n\nCCO a\n")
    assert read_smiles(path) == ["", "CCO"]


@pytest.mark.parametrize(
    ("name", "content"), [("raw.csv", ""), ("raw.csv", "smiles\n"), ("raw.smi", "\n\n")]
)
def test_an_empty_file_is_an_empty_list(name, content, tmp_path):
    (tmp_path / name).write_text(content)
    assert read_smiles(tmp_path / name) == []


def test_blank_rows_of_a_single_column_count_too(tmp_path):
    (tmp_path / "one.csv").write_text("smiles\nCCO\n\nCC\n\n")
    (tmp_path / "two.csv").write_text("smiles,id\nCCO,1\n\nCC,2\n")
    assert read_smiles(tmp_path / "one.csv") == ["CCO", "", "CC"]
    assert read_smiles(tmp_path / "two.csv") == ["CCO", "CC"]


def test_columns_of_tables_are_lists_of_smiles():
    table = pd.DataFrame({"smiles": ["CCO", None, "CC"], "size": [1.0, 2.0, 3.0]})
    assert list(subject_of(table["smiles"]).samples(None, 0, silent)) == ["CCO", "", "CC"]
    assert list(subject_of(np.array(["C", "CC"])).samples(None, 0, silent)) == ["C", "CC"]
    with pytest.raises(EvaluationError, match="not a DataFrame"):
        subject_of(table)
    with pytest.raises(EvaluationError, match="molecule 0 is a float"):
        subject_of(table["size"])
    with pytest.raises(EvaluationError, match="is no file and no model"):
        subject_of("C" * 300)


def test_compressed_tables_are_read(tmp_path):
    with gzip.open(tmp_path / "raw.csv.gz", "wt") as file:
        file.write("id,smiles\n1,CCO\n2,c1ccccc1\n")
    subject = subject_of(tmp_path / "raw.csv.gz")
    assert list(subject.samples(None, 0, silent)) == ["CCO", "c1ccccc1"]


def test_the_first_n_and_no_more_than_there_are():
    subject = subject_of(["CCO", "CC", "C"])
    assert isinstance(subject, GivenMolecules)
    assert list(subject.samples(2, 0, silent)) == ["CCO", "CC"]
    with pytest.raises(EvaluationError, match="holds 3 strings, not 4"):
        subject.samples(4, 0, silent)


def test_a_model_draws_the_same_for_the_same_seed(generator):
    subject = subject_of(generator)
    assert isinstance(subject, DrawnMolecules)
    first, again, other = (subject.samples(50, seed, silent) for seed in (0, 0, 1))
    assert len(first) == 50
    assert list(first) == list(again)
    assert list(first) != list(other)


def test_the_stream_of_a_model_goes_on_with_new_samples(generator):
    stream = subject_of(generator).stream(None, 0)
    drawn = list(islice(stream, 4_000))
    assert drawn[:2_000] != drawn[2_000:]


def test_what_is_neither_file_nor_model_is_said(tmp_path):
    with pytest.raises(EvaluationError, match=r"nothing\.smi is no file of molecules, and"):
        subject_of("nothing.smi")
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="a, b"):
        subject_of(tmp_path / "data.csv")
