import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molvae.chem.expression import MAX_LENGTH, parse_expression
from molvae.errors import ExpressionError

TABLE = {
    "qed": np.array([0.9, 0.5, np.nan, 0.7]),
    "logp": np.array([1.0, 2.0, 3.0, 4.0]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("qed > 0.6", [1, 0, 0, 1]),
        ("qed>0.6 and logp<3", [1, 0, 0, 0]),
        ("qed >= 0.9 or logp == 3", [1, 0, 1, 0]),
        ("not logp > 2", [1, 1, 0, 0]),
        ("1.5 < logp <= 3", [0, 1, 1, 0]),
        ("qed != 0.9", [0, 1, 0, 1]),
        ("qed == qed", [1, 1, 0, 1]),
        ("-logp < -2.5", [0, 0, 1, 1]),
        ("logp * 2 - 1 >= 5 / 1", [0, 0, 1, 1]),
        ("(qed + logp) > 2 and (logp < 4 or qed > 1)", [0, 1, 0, 0]),
        ("logp / 0 > 1", [1, 1, 1, 1]),
        ("logp > 1e0\n and logp < +3", [0, 1, 0, 0]),
        ("not (qed > 0.6) and not logp > 3", [0, 1, 1, 0]),
    ],
)
def test_masks(text, expected):
    mask = parse_expression(text).mask(TABLE)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [bool(value) for value in expected]
    assert parse_expression(text).mask(pd.DataFrame(TABLE)).tolist() == mask.tolist()


def test_names_are_known_before_the_table():
    assert parse_expression("qed > 0.6 and 2*logp < tpsa").names == {"qed", "logp", "tpsa"}


@given(st.integers(-3, 8), st.integers(-3, 8), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_as_python(left, right, sign):
    values = np.arange(6.0)
    text = f"{left} {sign} value * 2 and not value {sign} {right}"
    expected = [eval(text.replace("value", str(value))) for value in values]
    assert parse_expression(text).mask({"value": values}).tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') > 1",
        "qed.__class__ > 1",
        "qed[0] > 1",
        "(lambda: 1)() > 0",
        "[x for x in y] > 1",
        "qed if logp else 1",
        "qed ** 9999 > 1",
        "qed // 2 > 1",
        "qed % 2 > 1",
        "qed & 1 > 0",
        "~qed > 1",
        "qed > '1'",
        "qed is None",
        "qed in (1, 2)",
        "qed > True",
        "qed > 1j",
        "(q := 1) > 0",
        "f'{qed}' > 1",
        "await qed > 1",
        "...",
        "*qed > 1",
        "qed > 1e999",
        f"qed > {'9' * 400}",
        "1 < 2",
        "qed",
        "0.6",
        "qed + 1",
        "qed and logp",
        "",
        "   ",
        "qed >",
        "qed > 0.6 and",
        "((qed > 1)",
        "qed > 0.6)",
        "qed > 0.6; logp < 1",
        "qed = 0.6",
        "qed > 1 && logp < 2",
        "\0",
        "qed\x00 > 1",
        "é é",
        "-" * 990 + "qed > 1",
        "(" * 300 + "qed" + ")" * 300,
        "qed>1" + " or qed>1" * 99,
        "q" * (MAX_LENGTH + 1),
    ],
)
def test_anything_else_is_refused_in_one_line(text):
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text):
    try:
        parse_expression(text)
    except ExpressionError as error:
        assert "\n" not in str(error)


def test_messages_name_the_place():
    with pytest.raises(ExpressionError, match=r"at character 7: 'f\(logp\)' is not allowed here"):
        parse_expression("qed > f(logp)")
    with pytest.raises(ExpressionError, match="equality is written =="):
        parse_expression("qed = 0.6")
    with pytest.raises(ExpressionError, match="write and, or, not"):
        parse_expression("qed > 1 && logp < 2")
    with pytest.raises(ExpressionError, match=r"compare it, as in qed > 0\.6"):
        parse_expression("logp and qed > 1")


def test_an_unknown_column_lists_the_known():
    with pytest.raises(ExpressionError, match="'sa', which is not known; known: qed, logp"):
        parse_expression("sa < 3").mask(TABLE)


def test_a_column_of_text_is_refused():
    with pytest.raises(ExpressionError, match="'qed', whose values are not numbers"):
        parse_expression("qed < 3").mask({"qed": ["high", "low"]})


def test_missing_values_are_not_comparable():
    assert parse_expression("qed < 3").mask({"qed": [None, 1]}).tolist() == [False, True]
