import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molvae.data.delimited import read_lines, read_table
from molvae.data.records import Record
from molvae.errors import InputError


def lines(text, **options):
    return list(read_lines(io.StringIO(text, newline=""), "f.smi", **options))


def table(text, **options):
    return list(read_table(io.StringIO(text, newline=""), "f.csv", **options))


def test_first_field_of_each_line():
    assert lines("CCO ethanol\n\n  c1ccccc1\tbenzene  ring\r\nC\n") == [
        Record(1, "CCO"),
        Record(3, "c1ccccc1"),
        Record(4, "C"),
    ]


def test_the_rest_of_a_line_is_the_name():
    records = lines("CCO ethyl  alcohol \nC\n", keep=["name"])
    assert [record.columns for record in records] == [{"name": "ethyl  alcohol"}, {"name": ""}]


def test_header_is_no_molecule_and_names_the_fields():
    records = lines("SMILES id pIC50\nCCO a 5.1\nCC b\n", keep=["pIC50"])
    assert records == [Record(2, "CCO", {"pIC50": "5.1"}), Record(3, "CC", {"pIC50": ""})]


def test_table_without_telling_name_is_recognized():
    assert lines("id,smiles\n1,CCO\n") == [Record(2, "CCO")]
    assert lines("a;structure\n1;CCO\n") == [Record(2, "CCO")]
    assert lines("ligand\tx\nCCO\t1\n", column="ligand") == [Record(2, "CCO")]


@pytest.mark.parametrize("options", [{"column": "ligand"}, {"keep": ["qed"]}])
def test_columns_of_a_plain_file(options):
    with pytest.raises(InputError, match="columns are smiles, name"):
        lines("CCO\nCC\n", **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_that_of_the_header(delimiter):
    text = "id,SMILES,y\n1,CCO,2\n".replace(",", delimiter)
    assert table(text, keep=["y"]) == [Record(2, "CCO", {"y": "2"})]


def test_quoted_fields_may_hold_commas_quotes_and_line_ends():
    text = 'name,smiles\n"a, ""b""\nc",CCO\nd,CC\n'
    assert table(text, keep=["name"]) == [
        Record(2, "CCO", {"name": 'a, "b"\nc'}),
        Record(4, "CC", {"name": "d"}),
    ]


def test_ragged_rows_are_problems_with_text_and_line():
    records = table("smiles,y\nCCO\n\nCC,1,2\nC,1\n")
    assert [(record.line, record.smiles) for record in records] == [
        (2, "CCO"),
        (4, "CC,1,2"),
        (5, "C"),
    ]
    assert [record.problem for record in records] == [
        "row of 1 field under a header of 2 fields",
        "row of 3 fields under a header of 2 fields",
        None,
    ]


@pytest.mark.parametrize("header", ["smiles,y", "smiles"])
def test_stray_quote_swallows_no_lines(header):
    rows = [f"CCO{',1' * header.count(',')}" for _ in range(5)]
    records = table("\n".join([header, *rows, '"' + rows[0], *rows]))
    assert [record.line for record in records] == list(range(2, 13))
    assert records[5].smiles == '"CCO'
    assert {record.smiles for record in records[6:]} == {"CCO"}


def test_stray_quote_in_a_long_file_is_bounded():
    rows = ["CCO,1"] * 40_000
    records = table("\n".join(["smiles,y", '"CCO,1', *rows]))
    assert len(records) == 40_001
    assert sum(record.smiles == "CCO" for record in records) == 40_000


def test_overlong_field_is_handed_on():
    records = table(f"smiles,y\n{'C' * 200_000},1\nCCO,2\n")
    assert [(record.line, len(record.smiles)) for record in records] == [(2, 200_000), (3, 3)]


@pytest.mark.parametrize("start", ["smiles,", 'smiles,"y\n'])
def test_header_beyond_all_bounds_is_an_input_error(start):
    with pytest.raises(InputError, match=r"f\.csv: the first line is no header"):
        table(start + "CCO,1\n" * 40_000 if '"' in start else start + "y" * 200_000)


def test_header_of_nothing():
    with pytest.raises(InputError, match="names no columns"):
        table("\n1,2\n")


@given(st.lists(st.sampled_from(["C", '"', ",", "\n", "\r\n", " ", "é", "\x00"]), max_size=60))
def test_any_text_gives_records_with_growing_lines(pieces):
    records = table("smiles,y\n" + "".join(pieces))
    numbers = [record.line for record in records]
    assert numbers == sorted(set(numbers))
