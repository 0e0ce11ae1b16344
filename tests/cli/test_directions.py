"""`molvae traverse`, `grid`: walks along directions from the command line."""

import json

import pytest

A = "CCCCO"


@pytest.fixture
def use(run, trained):
    def call(command: str, *arguments: str):
        return run(command, *arguments, "--model", str(trained))

    return call


def test_traverse_named_dimensions(use, tmp_path):
    result = use(
        "traverse", A, "--dimensions", "4,1", "--steps", "3", "--span", "2", "--attempts", "1",
        "--picture", "dimensions.png",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    cells = [line.split(",")[:2] for line in result.stdout.splitlines()]
    assert cells == [["dimension", "offset"], *([d, o] for d in "41" for o in ("-2", "0", "2"))]
    assert "center: A " in result.stderr
    assert (tmp_path / "dimensions.png").read_bytes().startswith(b"\x89PNG")


def test_traverse_from_the_origin(use):
    values = json.loads(
        use("traverse", "--count", "2", "--steps", "2", "--attempts", "0", "--json").stdout
    )
    assert len(values["dimensions"]) == 2
    assert values["span"] == 3.0
    assert len(values["molecules"]) == values["points"] == 4


def test_grid_is_drawn_and_colored(use, tmp_path):
    result = use(
        "grid", A, "--directions", "0,3", "--size", "3", "--attempts", "1", "--properties", "logp",
        "--picture", "map.png", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["across"], values["upwards"]) == ("dimension 0", "dimension 3")
    assert len(values["molecules"]) == 9
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("traverse", A, "--dimensions", "99"), 1, "dimension 99: this model has 6, from 0 to 5"),
        (("traverse", "C1CC"), 1, "A, 'C1CC', cannot be encoded"),
        (("traverse", A, "--dimensions", "first"), 2, "'first' are not numbers of dimensions"),
        (("traverse", A, "--steps", "1"), 2, "--steps"),
        (("grid", A, "--directions", "1,2,3"), 2, "give two dimensions, such as 3,17"),
        (("grid", A, "--directions", "2,2"), 1, "one is named twice"),
        (("grid", A, "--size", "0"), 2, "--size"),
    ],
)
def test_bad_directions(use, arguments, code, message):
    result = use(*arguments)
    assert result.exit_code == code
    assert message in result.stderr
