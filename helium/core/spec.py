"""A spec: what one file in `workspaces/` says, and what holds a name when that file has errors.

Values only: an adapter reads the YAML and checks it against the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from helium.core.deadlines import format_instant, format_lifetime, parse_deadline
from helium.core.digest import Json, digest
from helium.core.lineage import Lineage
from helium.errors import Issue

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
NAME_RULE = "lowercase letters, digits and dashes, a letter or digit at both ends, at most 63"
_LONGEST_MAIL = 254
_NOREPLY = re.compile(r"no-?reply", re.IGNORECASE)
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
OF_GOOGLE = re.compile(r"g[o0][o0]g[l1i]e")
"""What Google keeps from the names of others' buckets, and how it is misspelt to look like it."""
RESERVED = re.compile(r"default|kube-.*|jh-.*")
WORKSPACES = "workspaces"
"""The folder of all specs."""
ENDINGS = (".yaml", ".yml")
_EXEMPT = re.compile(rf"{WORKSPACES}/([^/]+/)?(\.gitkeep|README\.md)")
"""Files under `workspaces/` that are not specs and hold no name."""
COMMON_FIELDS = ("name", "backend", "expiry", "owner", "access", "description", "labels", "protected")
"""What every spec may say, whatever its backend."""
METADATA_FIELDS = ("expiry", "description", "protected")
"""Fields whose edit is a metadata-only update: the stack keeps its pins, and no chart moves."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One entry under `workspaces/` as git lists it: path from the repository's root, blob id, and git's file mode."""

    path: str
    blob: str
    mode: str = "100644"

    @property
    def name(self) -> str:
        """The name that the entry holds, by its stem alone: whatever its ending, depth or case."""
        return self.holder.lstrip(".").partition(".")[0].lower()

    @property
    def holder(self) -> str:
        """The part of its path that spells the name: a folder that is named like a spec's file, else the last part."""
        *folders, last = self.path.split("/")
        return next((folder for folder in folders if folder.endswith(ENDINGS)), last)

    @property
    def exempt(self) -> bool:
        """Whether it is a plain file that holds no name, since its own name says that it is not a spec."""
        named = self.path.endswith(f"/{self.holder}")
        return named and self.mode.startswith("100") and _EXEMPT.fullmatch(self.path) is not None


def entries_by_name(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """The entries by the name that they hold, in their order."""
    names: dict[str, list[Entry]] = {}
    for entry in entries:
        names.setdefault(entry.name, []).append(entry)
    return {name: tuple(held) for name, held in names.items()}


def team_of(path: str) -> str:
    """The folder below `workspaces/` that a file lies in; empty for one that lies in none."""
    _, *folders, _ = path.split("/")
    return folders[0] if folders else ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A valid spec. `fields` is the document as read, in the schema's own keys, without the file's `name`."""

    name: str
    path: str
    blob: str
    backend: str
    expiry: datetime | None = None
    owner: str = ""
    access: str = "owner"
    protected: bool = False
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Json] = field(default_factory=dict)

    @property
    def team(self) -> str:
        """The team whose workspace it is."""
        return team_of(self.path)

    @property
    def values(self) -> Mapping[str, Json]:
        """The user's Helm values."""
        values = self.fields.get("values")
        return values if isinstance(values, Mapping) else {}

    @property
    def notebook_values(self) -> Mapping[str, Json]:
        """The user's Helm values for the notebooks' chart."""
        notebooks = self.fields.get("notebooks")
        values = notebooks.get("values") if isinstance(notebooks, Mapping) else None
        return values if isinstance(values, Mapping) else {}

    def text(self, key: str) -> str | None:
        """A field that holds text (`pachdVersion`, …); `None` for any other."""
        value = self.fields.get(key)
        return value if isinstance(value, str) else None

    @property
    def names_backend(self) -> bool:
        """Whether the file itself names the backend; otherwise it is the fleet's default of that day."""
        return "backend" in self.fields

    @property
    def digest(self) -> str:
        """Of all fields that need a full update when they change: not the file's layout, and not the metadata."""
        heavy = {key: value for key, value in self.fields.items() if key not in METADATA_FIELDS and key != "backend"}
        return digest({**heavy, "backend": self.backend})


@dataclass(frozen=True, slots=True)
class NotParsed:
    """A file that was not parsed, since its blob is its record's. Only a `keep` may rest on it."""

    name: str
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class InvalidSpec:
    """A file that holds a name and is not valid: errors in it, a wrong place, or two files for one name.

    `until`: the latest deadline that it may have, where it asks for a later one.
    """

    name: str
    path: str
    blob: str
    issues: tuple[Issue, ...]
    until: datetime | None = None


Reading = Spec | NotParsed | InvalidSpec


@dataclass(frozen=True, slots=True)
class Addition:
    """The first-parent commit that added a file since it was last absent, and the blob it had before that absence.

    `after_request`: somebody had asked Helium to take that away. `request_before`: what the commit says of it, which
    anybody may have typed. `lineage`: what the file comes from.
    """

    name: str
    added_at: datetime
    commit: str
    author: str
    blob: str
    blob_before: str | None = None
    after_request: bool = False
    request_before: str = ""
    lineage: Lineage | None = field(default=None, compare=False)


DIRECT = "direct"
"""The origin of a removal that somebody made by hand."""
REQUESTED = "request"
"""The origin of a removal that somebody asked Helium for, as its ledger knows."""
REVIEWED = "pull-request"
"""The origin of a removal that a merged pull request showed."""
UNREVIEWED = "unreviewed-removal"
"""The origin of a removal that came with a merged pull request, which did not show it."""
UNDECIDED = "undecided"
"""The origin of a removal whose pull request cannot be asked for now. It is never written down: a later pass asks."""
RELEASED = "released"
"""The origin of a removal that a person allowed by name, with `--allow-deletes`."""
REQUESTED_VIA = (REQUESTED, REVIEWED, RELEASED)
"""Origins of a removal that count as requested."""


@dataclass(frozen=True, slots=True)
class Removal:
    """The first-parent commit that took a file away.

    `origin`: `request` (through Helium), `pull-request`, `direct` or `unreviewed-removal`. `by` wanted it and
    `approved_by` let it in, if git or its host knows. `request`: the id that the commit names, which anybody may have
    typed. `blob`: the file as it was when it went. `added_at` and `first_blob`: when it was added before that, and as
    what, where that happened in the part of history that was looked at. `lineage`: as of an addition; not written down.
    """

    name: str
    commit: str
    time: datetime
    origin: str = DIRECT
    url: str = ""
    by: str = ""
    approved_by: str = ""
    request: str = ""
    blob: str = ""
    added_at: datetime | None = None
    first_blob: str = ""
    lineage: Lineage | None = field(default=None, compare=False)


def fields_with(fields: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """The fields of a file after an edit: `None` takes one away. A null that stands in the file already stays."""
    gone = {key for key, value in changes.items() if value is None}
    return {key: value for key, value in {**fields, **changes}.items() if key not in gone}


def longest_name(fleet: str) -> int:
    """How long a name may be: the bucket `FLEET-NAME` and the host label `jh-NAME` may have 63 characters."""
    return 63 - max(len(f"{fleet}-"), len("jh-"))


RENAME = "; rename the file"
"""How the error of a file's name ends. Where there is no file yet, the name is a field, and somebody chooses it."""


def too_long(spec: Spec, *, added_at: datetime, longest: timedelta, now: datetime, of_team: str = "") -> Issue | None:
    """The error of a spec that asks for more than the maximum, counted from `added_at`. `of_team`: whose maximum it is.

    It never names a day that has passed: whoever wrote that would end the workspace.
    """
    if spec.expiry is None or spec.expiry <= added_at + longest:
        return None
    maximum = f"{format_lifetime(longest)}{f' of the team {of_team}' if of_team else ''}"
    sentence = (
        f"expiry {format_instant(spec.expiry)} is beyond the maximum of {maximum}, counted from "
        f"{format_instant(added_at)} when the file was added; {_what_fits(added_at + longest, now)}"
    )
    return Issue(spec.path, 1, 1, "/expiry", sentence)


def _what_fits(last: datetime, now: datetime) -> str:
    if last <= now:
        return "it has had that time already, so put the former expiry back"
    day = latest_day(last)
    return f"write {day if parse_deadline(f'{day}') > now else format_instant(last)} or earlier"


def latest_day(last: datetime) -> date:
    """The last day that may be written: a bare date means the end of its day, which may lie beyond the last instant."""
    return last.date() if parse_deadline(f"{last:%Y-%m-%d}") <= last else last.date() - timedelta(days=1)


def in_the_past(spec: Spec, *, now: datetime, ends: datetime | None = None) -> Issue | None:
    """The error of a deadline that has passed. For new requests only: a file on main may outlive its deadline.

    `ends`: when a workspace that lives really does.
    """
    if spec.expiry is None or (ends or spec.expiry) > now:
        return None
    return Issue(
        spec.path,
        1,
        1,
        "/expiry",
        f"expiry {format_instant(spec.expiry)} has passed; write a later date, or leave it out",
    )


IN_ANOTHER_CASE = (
    f"on macOS and Windows this is the folder {WORKSPACES}, and on Linux another one, whose files hold no names; move "
    f"what is in it to {WORKSPACES}/"
)


def in_another_case(name: str) -> bool:
    """Whether an entry of the repository's root is `workspaces` to some machines only."""
    return name != WORKSPACES and name.casefold() == WORKSPACES


GOOGLE_RULE = "begins with goog or contains google, which Google refuses in the names of buckets"


def refused_by_google(name: str) -> bool:
    """Whether Google takes no bucket of this name, nor one that begins with it."""
    return name.startswith("goog") or OF_GOOGLE.search(name) is not None


def is_mail(owner: str) -> bool:
    """Whether it is an e-mail address of the kind that a spec may name: at a host that others can reach."""
    return len(owner) <= _LONGEST_MAIL and _MAIL.fullmatch(owner) is not None


def is_noreply(owner: str) -> bool:
    """Whether nobody reads mail to this address. Git hosts give authors such addresses."""
    return _NOREPLY.search(owner) is not None
