"""Secrets that nobody else has, given to the programs of the trial, and looked for in everything that was written."""

from __future__ import annotations

import base64
import secrets as random_secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from helium.adapters.git_repo.git_cli import Git
from helium.conformance.subject import Subject
from helium.conformance.trial import Trial
from helium.core.helm_values import secrets_in

OF_SPECS = "HELIUM_SECRET_"
CHECK = "CHECK"
"""The NAME of a `{fromSecret: NAME}` that the suite uses."""


def canaries(subject: Subject) -> dict[str, str]:
    """A secret for each name that the program reads, that its settings name, and that a spec may name."""
    named = {f"{OF_SPECS}{name}" for name in secrets_in(dict(subject.entry))}
    return {
        name: f"canary-{random_secrets.token_hex(12)}"
        for name in sorted({*subject.backend.manifest.secrets, *named, f"{OF_SPECS}{CHECK}"})
    }


def look(trial: Trial) -> None:
    """Grep for them in the state, the ledger and main, the sandbox, and what was said; the trial remembers.

    While workspaces are up: what is destroyed takes its state along.
    """
    known = {name: trial.fleet.environ[name] for name in canaries(trial.subject)}
    for where, data in _written(trial):
        for name in _found(known, data):
            trial.leaks[f"{name} stands in plain text in {where}"] = None


def judge(trial: Trial) -> None:
    """What any look has found."""
    look(trial)
    way_out = "wrap it in pulumi.Output.secret where the program reads it"
    trial.verdicts.judge("secrets", [f"{leak}; {way_out}" for leak in trial.leaks])


def _found(known: Mapping[str, str], data: bytes) -> Iterator[str]:
    for name, text in known.items():
        plain = text.encode()
        # The last digits of its base64 depend on what follows it.
        if plain in data or base64.b64encode(plain)[:-2] in data:
            yield name


def _written(trial: Trial) -> Iterable[tuple[str, bytes]]:
    own = trial.fleet.own
    places = {"the state": own / "state", "the sandbox": own / "sandbox"}
    for where, folder in places.items():
        yield where, b"\n".join(_files(folder))
    yield "what Helium keeps in .helium", b"\n".join(each.read_bytes() for each in own.glob("*") if each.is_file())
    git = Git(trial.fleet.home, trial.fleet.environ)
    yield "main or the ledger", git.run("cat-file", "--batch-all-objects", "--batch", "--unordered")
    yield "what a command said", "\n".join(trial.fleet.texts).encode()


def _files(folder: Path) -> Iterator[bytes]:
    return (each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())
