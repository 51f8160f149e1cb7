"""Every row of the suite in its order: its key, and the rule that a backend keeps."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "folder": "its files can be used, and its settings are complete",
    "schema": "its own fields of a spec are typed and described",
    "templates": "a spec's text with {{ is refused, except where it is a template",
    "cost": "cost.py says amounts for whatever a spec may say",
    "create": "a workspace comes up",
    "outputs": "each output that backend.json promises is there",
    "fixed-names": "no name is drawn by Pulumi",
    "longest-name": "a workspace with the longest name comes up",
    "labels": "what takes labels says fleet, workspace, incarnation and owner",
    "protect": "what holds data is protected",
    "no-op": "bringing it up again changes nothing",
    "update": "an edit of the file reaches its resources",
    "values": "the values of a spec reach its resources",
    "backend-change": "a file that names another backend changes nothing",
    "killed-create": "killed while it creates, the next pass heals it",
    "killed-update": "killed while it updates, the next pass heals it",
    "killed-destroy": "killed while it destroys, the next pass ends it",
    "by-hand": "what somebody deleted by hand is made again, and is no bar to a destroy",
    "drift": "what somebody changed by hand is found, and nothing else",
    "cloud-away": "while the cloud is away nothing is lost, and then it goes on",
    "strangers": "what somebody else made is not taken over, and stays",
    "destroy": "a removed file takes everything along",
    "folder-gone": "it can be destroyed when its folder is gone",
    "secrets": "no secret is written anywhere in plain text",
}

NEEDED = ("folder", "create")
"""Every other row rests on these…"""
STATIC = ("folder", "schema", "templates", "cost")
"""… but for those that are judged without a workspace."""
