"""Why an order was not given by whoever pressed its button."""

from __future__ import annotations

from helium.errors import RefusedError


class MayNotOrderError(RefusedError):
    """Whoever asks may give no orders."""


class OfferMovedError(RefusedError):
    """What the person saw is not so any more."""

    def __init__(self, name: str) -> None:
        sentence = (
            f"{name} is not as you saw it any more, so nothing was ordered. Look again, and confirm what you see."
        )
        super().__init__(name, sentence)
