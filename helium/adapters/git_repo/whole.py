"""Whether all that the branches show can be read, asked of the `git` program before anything else reads it.

libgit2 1.9 never comes back from a loose object that was cut short, as a power cut leaves them, and holds the whole
process meanwhile; git says so, in a sentence. For processes that live long, when they begin. Refuses to mend anything.
"""

from __future__ import annotations

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.program import sentence
from helium.errors import SourceError

_ID = 40


def check(clone: Clone) -> None:
    """`SourceError` when a branch's history, or something that its head shows, cannot be read.

    The branches are the remote's as fetched, or the repository's own where there is no remote.
    """
    kind, refs = ("--remotes", f"refs/remotes/{clone.remote}") if clone.remote else ("--branches", "refs/heads")
    told = clone.program.ask("for-each-ref", refs)
    # A branch that points at another which has gone is warned of too, and harms nobody.
    if told.code or "broken ref" in told.err:
        raise SourceError(f"its branches cannot be read: {sentence(told.err)}")
    if told.out:
        which = f"{kind}={clone.remote}" if clone.remote else kind
        clone.program.run("rev-list", "--quiet", which)
        listed = clone.program.run("rev-list", "--objects", "--no-walk", which)
        held = b"\n".join(line[:_ID] for line in listed.splitlines())
        # One that is torn it calls missing, and goes on; only its complaint tells.
        read = clone.program.ask("cat-file", "--batch", data=held)
        if read.code or read.err:
            raise SourceError(f"an object is damaged: {sentence(read.err)}; `git fsck` tells more")
