"""What `helium doctor` says of the channels of `notify:`: whether each can be used here, and how it does."""

from __future__ import annotations

from collections.abc import Iterator

from helium.app.channels import ChannelFactory
from helium.app.check import Check
from helium.app.open_fleet import OpenFleet
from helium.core.deadlines import to_the_minute

WHAT = "notify"


def channel_checks(fleet: OpenFleet) -> Iterator[Check]:
    """One for each channel; none where nobody is told anything."""
    settings = fleet.fleet.notify
    if settings is None:
        return
    known = fleet.ledger.read().channels
    factory = ChannelFactory(fleet, settings)
    for name, said in settings.channels.items():
        state = known.channels.get(name) if known else None
        if state is not None and state.failing is not None:
            since = to_the_minute(state.failing)
            why = f"{name} takes no messages since {since}: {state.why}; {state.waiting} wait"
            yield Check(WHAT, False, why, f"helium notify --test {name}")
        elif why := factory.unusable(said):
            # A person's machine need not have what passes have.
            yield Check(WHAT, True, f"{name}: {why}, so only who has it tells people", known=False)
        else:
            never = f"; {state.dropped} messages were never taken" if state is not None and state.dropped else ""
            yield Check(WHAT, True, f"{name} tells of {', '.join(said.events)}{never}")
