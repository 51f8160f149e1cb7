"""One trial: the backend, its fleet, its cloud, the verdicts so far, and the workspaces that it works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helium.adapters.engine.export import State
from helium.conformance.clouds import TrialCloud
from helium.conformance.holdings import Holding, holdings
from helium.conformance.subject import SPEC, Subject
from helium.conformance.trial_fleet import OWNER, Said, TrialFleet, spec
from helium.conformance.verdicts import Verdicts
from helium.core.digest import Json
from helium.core.fleet import KIND

READY = "ready"
_OVERRIDE = "--allow-deletes"


@dataclass(slots=True)
class Trial:
    """What every step of the suite works with. `ever`: each resource that a state has ever held, by its URN."""

    subject: Subject
    fleet: TrialFleet
    cloud: TrialCloud
    verdicts: Verdicts
    ever: dict[str, Holding] = field(default_factory=dict)

    def name(self, what: str) -> str:
        """A workspace's name. The fleet's is in it, which no other run has: namespaces of a real cluster are shared."""
        return f"{what}-{self.fleet.name}"

    def ask(self, name: str, changes: Mapping[str, Json] | None = None, *, backend: str = "") -> None:
        """Somebody writes a workspace's file, and nobody has applied it yet."""
        said = self.subject.tried_with.get(SPEC)
        fields = {"owner": OWNER, **(said if isinstance(said, Mapping) else {}), **(changes or {})}
        if backend:
            fields["backend"] = backend
        self.fleet.land({f"workspaces/{name}.yaml": spec(fields)}, f"Ask for {name}")

    def withdraw(self, name: str) -> None:
        """Somebody removes the file."""
        self.fleet.land({f"workspaces/{name}.yaml": None}, f"Remove {name}")

    def pass_(self, *args: str) -> Said:
        """A pass, with all that it has created noted."""
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

    def why(self, name: str, said: Said) -> str:
        """Why a workspace is not as it should be, in Helium's own words."""
        outcomes = said.document.get("outcomes") or () if isinstance(said.document, dict) else ()
        sentences = [each["sentence"] for each in outcomes if each["name"] == name and not each["ok"]]
        return _short(sentences[-1] if sentences else self._of_record(name) or said.err.strip() or said.out.strip())

    def _of_record(self, name: str) -> str:
        shown: Mapping[str, Any] = self.fleet.shown(name)
        return str(shown.get("error") or shown.get("reason") or "")

    def status(self, name: str) -> str:
        """The status that people see."""
        return str(self.fleet.shown(name).get("status", "unknown"))


def settings_of(subject: Subject, cloud: TrialCloud, *, fleet: str, minutes: int) -> dict[str, Json]:
    """The trial's `helium.yaml`."""
    return {
        "fleet": fleet,
        **cloud.settings(subject.cluster),
        "defaults": {"backend": subject.name},
        "limits": {"deletes": 1000, "parallel": 3, "timeout": f"{minutes}m"},
        "backends": {subject.name: {**subject.entry, **({KIND: subject.kind} if subject.kind != subject.name else {})}},
    }


def _short(text: str) -> str:
    """In one line that fits into a table."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else f"{flat[:400]}…"
