"""What the estimator and its worker say to each other."""

from __future__ import annotations

import msgspec

from helium.core.workspace import Workspace

COST = "cost.py"
"""The module in a backend's folder that says what a workspace takes, by `estimate(workspace)`."""


class EstimateQuestion(msgspec.Struct, frozen=True):
    """What this workspace takes, by the program in that folder."""

    folder: str
    workspace: Workspace


class EstimateAnswer(msgspec.Struct, frozen=True):
    """`said`: what the program returned, as JSON that nobody has checked yet. `why`: what it raised."""

    said: str = ""
    why: str = ""
