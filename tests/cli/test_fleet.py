from __future__ import annotations

import json
import re
from collections.abc import Callable
from time import sleep

import pytest

from helium.errors import ExitCode
from helium.sandbox import resources
from tests.cli.conftest import CommandLineFleet


def test_list_tells_what_was_asked_for_and_what_is_up(up: CommandLineFleet) -> None:
    """Every name with phase, owner, time left; a file that no pass has seen is `requested`; the sandbox is named."""
    up("new", "gamma", "--owner", "bob@example.com")
    listed = up.json("list")
    shown = up("list").stdout

    assert ["gcp", "kubernetes"] == listed["sandbox"]
    assert {"plain": "ready", "rich": "ready", "gamma": "requested"} == up.statuses()
    assert ["bob@example.com", "ada@example.com", "ada@example.com"] == [row["owner"] for row in listed["workspaces"]]
    assert "SANDBOX" in shown
    assert "6d 23h" in shown


def test_show_gives_the_strings_that_people_paste(ready: CommandLineFleet) -> None:
    """The five strings of a workspace that is up, and all that the ledger knows of it."""
    shown = ready.json("show", "plain")
    reach = ready.json("show", "plain", "--reach")

    assert reach == shown["connection"]
    assert (
        "gcloud container clusters get-credentials ci-cluster --zone us-east1-b --project my-project"
        == (reach["kubernetes"])
    )
    assert "https://plain.workspaces.example.com" == reach["console"]
    assert "https://jh-plain.workspaces.example.com" == reach["notebooks"]
    assert reach["pachctl"].startswith('echo \'{"pachd_address": "grpc://')
    assert "acme-plain" == shown["outputs"]["bucket"]
    assert "organization/acme.gcp-namespace/plain" == shown["stack"]
    assert reach["pachctl"] in ready("show", "plain").stdout


def test_show_of_a_file_with_errors_names_them(fleet: CommandLineFleet) -> None:
    """A name whose file cannot be read is shown with why."""
    fleet.land("workspaces/alpha.yaml", "expirey: 1\n")

    assert "expirey" in fleet.json("show", "alpha")["file_errors"][0]
    fleet("show", "ghost", code=ExitCode.USAGE)


def test_why_gives_the_facts_behind_the_reason(up: CommandLineFleet) -> None:
    """Kind, code and reason of the next pass, with commit, deadline, digest and last outcome."""
    up("extend", "plain", "+1d")
    why = up.json("why", "plain")

    assert ("update", "spec-changed") == (why["kind"], why["code"])
    assert "Extend workspace plain to +1d" in why["commit"]
    assert "create: ready" in why["last_outcome"]
    assert "ready" == why["phase"]
    assert len(why["digest"]) >= 16
    assert "spec-changed" in up("why", "plain").stdout
    up("why", "ghost", code=ExitCode.USAGE)


def test_why_tells_what_the_safeguards_say_of_a_name(up: CommandLineFleet) -> None:
    """A held change is explained by its refusal."""
    up("pause", "--why", "moving the cluster")
    up("extend", "plain", "+1d")

    assert "moving the cluster" in up.json("why", "plain")["refused"]


def test_history_answers_for_names_that_are_gone(up: CommandLineFleet) -> None:
    """Commits and outcomes of a name in order, also after its record has left."""
    up("delete", "plain")
    up("reconcile")
    events = up.json("history", "plain")["events"]

    assert {"rich": "ready"} == up.statuses()
    assert ["commit", "new-file", "commit", "file-removed"] == [event["what"] for event in events]
    assert "Delete workspace plain" in up("history", "plain").stdout
    up("history", "ghost", code=ExitCode.USAGE)


@pytest.mark.parametrize("args", [("extend", "plain", "+7d"), ("restore", "plain")])
def test_what_was_destroyed_is_told(up: CommandLineFleet, args: tuple[str, ...]) -> None:
    """With what to do; of a name that never was, only that it is not there."""
    up("delete", "plain")
    up("reconcile")

    assert "was destroyed at" in (said := up(*args, code=ExitCode.USAGE).stderr)
    assert "Ask for a new, empty one" in said
    assert "destroyed" not in up(args[0], "never", *args[2:], code=ExitCode.USAGE).stderr


def test_audit_is_the_log_for_people_programs_and_spreadsheets(up: CommandLineFleet) -> None:
    """One row for each outcome; filters by name and time; CSV with a head."""
    rows = up.json("audit", "--name", "plain", "--since", "1d")
    lines = up("audit", "--csv").stdout.splitlines()

    assert [("plain", "new-file", "create: ready")] == [(row["name"], row["code"], row["sentence"]) for row in rows]
    assert lines[0].startswith("time,name,code,sentence,added_at")
    assert 3 == len(lines)
    assert [] == up.json("audit", "--since", "2999-01-01")
    up("audit", "--since", "yesterday", code=ExitCode.USAGE)


def test_pause_holds_every_pass_until_it_ends(up: CommandLineFleet) -> None:
    """A paused fleet applies nothing, says who and why, and goes on when the pause is ended."""
    up("pause", code=ExitCode.USAGE)
    up("pause", "--for", "2h", "--why", "moving the cluster")
    up("extend", "plain", "+1d")
    shown = up("reconcile", code=ExitCode.REFUSED).stdout

    assert "Ada <ada@example.com> paused the fleet until" in shown
    assert "moving the cluster" in shown
    up("pause", "--end")
    assert {"plain": "update", "rich": "keep"} == {each["name"]: each["kind"] for each in up.json("plan")["changes"]}


def test_nothing_can_be_paused_before_the_first_pass(fleet: CommandLineFleet) -> None:
    """Without a ledger there is nothing to pause: no branch is begun by it."""
    shown = fleet("pause", "--why", "x", code=ExitCode.SOURCE)

    assert "first pass" in shown.stderr
    assert "" == fleet.git("branch", "--list", "helium-ledger")


def test_ledger_show_tells_the_state_of_affairs(up: CommandLineFleet) -> None:
    """Marker, accepted commit, last pass, lease and records."""
    whole = up.json("ledger", "show")

    assert {"ready": 2} == whole["records"]
    assert ("created", None, "acme") == tuple(whole["fleet_record"][key] for key in ("marker", "lease", "fleet"))
    assert up.git("rev-parse", "main") == whole["fleet_record"]["accepted"]
    assert "2 ready" in up("ledger", "show").stdout


@pytest.mark.parametrize("fixture", ["up", pytest.param("light_up", marks=pytest.mark.slow)])
def test_a_rebuilt_ledger_plans_the_same(request: pytest.FixtureRequest, fixture: str) -> None:
    """With its branch gone, the records are made from the stacks; nothing is destroyed before a commit is accepted."""
    grown_fleet: CommandLineFleet = request.getfixturevalue(fixture)
    grown_fleet.git("branch", "--quiet", "-D", "helium-ledger")
    refusal = grown_fleet.json("plan", code=ExitCode.REFUSED)["refusals"][0]
    owner = grown_fleet("ledger", "rebuild", code=ExitCode.USAGE).stderr
    assert "belongs to another ledger" in owner
    assert "It would take over plain, rich." in owner
    grown_fleet("ledger", "rebuild", "--take-over", "0" * 16, code=ExitCode.USAGE)
    rebuilt = grown_fleet.json("ledger", "rebuild", "--take-over", _owner_in(owner))["rebuilt"]

    assert "helium ledger rebuild" == refusal["override"]
    assert ["plain", "rich"] == rebuilt
    assert {"in-step"} == {change["code"] for change in grown_fleet.json("plan")["changes"]}
    grown_fleet("delete", "plain")
    assert ["history"] == [refusal["code"] for refusal in grown_fleet.json("plan", code=ExitCode.REFUSED)["refusals"]]
    grown_fleet("ledger", "accept", "HEAD")
    assert {"plain": "destroy", "rich": "keep"} == {
        each["name"]: each["kind"] for each in grown_fleet.json("plan")["changes"]
    }


@pytest.mark.parametrize("has_file", [True, False])
def test_a_ledger_that_was_put_back_is_stuck_for_one_command(up: CommandLineFleet, *, has_file: bool) -> None:
    """Its record is of the workspace that had the name before. The refusal names what keeps today's, or ends it."""
    before = up.git("rev-parse", "helium-ledger")
    up.land("workspaces/plain.yaml", None)
    up("reconcile")
    sleep(1)  # git's times are whole seconds
    up.land("workspaces/plain.yaml", "owner: bob@example.com\n")
    up("reconcile")
    up.git("update-ref", "refs/heads/helium-ledger", before)
    if not has_file:
        up.land("workspaces/plain.yaml", None)

    refusal = up.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"][0]
    command = re.search(r"run helium (.*)\.", refusal["sentence"])
    assert command is not None
    assert ("no-record", f"{'ledger rebuild' if has_file else 'orphans --destroy'} plain") == (
        refusal["code"],
        command[1],
    )
    assert ["stack that does not fit its record"] == [each["what"] for each in up.json("orphans")["orphans"]]
    up(*command[1].split())
    up("reconcile")

    assert {"rich": "ready", **({"plain": "ready"} if has_file else {})} == up.statuses()
    assert [] == up.json("orphans")["orphans"]


def test_a_record_is_rebuilt_by_name_only_where_something_tells_of_it(up: CommandLineFleet) -> None:
    """Without a stack nothing says what it should be; without a file, the next pass would destroy the stack."""
    up.land("workspaces/plain.yaml", None)

    assert "orphans --destroy plain" in up("ledger", "rebuild", "plain", code=ExitCode.USAGE).stderr
    assert "has no stack" in up("ledger", "rebuild", "nobody", code=ExitCode.USAGE).stderr


def test_only_a_commit_of_main_is_accepted(up: CommandLineFleet) -> None:
    """`ledger accept` takes no commit that main does not have."""
    up.git("checkout", "--quiet", "-b", "side")
    up.land("workspaces/other.yaml", "{}\n")

    assert "not on main" in up("ledger", "accept", "side", code=ExitCode.USAGE).stderr


def _lose(fleet: CommandLineFleet, name: str) -> None:
    """Somebody removes a stack's state behind Helium's back."""
    if fleet.state is not None and name == "marker":
        fleet.memory.engine.marker = False
    elif fleet.state is not None:
        fleet.memory.lose(name)
    for path in (fleet.folder / ".helium" / "state").rglob(f"{name}.json*"):
        path.unlink()


@pytest.mark.parametrize("fixture", ["up", pytest.param("light_up", marks=pytest.mark.slow)])
def test_a_lost_stack_is_given_up_by_name(request: pytest.FixtureRequest, fixture: str) -> None:
    """A record without its stack is an orphan; accepted as lost, a workspace with a file is created again."""
    grown_fleet: CommandLineFleet = request.getfixturevalue(fixture)
    _lose(grown_fleet, "plain")

    assert [("plain", "record without its stack")] == [
        (each["name"], each["what"]) for each in grown_fleet.json("orphans")["orphans"]
    ]
    assert "in-step" == grown_fleet.json("why", "plain")["code"], "the ledger knows nothing of it"
    assert "lost-stack" == grown_fleet.json("why", "plain", "--state")["code"]
    assert "is not lost" in grown_fleet("ledger", "accept-loss", "rich", code=ExitCode.USAGE).stderr
    grown_fleet("ledger", "accept-loss", code=ExitCode.USAGE)
    grown_fleet("ledger", "accept-loss", "plain")
    assert "create" == next(c["kind"] for c in grown_fleet.json("plan")["changes"] if c["name"] == "plain")


def test_a_lost_record_without_a_file_is_forgotten(up: CommandLineFleet) -> None:
    """`orphans --forget` drops what has neither file nor stack; what is in order it refuses."""
    _lose(up, "plain")
    up.land("workspaces/plain.yaml", None)

    assert "in-step" in up("orphans", "--forget", "rich", code=ExitCode.USAGE).stderr
    up("orphans", "--forget", "plain")
    up("reconcile")
    assert {"rich": "ready"} == up.statuses()


def test_a_new_state_is_accepted_as_a_whole(up: CommandLineFleet) -> None:
    """`accept-loss --state` creates the marker again and gives up every stack that the state lacks."""
    _lose(up, "plain")
    _lose(up, "rich")
    _lose(up, "marker")

    assert "helium ledger accept-loss --state" == up.json("plan", code=ExitCode.REFUSED)["refusals"][0]["override"]
    assert ["plain", "rich"] == up.json("ledger", "accept-loss", "--state")["lost"]
    assert {"create"} == {change["kind"] for change in up.json("plan")["changes"]}


def _owner_in(refusal: str) -> str:
    """The id of the other ledger, as the refusal names it for `--take-over`."""
    return refusal.partition("--take-over ")[2].split()[0].rstrip(".")


def _lose_record(fleet: CommandLineFleet, name: str) -> None:
    """Somebody removes a record from the ledger."""
    fleet.git("worktree", "add", "--quiet", "../ledger", "helium-ledger")
    ledger = CommandLineFleet(fleet.folder.parent / "ledger", fleet.env)
    ledger.git("rm", "--quiet", str(next((ledger.folder / "records").glob(f"*/{name}.json"))))
    ledger.git("commit", "--quiet", "--message", "Lose a record")


def _tear_record(fleet: CommandLineFleet, name: str) -> None:
    """Somebody commits half a record to the ledger."""
    fleet.git("worktree", "add", "--quiet", "../ledger", "helium-ledger")
    ledger = CommandLineFleet(fleet.folder.parent / "ledger", fleet.env)
    path = next((ledger.folder / "records").glob(f"*/{name}.json"))
    path.write_text(path.read_text()[:40])
    ledger.git("commit", "--quiet", "--all", "--message", "Tear a record")


def test_a_corrupt_record_without_file_and_stack_is_forgotten(up: CommandLineFleet) -> None:
    """What tells of nothing that is there may go, once a person says so; while its stack is there, it may not."""
    up.land("workspaces/plain.yaml", None)
    _tear_record(up, "plain")

    assert "corrupt-record" in up("orphans", "--forget", "plain", code=ExitCode.USAGE).stderr
    _lose(up, "plain")
    assert "--forget plain" in up("orphans", "--destroy", "plain", code=ExitCode.USAGE).stderr
    up("orphans", "--forget", "plain")
    assert {"rich": "ready"} == up.statuses()


@pytest.mark.parametrize(
    ("fixture", "lose", "what"),
    [
        pytest.param("ready", _lose_record, "stack without a record", marks=pytest.mark.slow),
        ("up", _lose_record, "stack without a record"),
        ("up", _tear_record, "record that cannot be read"),
    ],
)
def test_an_orphan_is_destroyed_with_the_same_proof(
    request: pytest.FixtureRequest, fixture: str, lose: Callable[[CommandLineFleet, str], None], what: str
) -> None:
    """A stack with neither file nor readable record goes through a pass: ownership, destroy, proof, a log line."""
    fleet: CommandLineFleet = request.getfixturevalue(fixture)
    before = {resource.identity.name for resource in resources(fleet.folder / ".helium" / "sandbox")}
    lose(fleet, "plain")
    fleet.land("workspaces/plain.yaml", None)

    assert [("plain", what)] == [(each["name"], each["what"]) for each in fleet.json("orphans")["orphans"]]
    assert "in-step" in fleet("orphans", "--destroy", "rich", code=ExitCode.USAGE).stderr
    outcomes = fleet.json("orphans", "--destroy", "plain")["outcomes"]
    assert [("destroy", True)] == [(outcome["kind"], outcome["ok"]) for outcome in outcomes]
    assert [] == fleet.json("orphans")["orphans"]
    left = {resource.identity.name for resource in resources(fleet.folder / ".helium" / "sandbox")}
    assert "acme-plain" not in left
    assert ("acme-rich" in before) == ("acme-rich" in left)


def test_doctor_says_what_is_well(ready: CommandLineFleet) -> None:
    """Every check of a fleet that works is ok, and its code is 0."""
    checks = {check["what"]: check["ok"] for check in ready.json("doctor")}

    assert {
        "python",
        "git",
        "pulumi",
        "fleet",
        "remote",
        "host",
        "you",
        "passphrase",
        "backends",
        "providers",
        "charts",
        "clusters",
        "state",
        "key",
        "ledger",
        "passes",
    } == (set(checks))
    assert all(checks.values())
    assert "2 stacks of this fleet" in ready("doctor").stdout


def test_doctor_names_the_command_that_mends(ready: CommandLineFleet) -> None:
    """Beside each red row, for people and for programs, and its code is 1."""
    settings = ready.folder / "helium.yaml"
    settings.write_text(settings.read_text().replace("sandbox: [gcp, kubernetes]", "sandbox: [gcp]"))
    settings.write_text(f"{settings.read_text()}clusters: {{ci-cluster: {{kubeconfig: /nowhere/kubeconfig}}}}\n")
    ready.git("commit", "-qam", "Use a real cluster")
    red = {check["what"]: check for check in ready.json("doctor", code=1) if not check["ok"]}

    assert {"cluster ci-cluster", "charts"} <= set(red)
    assert all(check["command"] for check in red.values())
    assert "kubectl config view --minify --flatten > /nowhere/kubeconfig" == red["cluster ci-cluster"]["command"]
    said = ready("doctor", code=1).stdout
    assert "run: kubectl config view --minify --flatten > /nowhere/kubeconfig" in " ".join(said.split())


def test_every_json_is_one_document(up: CommandLineFleet) -> None:
    """Standard output of `--json` is for programs alone."""
    for args in (("list",), ("plan",), ("ledger", "show"), ("audit",), ("orphans",), ("validate",), ("expire",)):
        json.loads(up(*args, "--json").stdout)


def test_a_fleet_says_when_no_pass_comes(up: CommandLineFleet) -> None:
    """The list, doctor and the ledger's summary tell of the last good pass; when the next one is late, in red."""
    assert not up.json("list")["passes"]["late"]
    assert "late:" not in up("list").output
    assert "last good pass" in up("ledger", "show").output

    # Days ago: nothing but the record of it is older.
    up.git("worktree", "add", "--quiet", "../ledger", "helium-ledger")
    path = up.folder.parent / "ledger" / "fleet.json"
    known = json.loads(path.read_text())
    last = {**known["last_pass"], "time": "2020-01-01T00:00:00Z", "good": "2020-01-01T00:00:00Z"}
    path.write_text(json.dumps({**known, "last_pass": last}))
    CommandLineFleet(path.parent, up.env).git("commit", "--quiet", "--all", "--message", "By hand")

    assert up.json("list")["passes"]["late"]
    assert "late: The last good pass was" in up("list").output
    (row,) = (row for row in json.loads(up.run("doctor", "--json").stdout) if row["what"] == "passes")
    assert ("helium reconcile", False) == (row["command"], row["ok"])
