import pandas as pd
import pytest
import torch

from molvae.data.attributes import fit_attributes
from molvae.errors import GenerationError
from molvae.generation.steering import Steering, steer

KNOWN = fit_attributes(pd.DataFrame({"a": [0.0, 2.0], "b": [0.0, 4.0]}), ["a", "b"])
CPU = torch.device("cpu")


def test_one_row_is_for_all_latents():
    steering = steer({"b": 4.0}, 2.0, KNOWN, device=CPU)
    rows = steering.repeated(3).rows(5, 2).conditions
    assert rows is not None
    assert rows.isnan().tolist() == [[True, False]] * 2
    assert rows[:, 1].tolist() == pytest.approx([1.0, 1.0])
    assert steering.guidance == pytest.approx(2.0)


def test_rows_of_a_table_stay_with_their_latents():
    steering = steer(pd.DataFrame({"a": [0.0, 1.0, 2.0]}), 1.0, KNOWN, count=3, device=CPU)
    rows = steering.repeated(2).rows(3, 3).conditions
    assert rows is not None
    assert rows[:, 0].tolist() == pytest.approx([0.0, 1.0, 1.0])


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing_given_is_all_free(nothing):
    assert steer(nothing, 1.0, (), device=CPU) == Steering()
    with pytest.raises(GenerationError, match="guidance = 3"):
        steer(nothing, 3.0, KNOWN, device=CPU)


def test_a_table_of_no_rows_is_for_no_latents():
    steering = steer(pd.DataFrame({"a": []}), 2.0, KNOWN, count=0, device=CPU)
    assert steering.conditions is not None
    assert steering.conditions.shape == (0, 2)
    with pytest.raises(GenerationError, match="0 rows of conditions for 3"):
        steer(pd.DataFrame({"a": []}), 1.0, KNOWN, count=3, device=CPU)
