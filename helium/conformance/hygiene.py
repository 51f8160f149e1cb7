"""Secrets that nobody else has, given to the programs of the trial, and looked for in everything that was written."""

from __future__ import annotations

import secrets as random_secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from helium.adapters.backends.manifest import FLEETS_OWN
from helium.adapters.engine.redact import forms_of
from helium.adapters.git_repo.git_cli import Git
from helium.conformance.subject import Subject
from helium.conformance.trial import Trial
from helium.core.helm_values import secrets_in

CHECK = "CHECK"
"""The NAME of a `{fromSecret: NAME}` that the suite uses."""


def canaries(subject: Subject) -> dict[str, str]:
    """A secret for each name that a program of the trial may read."""
    return {name: f"canary-{random_secrets.token_hex(12)}" for name in _names(subject)}


def _names(subject: Subject) -> tuple[str, ...]:
    """Those that the program reads, that its settings name, and that a spec may name."""
    named = {f"{FLEETS_OWN}{name}" for name in (*secrets_in(dict(subject.entry)), CHECK)}
    return tuple(sorted({*subject.backend.manifest.secrets, *named}))


def look(trial: Trial) -> None:
    """Grep for them in the state, the ledger and main, the sandbox, and what was said; the trial remembers.

    While workspaces are up: what is destroyed takes its state along.
    """
    forms = {name: forms_of(trial.fleet.environ[name]) for name in _names(trial.subject)}
    for where, data in _written(trial):
        for name, each in forms.items():
            if any(form.encode() in data for form in each):
                trial.leaks[f"{name} stands in plain text in {where}"] = None


def judge(trial: Trial) -> None:
    """What any look has found."""
    look(trial)
    way_out = "wrap it in pulumi.Output.secret where the program reads it"
    trial.verdicts.judge("secrets", [f"{leak}; {way_out}" for leak in trial.leaks])


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
