import json

import pytest
from click.testing import CliRunner

from molvae.cli.options import Picking, Session, command, decoding_options, properties_option


@command("probe")
@properties_option("qed")
def probe(session: Session, *, properties: tuple[str, ...]) -> None:
    """Print what came in."""
    session.terminal.write_json(
        {"seed": session.seed, "device": session.device, "properties": properties}
    )


def seen(*arguments: str) -> dict:
    return json.loads(CliRunner().invoke(probe, list(arguments)).stdout)


def test_common_options_arrive_in_the_session():
    assert seen("--seed", "3", "--device", "cuda:1") == {
        "seed": 3, "device": "cuda:1", "properties": ["qed"],
    }  # fmt: skip
    assert seen()["seed"] is None


def test_properties_are_split_at_commas_and_blanks():
    assert seen("-p", "logp, sa,,tpsa")["properties"] == ["logp", "sa", "tpsa"]


def test_a_property_named_twice_is_one():
    assert seen("-p", "logp,sa,logp")["properties"] == ["logp", "sa"]


@command("choose")
@decoding_options
def choose(session: Session, *, picking: Picking) -> None:
    """Print the method."""
    session.terminal.write_json({"method": picking.method})


@pytest.mark.parametrize(
    ("arguments", "method"),
    [
        ((), None),
        (("--temperature", "1.0"), "sample"),
        (("--top-k", "5"), "sample"),
        (("--top-p", "0.9"), "sample"),
        (("--top-k", "5", "--method", "beam"), "beam"),
    ],
)
def test_what_only_sampling_uses_asks_for_sampling(arguments, method):
    result = CliRunner().invoke(choose, list(arguments))
    assert json.loads(result.stdout)["method"] == method


@pytest.mark.parametrize(
    "arguments", [("--device", "gpu"), ("--seed", "-1"), ("--seed", str(2**63)), ("extra",)]
)
def test_impossible_values_are_wrong_usage(arguments):
    assert CliRunner().invoke(probe, list(arguments)).exit_code == 2
