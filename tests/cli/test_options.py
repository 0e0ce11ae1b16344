import json

import pytest
from click.testing import CliRunner

from molvae.cli.options import Session, command, properties_option


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


@pytest.mark.parametrize("arguments", [("--device", "gpu"), ("--seed", "-1"), ("extra",)])
def test_impossible_values_are_wrong_usage(arguments):
    assert CliRunner().invoke(probe, list(arguments)).exit_code == 2
