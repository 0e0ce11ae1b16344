import io

from molvae.data.structures import read_structures

ETHANOL = """ethanol
  by hand

  3  2  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.0000    0.0000    0.0000 C   0  0
    2.0000    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
>  <logS>
1.10

>  <remark>  (1)
two
lines

$$$$
"""
BROKEN = "broken\n\n\nthis is no structure\nM  END\n$$$$\n"


def read(text, **options):
    return list(read_structures(io.StringIO(text, newline=""), **options))


def test_structures_and_their_data():
    first, second = read(ETHANOL + ETHANOL, keep=["logS", "remark", "name", "none"])
    assert (first.line, first.smiles, second.line) == (1, "CCO", 19)
    assert first.columns == {"logS": "1.10", "remark": "two\nlines", "name": "ethanol", "none": ""}


def test_broken_structure_is_a_problem_and_the_rest_goes_on():
    broken, good = read(BROKEN + ETHANOL)
    assert (broken.line, broken.smiles, broken.problem) == (
        1,
        "broken",
        "not a readable structure block",
    )
    assert (good.line, good.smiles, good.problem) == (7, "CCO", None)


def test_last_separator_may_be_missing_and_line_ends_may_be_those_of_windows():
    text = ETHANOL.removesuffix("$$$$\n").replace("\n", "\r\n")
    assert [record.smiles for record in read(text)] == ["CCO"]
