"""Which request an `Idempotency-Key` stands for, as long as this process runs. Main has the keys of all processes.

Refuses another request under a key while a request with that key is under way, and after one that main has or may have.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from helium.errors import HeliumError, KeyReusedError, SourceError

_KEPT = 10_000


@dataclass(slots=True)
class _KeyUse:
    """The request that a key stands for, how many threads wait for it, and whether main has it or may have it."""

    id: str
    waiting: int = 0
    kept: bool = False


class IdempotencyKeys:
    """One for the process. Any number of threads may call."""

    def __init__(self) -> None:
        self._uses: OrderedDict[str, _KeyUse] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def held(self, key: str, id: str) -> Iterator[None]:
        """Let no other request use the key, from before its push on; `KeyReusedError` if another request has it.

        A refused request gives its key back, since nothing came of it. After a failed push the key stays held: the
        remote may have the commit all the same, and the same request under the same key finds it.
        """
        use, refused = self._begun(key, id), False
        try:
            yield
        except SourceError:
            raise
        except HeliumError:
            refused = True
            raise
        finally:
            self._ended(key, use, refused=refused)

    def _begun(self, key: str, id: str) -> _KeyUse:
        with self._lock:
            use = self._uses.setdefault(key, _KeyUse(id))
            if use.id != id:
                raise KeyReusedError
            use.waiting += 1
            self._uses.move_to_end(key)
            if len(self._uses) > _KEPT:
                self._uses.popitem(last=False)
            return use

    def _ended(self, key: str, use: _KeyUse, *, refused: bool) -> None:
        with self._lock:
            use.waiting -= 1
            use.kept = use.kept or not refused
            # The same request may be under way once more: it was sent again before the refusal was heard.
            if not use.waiting and not use.kept and self._uses.get(key) is use:
                del self._uses[key]
