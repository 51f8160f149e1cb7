"""The texts of a new fleet, from the templates: what it says depends on the host, and on the Helium that is pinned.

What they name is there: without a pin, there are no workflows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from helium.app.written_files import sealed
from helium.errors import UsageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

GITHUB, GITEA = "github", "gitea"
PLACES = {GITHUB: ".github/workflows", GITEA: ".gitea/workflows"}
"""Where each host looks for workflows."""
FORM = "workspace.yml"
"""The form "I need a workspace"."""
_TEMPLATES = {GITHUB: "workflows", GITEA: "gitea"}
PIN = "OWNER/helium/.github/actions/helium@COMMIT"
"""What the templates say in the place of the Helium that they run."""
_USES = re.compile(r"uses: ((?:https?://[\w.:-]+/)?[\w.-]+/[\w.-]+)/\.github/actions/helium@([0-9a-f]{40})\b")
_WITH_PIN = (
    "The workflows in\n`{place}/` run these commands in CI, with the Helium of {pin}. Its `docs/how-to/run-in-ci.md`\n"
    "says what to set before they apply anything."
)
_WITHOUT = "No workflow runs them\nyet: `helium init . --update --pin OWNER/REPO@COMMIT` adds those of your Helium."
_HOST = (
    "\n# Where the pull requests of this fleet are.\nhost: {{kind: {kind}, url: {url}, repository: {repository}}}\n\n"
)


@dataclass(frozen=True, slots=True)
class Pin:
    """The Helium that workflows run: a repository, which Gitea also takes by its address, and a full commit."""

    repository: str
    commit: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.commit}"

    @classmethod
    def parse(cls, text: str) -> Pin:
        """`UsageError` for what could be moved to another commit."""
        repository, _, commit = text.partition("@")
        known = re.fullmatch(r"(https?://[\w.:-]+/)?[\w.-]+/[\w.-]+", repository)
        if not known or not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise UsageError(
                f"--pin {text!r} is not OWNER/REPO@COMMIT with a full commit id. Only that cannot be moved to another "
                "commit"
            )
        return cls(repository, commit)

    def into(self, text: str) -> str:
        """A template that runs this Helium."""
        return text.replace(PIN, f"{self.repository}/.github/actions/helium@{self.commit}")


def pinned_in(text: str) -> Pin | None:
    """What a workflow runs, if it runs Helium."""
    found = _USES.search(text)
    return Pin(found[1], found[2]) if found else None


def operated_in(text: str) -> str | None:
    """The fleet that a workflow of operators passes over."""
    found = re.search(r"^ +FLEET: (\S+)$", text, re.MULTILINE)
    return found[1] if found else None


def new_fleet(name: str, *, host: str, remote: str, pin: Pin | None) -> dict[str, str]:
    """Everything but schemas and charts, by path. `remote`: the address of its repository, if it has one."""
    how = _WITH_PIN.format(place=PLACES[host], pin=pin) if pin else _WITHOUT
    texts = {
        "helium.yaml": _text("helium.yaml").replace("HOST-OF-FLEET\n", _host_block(host, remote) or "\n"),
        "README.md": _text("README.md").replace("WORKFLOWS", how),
        ".gitignore": _text("gitignore"),
        "workspaces/.gitkeep": "",
    }
    return {path: text.replace("FLEET", name) for path, text in texts.items()} | workflows(host, pin)


def workflows(host: str, pin: Pin | None) -> dict[str, str]:
    """The workflows of a fleet at this host, and what they answer, by path; none without a Helium to run."""
    if pin is None:
        return {}
    if host == GITHUB and "://" in pin.repository:
        raise UsageError(f"GitHub knows {pin.repository} as OWNER/REPO only. Write --pin so, or use --host gitea.")
    templates = _folder(_TEMPLATES[host])
    texts = {f"{PLACES[host]}/{each.name}": pin.into(each.read_text("utf-8")) for each in templates.iterdir()}
    # The form is of no use without the workflow that answers it.
    texts |= {f".{host}/ISSUE_TEMPLATE/{FORM}": _text(f"issue-forms/{FORM}")}
    return {path: sealed(text) for path, text in texts.items()}


def operators(url: str, *, pin: Pin) -> dict[str, str]:
    """The repository from which a fleet at Gitea is passed over, by path."""
    texts = {each.name: each.read_text("utf-8") for each in _folder("gitea-operators").iterdir()}
    filled = {name: text.replace("URL-OF-FLEET", url).replace("PINNED", str(pin)) for name, text in texts.items()}
    readme = filled.pop("README.md").replace("FLEET\n", f"{url.rpartition('/')[2].removesuffix('.git')}\n", 1)
    return {"README.md": readme} | {f"{PLACES[GITEA]}/{name}": sealed(pin.into(text)) for name, text in filled.items()}


def _host_block(host: str, remote: str) -> str:
    """Where its pull requests are: a Gitea's address says nothing of what it is."""
    found = re.fullmatch(r"(https?)://(?:[^/@]*@)?([^/@]+)/(.+?)(?:\.git)?/?", remote)
    if host != GITEA or not found or found[3].count("/") != 1:
        return ""
    return _HOST.format(kind=GITEA, url=f"{found[1]}://{found[2]}", repository=found[3])


def _folder(name: str) -> Traversable:
    return files("helium.cli") / "templates" / name


def _text(name: str) -> str:
    return _folder(name).read_text("utf-8")
