"""What has been worked out once, kept for the next time, in bounded memory."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar, final

Key = TypeVar("Key")
Value = TypeVar("Value")

_LIMIT = 50_000


@final
class Memo(Generic[Key, Value]):
    """Values by key, begun anew when there are `limit`; None cannot be a value.

    Threads may share one: a value may vanish at any time, and is then worked out again.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._values: dict[Key, Value] = {}

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value of `key`, None where there is none."""
        return self._values.get(key)

    def find(self, keys: Sequence[Key]) -> list[Value] | None:
        """The values of all `keys`, None where one of them has none."""
        values = self._values  # one table throughout, though another thread begin a new one
        try:
            return [values[key] for key in keys]
        except KeyError:
            return None

    def add(self, items: Iterable[tuple[Key, Value]]) -> None:
        """Keep all `items`, those that are there already too."""
        if len(self._values) >= self._limit:
            self._values = {}
        self._values.update(items)
