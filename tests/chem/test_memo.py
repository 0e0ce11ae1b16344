from concurrent.futures import ThreadPoolExecutor

from molvae.chem.memo import Memo


def test_what_was_added_is_found():
    memo = Memo()
    memo.add([("a", 1), ("b", 0)])
    assert memo.get("b") == 0
    assert memo.get("c") is None
    assert memo.find(["b", "a", "b"]) == [0, 1, 0]
    assert memo.find(["a", "c"]) is None
    assert memo.find([]) == []


def test_a_full_memo_is_begun_anew():
    memo = Memo(limit=3)
    for number in range(100):
        memo.add([(number, number)])
        assert memo.get(number) == number
        assert len(memo) <= 3


def test_threads_may_share_a_memo():
    memo = Memo(limit=5)

    def squares(start):
        found = []
        for number in range(start, start + 3_000):
            key = number % 50
            memo.add([(key, key**2)])
            found += [(key, memo.get(key)), *zip([key], memo.find([key]) or [None], strict=True)]
        return found

    with ThreadPoolExecutor(4) as threads:
        found = [one for part in threads.map(squares, range(4)) for one in part]
    assert all(value in (None, key**2) for key, value in found)
