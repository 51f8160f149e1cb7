"""Pushes one commit to a branch of the remote, and tells apart: taken, overtaken, refused, in doubt.

Never forced, but for a branch that is Helium's alone, and then only from the commit that it was seen at.
"""

from __future__ import annotations

from helium.adapters.git_repo import locks
from helium.adapters.git_repo.git_cli import Git, GitResult
from helium.adapters.git_repo.git_messages import (
    RAN_INTO_ANOTHER,
    failure,
    never_sent,
    redacted,
    refuses,
    remote_said,
    sentence,
    stayed_here,
    verdict_of,
)
from helium.errors import HeadMovedError, PushInDoubtError, UnreachableError

FLAGS = ("--porcelain", "--no-follow-tags", "--no-recurse-submodules")


def push(git: Git, commit: str, *, remote: str, ref: str, along: str = "", over: str = "") -> str:
    """Push one commit to the remote's `ref`, never forced; `HeadMovedError` when somebody was first.

    `PushInDoubtError` when the remote did not say whether it took it, `UnreachableError` when nothing was sent.
    `along`: a refspec that goes with it, and that the remote may refuse; then its reason is returned. `over`: the
    commit that may be lost, where the branch is Helium's alone.
    """
    # Whoever cannot sign in has sent nothing.
    git.signed_in()
    try:
        lease = [f"--force-with-lease={ref}:{over}"] if over else []
        answer = git.ask("push", *FLAGS, *lease, remote, f"{commit}:{ref}", *([along] if along else []), remote=remote)
    except UnreachableError as error:
        raise PushInDoubtError(commit, str(error)) from None
    if answer.code == 0:
        return ""
    lines = [line for line in answer.out.decode(errors="replace").splitlines() if f":{ref}\t" in line]
    verdict = [line for line in lines if line.startswith("!\t")]
    if any(RAN_INTO_ANOTHER.search(line) for line in verdict):
        raise HeadMovedError(_ran_into(git, answer.err, remote=remote, ref=ref))
    if along and (refused := refused_by(answer, ref=along.rpartition(":")[2])):
        if verdict:
            # A hook may judge the whole push. Alone, the commit shows what it is refused for.
            push(git, commit, remote=remote, ref=ref)
        if lines:
            return refused
    said = refused_by(answer, ref=ref) or sentence(answer.err)
    own = not verdict and stayed_here(answer.err)
    if own or never_sent(answer.err) or refuses(answer.err) or any("rejected]" in line for line in verdict):
        away = not verdict and not refuses(answer.err) and (never_sent(answer.err) or not own)
        raise failure(f"{remote} did not take the push to {ref}: {said}", away=away)
    raise PushInDoubtError(commit, said)


def refused_by(answer: GitResult, *, ref: str) -> str:
    """Why the remote did not take a push to `ref`; empty if it took it, or did not say."""
    lines = answer.out.decode(errors="replace").splitlines()
    verdict = next((line for line in lines if line.startswith("!\t") and f":{ref}\t" in line), "")
    return f"{verdict_of(verdict)} {remote_said(answer.err)}".strip() if verdict else ""


def _ran_into(git: Git, err: str, *, remote: str, ref: str) -> str:
    lock = locks.lock_in(err)
    if not lock:
        return f"{remote} has a newer {ref}. Fetch, and try again."
    return locks.sentence(redacted(lock), remote=remote, ref=ref, here=bool(git.place_of(remote)))
