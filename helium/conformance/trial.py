"""One trial: the backend, its fleet, its cloud, the verdicts so far, and the workspaces that it works with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helium.adapters.backends import find, secret_rights
from helium.adapters.engine.export import State
from helium.conformance import fields
from helium.conformance.clouds import TrialCloud
from helium.conformance.holdings import Holding, holdings
from helium.conformance.subject import Subject
from helium.conformance.trial_fleet import OWNER, Said, TrialFleet, spec
from helium.conformance.verdicts import Verdicts
from helium.core.digest import Json
from helium.core.excerpts import one_line
from helium.core.fleet import KIND, SETTINGS
from helium.core.status import StatusWord

_OVERRIDE = "--allow-deletes"
_COPY, _LONGEST_BACKEND = "-copy", 63


@dataclass(slots=True)
class Trial:
    """What every step of the suite works with.

    `minutes`: for one operation; `created`: the pass that created; `said`: what each file says; `ever`: each resource
    that a state has ever held, by its URN; `first`: the state that the first file led to;
    `leaks`: where a secret stood in plain text.
    """

    subject: Subject
    fleet: TrialFleet
    cloud: TrialCloud
    verdicts: Verdicts
    minutes: int
    created: Said = field(default_factory=lambda: Said(0, "", ""))
    said: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    ever: dict[str, Holding] = field(default_factory=dict)
    first: State | None = None
    leaks: dict[str, None] = field(default_factory=dict)

    @property
    def copy(self) -> str:
        """The name of a second backend with the same program in a folder of its own, which can be removed."""
        return _copy_of(self.subject.name)

    def begin(self) -> None:
        """The fleet with the backend, its copy, and the charts that its settings name."""
        subject = self.subject
        own = self._laid(subject.kind) if subject.laid else {}
        self.fleet.begin(
            {SETTINGS: self._settings(with_copy=True), **own, **self._laid(self._copied), **subject.charts}
        )

    def look_for_drift(self, *, looks: bool) -> None:
        """Whether passes look for what somebody changed, and repair it."""
        self.fleet.land({SETTINGS: self._settings(with_copy=True, looks=looks)}, "Look for drift")

    def name(self, what: str) -> str:
        """A workspace's name. The fleet's is in it, which no other run has: namespaces of a real cluster are shared."""
        return f"{what}-{self.fleet.name}"

    def ask(self, name: str, *, backend: str = "") -> None:
        """Somebody writes a workspace's file, and nobody has applied it yet."""
        self.write(name, {"owner": OWNER, **fields.first_of(self.subject), **({"backend": backend} if backend else {})})

    def edit(self, name: str, changes: Mapping[str, Json]) -> None:
        """Somebody changes a part of it."""
        self.write(name, {**self.said[name], **changes})

    def write(self, name: str, said: Mapping[str, Json]) -> None:
        """The file says just this."""
        self.said[name] = said
        self.fleet.land({_path(name): spec(said)}, f"Change {name}")

    def withdraw(self, *names: str) -> None:
        """Somebody removes the files."""
        there = {name: self.said.pop(name) for name in names if name in self.said}
        self.fleet.land({_path(name): None for name in there}, f"Remove {', '.join(names)}")

    def withdraw_copy(self, name: str) -> None:
        """Somebody removes the folder of a backend, and with it the file of its workspace."""
        del self.said[name]
        gone = {_path(name): None, f"{find.STACKS}/{self._copied}": None}
        self.fleet.land({**gone, SETTINGS: self._settings(with_copy=False)}, "Remove a backend")

    def pass_(self, *args: str) -> Said:
        """A pass."""
        return self.fleet.helium("reconcile", "--json", *args)

    def removal(self) -> Said:
        """A pass that ends what was removed: the suite means it, also where nothing else is left in the fleet."""
        said = self.pass_()
        refused = (said.document.get("plan") or {}).get("refusals") or ()
        digests = [each["override"].split()[-1] for each in refused if each.get("override", "").startswith(_OVERRIDE)]
        return self.pass_(_OVERRIDE, digests[0]) if digests else said

    def state(self, name: str, *, backend: str = "") -> State:
        """What the state holds of a workspace now; the trial remembers all of it."""
        found = self.fleet.state(name, backend=backend or self.subject.name)
        self.ever |= {each["urn"]: each for each in holdings(found)}
        return found

    def revealed(self, name: str) -> State:
        """The same with its secrets in plain text: encrypted, the same secret is another text each time."""
        return self.fleet.revealed(name, backend=self.subject.name)

    def is_ready(self, name: str, said: Said) -> bool:
        """Whether it is, by the last outcome of a pass, else by what people see."""
        outcomes = _outcomes(said, name)
        return bool(outcomes[-1]["ok"]) if outcomes else self.fleet.shown(name).get("status") == StatusWord.READY

    def why(self, name: str, said: Said) -> str:
        """Why a workspace is not as it should be, in Helium's own words."""
        sentences = [each["sentence"] for each in _outcomes(said, name) if not each["ok"]]
        return short(sentences[-1] if sentences else self._of_record(name) or said.err.strip() or said.out.strip())

    def unready(self, name: str, said: Said) -> tuple[str, ...]:
        """Why it is not ready; nothing if it is."""
        return () if self.is_ready(name, said) else (self.why(name, said),)

    def raised(self, name: str) -> str:
        """Where its program raised an error, as Pulumi said; empty if it did not."""
        log = self.fleet.helium("show", name, "--log").out
        frames = re.findall(rf'File "[^"\n]*/{re.escape(self.subject.kind)}/([^"\n]+)", line (\d+)', log)
        return f"{frames[-1][0]}:{frames[-1][1]} raises {_last_line(log)}: " if frames else ""

    def _of_record(self, name: str) -> str:
        shown: Mapping[str, Any] = self.fleet.shown(name)
        return str(shown.get("error") or shown.get("reason") or "")

    @property
    def _copied(self) -> str:
        """The copy's folder: of an instance, its kind is copied."""
        return _copy_of(self.subject.kind)

    def _laid(self, folder: str) -> dict[str, bytes]:
        return {f"{find.STACKS}/{folder}/{path}": data for path, data in self.subject.files.items()}

    def _settings(self, *, with_copy: bool, looks: bool = False) -> bytes:
        """The trial's `helium.yaml`."""
        subject = self.subject
        instance = {KIND: subject.kind} if subject.kind != subject.name else {}
        entries: dict[str, Json] = {subject.name: {**subject.entry, **instance}}
        if with_copy:
            kind = {KIND: self._copied} if instance else {}
            entries[self.copy] = {**subject.entry, **kind, **secret_rights.of_a_copy(subject.backend.manifest)}
        document = {
            "fleet": self.fleet.name,
            **self.cloud.settings(subject.cluster),
            "defaults": {"backend": subject.name},
            "limits": {"deletes": 1000, "parallel": 3, "timeout": f"{self.minutes}m"},
            "backends": entries,
            **({"drift": {"every": "1m", "repair": True}} if looks else {}),
        }
        return json.dumps(document, indent=1).encode()


def _copy_of(name: str) -> str:
    return f"{name[: _LONGEST_BACKEND - len(_COPY)]}{_COPY}"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _outcomes(said: Said, name: str) -> list[dict[str, Any]]:
    """What a pass says that became of this workspace, the last word at the end."""
    document = said.document
    outcomes = document.get("outcomes") if isinstance(document, dict) else None
    return [each for each in outcomes or () if each["name"] == name]


def _path(name: str) -> str:
    return f"workspaces/{name}.yaml"


def short(text: str) -> str:
    """In one line that fits into a table."""
    return one_line(text, longest=400)
