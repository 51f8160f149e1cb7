"""Estimates: what a workspace will take, before anybody has made it, and what one costs until it ends. Pure.

An estimate that cannot be had is unknown, with the reason. It never stops anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helium.core import blanks, fields
from helium.core.amounts import Amounts, amounts_of
from helium.core.digest import Json
from helium.core.plan import Change, Code, Create, Update
from helium.core.workspace import Workspace
from helium.core.workspace_facts import facts_of


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a workspace takes, or `None` and why nobody knows."""

    amounts: Amounts | None = None
    why: str = ""


def declared(setting: Json, workspace: Workspace) -> Estimate:
    """What `amounts` of an entry in `helium.yaml` says, with its blanks filled for one workspace."""
    pinned = workspace.pins.get("fields")
    of_spec = fields.values_of(pinned, workspace.spec.fields)
    try:
        return Estimate(amounts_of(blanks.filled(setting, {"workspace": facts_of(workspace), "fields": of_spec})))
    except KeyError as missing:
        return Estimate(why=f"the amounts in helium.yaml need {missing}, which nothing says")
    except ValueError as error:
        return Estimate(why=f"the amounts in helium.yaml: {error}")


def made(changes: Iterable[Change]) -> list[Workspace]:
    """Those that are made with today's program, so what they take is estimated. Others keep what was noted."""
    return [each.workspace for each in changes if isinstance(each, Create | Update) and not keeps_program(each)]


def keeps_program(change: Create | Update) -> bool:
    """Whether nothing is made with another program. A repair that is cut short is repeated as one."""
    return change.metadata_only or change.code is Code.DRIFTED
