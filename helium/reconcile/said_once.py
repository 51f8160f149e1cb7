"""What a person is told of a pass: each sentence once, however many rounds come to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class SaidOnce:
    """Says what is new. `note` tells a person."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._said: set[str] = set()

    def knows(self, sentences: Iterable[str]) -> None:
        """A person has read these elsewhere, as in a plan."""
        self._said.update(sentences)

    def __call__(self, sentences: Iterable[str]) -> None:
        """Say those that were not said before."""
        for sentence in sentences:
            if sentence not in self._said:
                self._said.add(sentence)
                self._note(sentence)
