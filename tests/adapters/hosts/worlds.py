"""A host with several accounts, for the contract: the fake's, and a real Gitea's. Ours is `robot`, who may write."""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.error import HTTPError

from helium.adapters.hosts.gitea import GiteaHost
from helium.adapters.hosts.token import HostToken
from helium.adapters.hosts.transport import HostTransport
from helium.core.host_place import GITEA, HostPlace
from helium.core.pull_request import Permission, PullRequestDraft, ReviewVerdict, SecretStore
from helium.ports.host import Host
from tests.fakes import FakeHost, Forge
from tests.gitea import OWNER, Gitea

OURS, WRITER, READER = "robot", "ada", "mallory"
SCOPES = ("read:user", "write:repository", "write:issue")
"""All that Helium's token needs at Gitea, as `connect-the-host.md` says it."""
_REVIEWS = {ReviewVerdict.APPROVED: "APPROVED", ReviewVerdict.CHANGES_REQUESTED: "REQUEST_CHANGES"}


def until(call: Callable[[], object], *, seconds: float = 60.0) -> None:
    """A new fork is copied in the background."""
    end = time.monotonic() + seconds
    while True:
        try:
            call()
        except HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


class HostWorld(Protocol):
    """What happens at a host without Helium."""

    def seen_by(self, login: str) -> Host:
        """The host as an account sees it."""

    def push(self, branch: str, *, login: str = OWNER) -> str:
        """Another commit on a branch, which begins at main; its id."""

    def delete_branch(self, branch: str) -> None:
        """Somebody tidies up."""

    def ask(self, login: str, branch: str) -> int:
        """Somebody opens a pull request for a branch of the repository; its number."""

    def ask_from_fork(self, login: str, branch: str) -> int:
        """Somebody opens one for a branch of a fork of theirs."""

    def open_issue(self, login: str, body: str) -> int:
        """Somebody opens an issue; its number."""

    def comment(self, login: str, number: int, *, body: str) -> int:
        """Somebody writes a comment; its id."""

    def remove_comment(self, id: int) -> None:
        """An administrator deletes it."""

    def rewrite_comment(self, id: int, *, body: str) -> None:
        """An administrator changes it."""

    def review(self, login: str, number: int, *, verdict: ReviewVerdict) -> None:
        """Somebody judges the head as it is."""

    def hold_back(self, number: int) -> None:
        """A rule is in the way of a merge from now on."""

    def protect(self, branch: str, *, lets: tuple[str, ...]) -> None:
        """Only these may push there."""

    def put_secret(self, name: str) -> None:
        """A secret of the repository."""


@dataclass(slots=True)
class FakeHostWorld:
    """That of the fake."""

    forge: Forge = field(default_factory=Forge)

    def __post_init__(self) -> None:
        self.forge.permissions |= {OURS: Permission.WRITE, WRITER: Permission.WRITE, READER: Permission.READ}

    def seen_by(self, login: str) -> Host:
        """The same forge."""
        return FakeHost(login, self.forge)

    def push(self, branch: str, *, login: str = OWNER) -> str:
        """In memory."""
        commit = self.forge.push(branch)
        self.forge.pushers[commit] = login
        return commit

    def delete_branch(self, branch: str) -> None:
        """In memory."""
        del self.forge.branches[branch]

    def ask(self, login: str, branch: str) -> int:
        """As that account."""
        return self.seen_by(login).open(PullRequestDraft(title=branch, body="", head=branch, base="main")).number

    def ask_from_fork(self, login: str, branch: str) -> int:
        """A branch of the same name need not be here."""
        here = self.forge.branches.get(branch)
        self.forge.push(branch)
        number = self.ask(login, branch)
        fork = replace(self.forge.pull_requests[number], head_repository=f"{login}/fleet")
        self.forge.pull_requests[number] = fork
        if here is None:
            del self.forge.branches[branch]
        return number

    def open_issue(self, login: str, body: str) -> int:
        """A number, as pull requests have it too."""
        return self.forge.number()

    def comment(self, login: str, number: int, *, body: str) -> int:
        """In memory."""
        return self.forge.comment(number, author=login, body=body).id

    def remove_comment(self, id: int) -> None:
        """In memory."""
        self.forge.remove(id)

    def rewrite_comment(self, id: int, *, body: str) -> None:
        """In memory."""
        self.forge.rewrite(id, body)

    def review(self, login: str, number: int, *, verdict: ReviewVerdict) -> None:
        """In memory."""
        self.forge.review(number, login=login, verdict=verdict)

    def hold_back(self, number: int) -> None:
        """As if a check were red."""
        self.forge.red.add(number)

    def protect(self, branch: str, *, lets: tuple[str, ...]) -> None:
        """In memory."""
        self.forge.protected[branch] = frozenset(lets)

    def put_secret(self, name: str) -> None:
        """In memory."""
        self.forge.secrets.append(SecretStore(place="repository acme/fleet", names=(name,)))


class GiteaHostWorld:
    """A new repository at a real Gitea."""

    def __init__(self, gitea: Gitea, name: str) -> None:
        self._as = {login: gitea.account(login) for login in (WRITER, READER)} | {OWNER: gitea}
        self._as[OURS] = gitea.account(OURS, scopes=SCOPES)
        self._admin, self._name = gitea, name
        gitea.call("POST", "/user/repos", {"name": name, "default_branch": "main", "auto_init": True, "private": True})
        for login, permission in ((OURS, "write"), (WRITER, "write"), (READER, "read")):
            gitea.call("PUT", f"{self.path}/collaborators/{login}", {"permission": permission})
        self._files = itertools.count()

    @property
    def path(self) -> str:
        """Of the repository, at the API."""
        return f"/repos/{OWNER}/{self._name}"

    def seen_by(self, login: str) -> Host:
        """By a token of that account."""
        caller = self._as[login]
        place = HostPlace(GITEA, caller.address, f"{OWNER}/{self._name}")
        return GiteaHost(HostTransport(place, HostToken("HELIUM_HOST_TOKEN", lambda: caller.token), {}, environ={}))

    def push(self, branch: str, *, login: str = OWNER) -> str:
        """A new file."""
        body = {"content": base64.b64encode(b"{}").decode(), "message": f"on {branch}", "branch": branch}
        try:
            self._admin.call("GET", f"{self.path}/branches/{branch}")
        except HTTPError:
            body = {**body, "branch": "main", "new_branch": branch}
        made = self._as[login].call("POST", f"{self.path}/contents/workspaces/{branch}-{next(self._files)}.yaml", body)
        return str(made["commit"]["sha"])

    def delete_branch(self, branch: str) -> None:
        """As an administrator."""
        self._admin.call("DELETE", f"{self.path}/branches/{branch}")

    def ask(self, login: str, branch: str) -> int:
        """As that account, which may be a reader."""
        body = {"title": branch, "head": branch, "base": "main"}
        return int(self._as[login].call("POST", f"{self.path}/pulls", body)["number"])

    def ask_from_fork(self, login: str, branch: str) -> int:
        """Of the same name, which lies at that account's place."""
        caller = self._as[login]
        caller.call("POST", f"{self.path}/forks", {"name": self._name})
        content = base64.b64encode(b"{}").decode()
        body = {"content": content, "message": "mine", "branch": "main", "new_branch": branch}
        path = f"/repos/{login}/{self._name}/contents/workspaces/fork.yaml"
        until(lambda: caller.call("POST", path, body))
        wanted = {"title": branch, "head": f"{login}:{branch}", "base": "main"}
        return int(caller.call("POST", f"{self.path}/pulls", wanted)["number"])

    def open_issue(self, login: str, body: str) -> int:
        """As that account."""
        return int(self._as[login].call("POST", f"{self.path}/issues", {"title": "wish", "body": body})["number"])

    def comment(self, login: str, number: int, *, body: str) -> int:
        """As that account."""
        return int(self._as[login].call("POST", f"{self.path}/issues/{number}/comments", {"body": body})["id"])

    def remove_comment(self, id: int) -> None:
        """As an administrator."""
        self._admin.call("DELETE", f"{self.path}/issues/comments/{id}")

    def rewrite_comment(self, id: int, *, body: str) -> None:
        """As an administrator."""
        self._admin.call("PATCH", f"{self.path}/issues/comments/{id}", {"body": body})

    def review(self, login: str, number: int, *, verdict: ReviewVerdict) -> None:
        """As that account."""
        body = {"event": _REVIEWS[verdict], "body": "so I say"}
        self._as[login].call("POST", f"{self.path}/pulls/{number}/reviews", body)

    def hold_back(self, number: int) -> None:
        """A check that never comes."""
        self._rule("main", enable_push=True, enable_status_check=True, status_check_contexts=["check"])

    def protect(self, branch: str, *, lets: tuple[str, ...]) -> None:
        """By a whitelist."""
        self._rule(branch, enable_push=True, enable_push_whitelist=True, push_whitelist_usernames=list(lets))

    def put_secret(self, name: str) -> None:
        """Of the repository."""
        self._admin.call("PUT", f"{self.path}/actions/secrets/{name}", {"data": "hidden"})

    def _rule(self, branch: str, **rule: Any) -> None:
        body: Mapping[str, Any] = {"rule_name": branch, **rule}
        self._admin.call("POST", f"{self.path}/branch_protections", body)
