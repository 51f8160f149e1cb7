"""What `helium why` prints: the change of the next plan, with the facts behind it."""

from __future__ import annotations

from dataclasses import asdict

from helium.app.run import clock
from helium.cli import tables
from helium.cli.options import CommandContext
from helium.core.digest import Json


def explain(context: CommandContext, name: str, *, state: bool) -> None:
    """Print it; `NotFoundError` when neither main nor ledger nor state knows the name."""
    access = context.access()
    found = access.explained(name, state=state, now=clock())
    facts: dict[str, Json] = {**asdict(found), "deadline": tables.instant(found.deadline)}
    if context.as_json:
        context.emit(facts)
        return
    tables.banner(access.label)
    tables.pairs((key.replace("_", " "), str(value or "")) for key, value in facts.items() if key != "name")
