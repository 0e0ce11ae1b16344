import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from molvae.data.seen import SeenLines, digests_of

BLOCKS = st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=8)


@given(BLOCKS)
def test_same_as_a_dictionary(blocks):
    seen, oracle, line = SeenLines(), {}, 0
    for block in blocks:
        lines = np.arange(line, line + len(block))
        line += len(block)
        expected = [oracle.setdefault(key, at) for key, at in zip(block, lines, strict=True)]
        found = seen.add(digests_of([str(key) for key in block]), lines)
        assert found.tolist() == expected
    assert len(seen) == len(oracle)


def test_grows_without_forgetting():
    seen = SeenLines()
    count = 100_000
    digests = np.random.default_rng(0).integers(0, 2**63, (count, 2)).astype(np.uint64)
    lines = np.arange(count)
    for start in range(0, count, 7_000):
        seen.add(digests[start : start + 7_000], lines[start : start + 7_000])
    assert len(seen) == count
    assert (seen.add(digests, lines + count) == lines).all()
    assert len(seen) == count


def test_crowded_slots_are_told_apart():
    seen = SeenLines()
    digests = np.array([[7, i] for i in range(500)], np.uint64)
    digests[:, 0] += np.arange(500, dtype=np.uint64) * np.uint64(1 << 20)
    lines = np.arange(500)
    assert (seen.add(digests, lines) == lines).all()
    assert (seen.add(digests, lines + 500) == lines).all()


def test_digests_are_of_the_text():
    first, second, third = digests_of(["CCO", "CCN", "CCO"])
    assert (first == third).all()
    assert (first != second).any()
    assert digests_of([]).shape == (0, 2)
