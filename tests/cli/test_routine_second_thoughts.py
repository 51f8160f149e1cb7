"""Who tries to give away, to empty or to put back what is another's, by a pull request that needs no person."""

from __future__ import annotations

from helium.app.advance import advance
from helium.core.pull_request import PullRequest
from tests.cli.test_routine_judged import ADA, ANN, HERS, MINE, JudgedFleet, base, judged

__all__ = ["base", "judged"]


def refused(judged: JudgedFleet, pull: PullRequest, **how: object) -> str:
    """Why nobody but a person merges it."""
    said = {each.number: each.sentence for each in advance(judged.open(), judged.host, **how)}  # type: ignore[arg-type]

    assert not judged.merged(pull)
    assert () == judged.shares()
    return said[pull.number]


def branch(judged: JudgedFleet, *commits: tuple[str, str | None]) -> str:
    """Its head: a commit for each file that changes, one after the other."""
    git = judged.fleet.git
    git("fetch", "--quiet", "origin")
    git("checkout", "--quiet", "-B", "sly", "origin/main")
    for path, text in commits:
        judged.fleet.land(path, text)
    return git("rev-parse", "HEAD")


def rebased(judged: JudgedFleet, head: str) -> None:
    """Main, as a host has it that puts each commit of a branch onto it."""
    judged.fleet.git("push", "--quiet", "origin", f"{head}:main")
    judged.fleet.git("checkout", "--quiet", "main")
    judged.fleet.git("pull", "--quiet")


def test_nobody_gives_away_what_is_another_s(judged: JudgedFleet) -> None:
    """To themselves or to a third, alone or beside something of their own; also in the ledger's words."""
    taken = judged.ask("ada", {"workspaces/hers.yaml": HERS.replace(ANN, ADA), "workspaces/new.yaml": ADA})
    passed = judged.ask("ada", {"workspaces/hers.yaml": HERS.replace("ann@", "bob@")})
    asked = judged.ask("robot", {"workspaces/hers.yaml": HERS.replace(ANN, ADA)})
    bound = {"hers": "ada@example.com"}

    for pull in (taken, passed, asked):
        assert "ada@example.com must ask ann@example.com: hers belongs to ann@example.com" in refused(
            judged, pull, bound=lambda _: bound
        )


def test_what_is_one_s_own_is_given_away_by_a_person(judged: JudgedFleet) -> None:
    """Whoever gets it has to pay for it, so an admin looks; also with Helium's own pull request."""
    own = judged.ask("ada", {"workspaces/mine.yaml": MINE.replace(ADA, ANN)})
    asked = judged.ask("robot", {"workspaces/mine.yaml": MINE.replace(ADA, ANN)})

    for pull in (own, asked):
        said = refused(judged, pull, bound=lambda _: {"mine": "ada@example.com"})
        assert "ada@example.com must ask ops@example.com: the owner of mine changes" in said


def test_nobody_puts_back_what_is_another_s(judged: JudgedFleet) -> None:
    """While it is still there: neither as it was, nor as their own, which would have another's data in it."""
    judged.push({"workspaces/hers.yaml": None})
    as_it_was = judged.ask("ada", {"workspaces/hers.yaml": HERS})
    as_mine = judged.ask("ada", {"workspaces/hers.yaml": MINE})

    assert "hers would belong to ann@example.com" in refused(judged, as_it_was)
    assert "the ledger has a workspace hers already" in refused(judged, as_mine)


def test_one_s_own_is_put_back_by_a_person(judged: JudgedFleet) -> None:
    """Helium's own pull request for its owner says whom to ask, and why."""
    judged.push({"workspaces/mine.yaml": None})
    pull = judged.ask("robot", {"workspaces/mine.yaml": MINE})
    said = refused(judged, pull, bound=lambda _: {"mine": "ada@example.com"})

    assert "ada@example.com must ask ops@example.com: the ledger has a workspace mine already" in said


def test_what_goes_and_comes_again_on_the_way_empties_nobody_s(judged: JudgedFleet) -> None:
    """The branch takes another's file away and puts it back as it was: its workspace stays, however it is merged."""
    path = "workspaces/hers.yaml"
    head = branch(judged, (path, None), (path, f"{HERS}description: x\n"), (path, None), (path, HERS))
    rebased(judged, head)
    changes = judged.fleet.json("plan")["changes"]

    assert {"keep"} == {each["kind"] for each in changes}


def test_what_goes_and_comes_again_on_the_way_counts_as_a_removal(judged: JudgedFleet) -> None:
    """A host that rebases would make one's own empty by that, so it is no edit."""
    judged.push({"helium.yaml": (judged.fleet.folder / "helium.yaml").read_text().replace("removes: 1", "removes: 0")})
    path, other = "workspaces/mine.yaml", f"{MINE}description: x\n"
    sly = judged.ask("ada", {}, head=branch(judged, (path, None), (path, other)))

    assert "these are 1 workspaces that end, and routine is 0" in refused(judged, sly)
    plain = judged.ask("ada", {path: other})
    list(advance(judged.open(), judged.host))
    assert judged.merged(plain)
