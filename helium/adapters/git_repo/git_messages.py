"""What git, ssh and a remote say on standard error, and what it means.

Refuses to show credentials: what stands before the `@` of a URL is blanked.
"""

from __future__ import annotations

import re

from helium.errors import SourceError, UnreachableError

_EXCERPT = 300
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
RAN_INTO_ANOTHER = re.compile(
    r"cannot lock ref|failed to update ref|reference already exists|incorrect old value"
    r"|fetch first|non-fast-forward|stale info"
)
"""What git says when somebody else moved the branch first."""
_ANSWERED = re.compile(
    r"Authentication failed|could not read (Username|Password)|returned error: 40[0-9]|Permission denied"
    r"|repository .*not found|couldn't find remote ref|src refspec|insufficient permission"
)
"""What git says when the remote answered, or nothing was sent: trying again will not help."""
_NEVER_SENT = re.compile(r"unable to access|Could not read from remote repository|does not appear to be a git repo")
"""What git says when it got no further than asking the remote for its branches."""
_BROKEN_OFF = re.compile(
    r"hung up|unexpected disconnect|RPC failed|early EOF|send-pack|Broken pipe|Connection|timed out|sideband|unpack"
    r"|bad line|protocol error"
)
"""What git says when it lost the remote while it sent, or while it waited for the answer."""
_OWN = re.compile(
    r"transport '\S+' not allowed|bad (config|numeric|boolean)|does not support|gpg failed to sign|is not a commit"
    r"|cannot run |unable to fork|is outside repository|detected dubious ownership"
)
"""What git says when it refuses before it calls the remote, or before it sends anything."""
_PREFIX = re.compile(r"^(?:fatal|error|remote): ?")
_OF_SSH = re.compile(
    r"ssh: |Host key verification|No \S+ host key|Connection (?:closed|reset|timed)|.*: Permission denied \("
)
"""How lines begin in which ssh, or its server, says why git got no further."""


def refuses(err: str) -> bool:
    """Whether git's words are a remote's answer, and not the lack of one."""
    return bool(_ANSWERED.search(err))


def never_sent(err: str) -> bool:
    """Whether git got no further than asking the remote for its branches."""
    return bool(_NEVER_SENT.search(err))


def stayed_here(err: str) -> bool:
    """Whether git itself refused before it sent anything: a hook of the clone, a setting, an object that it lacks.

    A push that reached the remote has a verdict for each branch, or ends with words about the connection. What is not
    known to be git's own refusal may have arrived.
    """
    if _BROKEN_OFF.search(err) or any(line.startswith("remote:") for line in err.splitlines()):
        return False
    # Without a word of its own, git only says that it did not push when the clone's hook (pre-push) refused.
    return bool(_OWN.search(err)) or ("failed to push some refs" in err and "fatal:" not in err)


def failure(text: str, *, away: bool) -> SourceError:
    """`Unreachable` when the remote is away."""
    if "could not read Username" in text or "could not read Password" in text:
        text += "; does the remote know these credentials?"
    if "Permission denied (" in text:
        text += "; does the remote know the ssh key of who runs Helium?"
    if "Host key verification failed" in text:
        text += "; is the remote's key in the known_hosts of who runs Helium?"
    return UnreachableError(text) if away else SourceError(text)


def redacted(text: str) -> str:
    """The text without what stands before the `@` of a URL."""
    return _CREDENTIALS.sub("***", text)


def sentence(err: str) -> str:
    """The lines in which git says what went wrong, as one, at most 300 characters, without credentials."""
    lines = [line for line in err.splitlines() if line.strip() and not line.startswith(("hint:", "To "))]
    telling = [line for line in lines if _PREFIX.match(line) or _OF_SSH.match(line)] or lines
    said = "; ".join(_PREFIX.sub("", line).strip() for line in telling if _PREFIX.sub("", line).strip())
    return redacted(said)[:_EXCERPT] or "it gave no reason"


def verdict_of(line: str) -> str:
    """The reason in a `--porcelain` line of a push."""
    return redacted(line.split("\t")[-1])[:_EXCERPT]


def remote_said(err: str) -> str:
    """What the remote itself said, such as the sentence of its hook."""
    lines = [line.removeprefix("remote:").strip() for line in err.splitlines() if line.startswith("remote:")]
    return redacted(" ".join(line for line in lines if line))[:_EXCERPT]
