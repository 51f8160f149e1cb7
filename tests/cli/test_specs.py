from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest

from helium.app.run import clock
from helium.core.deadlines import format_instant, parse_deadline
from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet


def test_new_writes_one_commit_with_who_asked(fleet: CommandLineFleet) -> None:
    """A new workspace is one file in one commit by the person git knows, with a sentence and a request's id."""
    printed = fleet.json("new", "alpha", "--expiry", "+7d", "--description", "For Ada")
    trailers = fleet.git("log", "-1", "--format=%(trailers:key=Helium-Request,valueonly)").strip()

    assert "2" == fleet.git("rev-list", "--count", "main")
    assert "Ada <ada@example.com>|Ask for workspace alpha: For Ada" == fleet.git("log", "-1", "--format=%an <%ae>|%s")
    assert "workspaces/alpha.yaml" == fleet.git("show", "--name-only", "--format=", "HEAD")
    assert len(trailers) >= 16
    assert "Ada <ada@example.com>" == fleet.git("log", "-1", "--format=%(trailers:key=Helium-By,valueonly)").strip()
    assert fleet.git("rev-parse", "HEAD") == printed["commit"]


def test_new_says_when_the_workspace_ends(fleet: CommandLineFleet) -> None:
    """By its own expiry, or by the fleet's default lifetime; the list says the same."""
    own, by_default = fleet.json("new", "alpha", "--expiry", "+7d"), fleet.json("new", "beta")
    shown = fleet("new", "gamma").stdout
    rows = {row["name"]: row["deadline"] for row in fleet.json("list")["workspaces"]}

    assert [own["deadline"], by_default["deadline"]] == [rows["alpha"], rows["beta"]]
    assert f"it ends at {rows['gamma']}" in shown


def test_new_without_a_name_gets_an_animal(fleet: CommandLineFleet) -> None:
    """A generated name is an animal and six characters."""
    animal, _, letters = fleet.json("new")["name"].rpartition("-")

    assert animal.isalpha()
    assert 6 == len(letters)


def test_new_takes_every_field(fleet: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Versions, values of a file with single ones over them, labels and owner arrive in the file."""
    values = tmp_path_factory.mktemp("values") / "values.yaml"
    values.write_text("pachd: {replicas: 1, logLevel: info}\n")
    notebooks = values.with_name("notebooks.yaml")
    notebooks.write_text("singleuser: {memory: {limit: 4G}}\n")
    fleet(
        *("new", "alpha", "--owner", "bob@example.com", "--label", "team=sales", "--access", "everyone"),
        *("--pachd-version", "2.10", "--console-version", "2.9.0", "--helm-version", "2.3.9", "--disable-notebooks"),
        *("--values", str(values), "--set", "pachd.replicas=2", "--set", "etcd.size=10Gi"),
        *("--notebooks-values", str(notebooks)),
    )
    text = (fleet.folder / "workspaces" / "alpha.yaml").read_text()

    for line in ('pachdVersion: "2.10"', "owner: bob@example.com", "team: sales", "replicas: 2", "limit: 4G"):
        assert line.replace('"', "'") in text.replace('"', "'")
    fleet("validate")


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("new", "Alpha"), ExitCode.INVALID, "cannot be a workspace's name"),
        (("new", "default"), ExitCode.INVALID, "reserved"),
        (("new", "alpha", "--expiry", "2020-01-01"), ExitCode.INVALID, "has passed"),
        (("new", "alpha", "--expiry", "+200d"), ExitCode.INVALID, "beyond the maximum"),
        (("new", "alpha", "--expiry", "soon"), ExitCode.INVALID, "is not a date"),
        (("new", "alpha", "--backend", "gcp-namespce"), ExitCode.INVALID, "did you mean"),
        (("new", "alpha", "--set", "pachd.enterpriseLicenseKey=x"), ExitCode.INVALID, "lock"),
        (("new", "alpha", "--set", "pachd"), ExitCode.USAGE, "KEY=VALUE"),
        (("new", "alpha", "--set", "pachd.image.tag=2.10"), ExitCode.USAGE, "2.10 without quotes"),
        (("new", "alpha", "--set", 'pachd.image={"tag": 2.10}'), ExitCode.USAGE, "2.10 without quotes"),
        (("new", "alpha", "--set", "volume.defaultMode=0644"), ExitCode.USAGE, "420 without quotes"),
        (("new", "alpha", "--set", "a.b=yes"), ExitCode.USAGE, "write true or false"),
        (("new", "my-google"), ExitCode.INVALID, "Google refuses"),
        (("new", "alpha", "--set", "a=1", "--set", "a.b=1"), ExitCode.USAGE, "already has a value"),
        (("new", "alpha", "--label", "team"), ExitCode.USAGE, "KEY=VALUE"),
        (("extend", "ghost", "+7d"), ExitCode.USAGE, "no workspace called"),
        (("delete", "ghost"), ExitCode.USAGE, "no workspace called"),
    ],
)
def test_what_a_person_asks_wrongly_is_told_and_not_written(
    fleet: CommandLineFleet, args: tuple[str, ...], code: int, sentence: str
) -> None:
    """A wish that cannot be meant ends with a sentence, and main stays as it was."""
    shown = fleet(*args, code=code)

    assert sentence in shown.stderr
    assert "1" == fleet.git("rev-list", "--count", "main")


def test_a_name_is_never_overwritten(fleet: CommandLineFleet) -> None:
    """A name that a file holds, wherever it lies, is taken."""
    fleet.land("workspaces/sales/alpha.yaml", "{}\n")
    shown = fleet("new", "alpha", code=ExitCode.USAGE)

    assert "already exists (workspaces/sales/alpha.yaml)" in shown.stderr
    assert "update=true" not in shown.stderr


def test_extend_counts_from_the_deadline(fleet: CommandLineFleet) -> None:
    """`+7d` moves the deadline itself by a week; every other byte of the file stays."""
    fleet.land("workspaces/alpha.yaml", "# for Ada\nexpiry: 2099-01-01\nowner: ada@example.com\n")
    fleet("extend", "alpha", "2020-01-01", code=ExitCode.INVALID)
    fleet.land("workspaces/beta.yaml", f"# for Bob\nowner: bob@example.com\nexpiry: {_ahead(days=5)}  # soon\n")
    extended = fleet.json("extend", "beta", "+7d")

    assert _ahead(days=12) == extended["deadline"]
    assert "# for Bob" in (fleet.folder / "workspaces" / "beta.yaml").read_text()
    assert "Extend workspace beta to +7d" == fleet.git("log", "-1", "--format=%s")


def _ahead(*, days: int) -> str:
    """An instant so many days after today's noon."""
    return format_instant(clock().replace(hour=12, minute=0, second=0) + timedelta(days=days))


def test_delete_makes_one_commit_for_each_name(fleet: CommandLineFleet) -> None:
    """Each removal is a commit of a single file, so that it counts as asked for."""
    fleet("new", "alpha")
    fleet("new", "beta")
    deleted = fleet.json("delete", "alpha", "beta")["deleted"]

    assert ["alpha", "beta"] == sorted(deleted)
    assert 2 == len(set(deleted.values()))
    assert {} == fleet.statuses()
    assert "Delete workspace beta" == fleet.git("log", "-1", "--format=%s")


def test_a_person_git_does_not_know_is_told_so(fleet: CommandLineFleet) -> None:
    """Without a name and an address in git's settings nothing is written."""
    shown = fleet("new", "alpha", code=ExitCode.USAGE, env={"GIT_CONFIG_GLOBAL": "/dev/null"})

    assert "git config --global user.email" in shown.stderr


def test_an_address_that_nobody_reads_makes_no_owner(fleet: CommandLineFleet) -> None:
    """Who hides their address from their host says whose the workspace is, and then it is made."""
    hidden = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.email",
        "GIT_CONFIG_VALUE_0": "1+ada@noreply.example.com",
    }
    shown = fleet("new", "alpha", code=ExitCode.USAGE, env=hidden)
    fleet("new", "alpha", "--owner", "ada@example.com", env=hidden)

    assert "nobody reads mail to 1+ada@noreply.example.com" in shown.stderr
    assert "--owner you@example.com" in shown.stderr
    assert "owner: ada@example.com" in (fleet.folder / "workspaces" / "alpha.yaml").read_text()


def test_validate_names_every_error_at_once(fleet: CommandLineFleet) -> None:
    """Every error of every file, with its place: for people, for programs, and beside the lines of a pull request."""
    folder = fleet.folder / "workspaces"
    (folder / "alpha.yaml").write_text("expirey: 2099-01-01\npachdVersion: 2.10\n")
    (folder / "beta.yaml").write_text("expiry: 2020-01-01\n")
    issues = fleet.json("validate", code=ExitCode.INVALID)["errors"]
    shown = fleet("validate", "--format", "github", code=ExitCode.INVALID).stdout

    assert [("workspaces/alpha.yaml", 1), ("workspaces/alpha.yaml", 2), ("workspaces/beta.yaml", 1)] == [
        (issue["path"], issue["line"]) for issue in issues
    ]
    assert "::error file=workspaces/alpha.yaml,line=1,col=1::" in shown
    assert "3 errors in 3 files" in fleet("validate", code=ExitCode.INVALID).stdout


def test_validate_counts_as_a_pass_does(fleet: CommandLineFleet) -> None:
    """From when each file was added, and by its author: what the next pass refuses is red before it is merged."""
    old = {"GIT_COMMITTER_DATE": f"{datetime.now(UTC) - timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}"}
    path = fleet.folder / "workspaces" / "old.yaml"
    path.write_text("# ours\nowner: ada@example.com\n")
    fleet.git("add", ".")
    replace(fleet, env={**fleet.env, **old}).git("commit", "-qm", "old")
    fleet("validate", "--no-past")
    path.write_text(f"# ours\nowner: ada@example.com\nexpiry: {datetime.now(UTC) + timedelta(days=31):%Y-%m-%d}\n")
    (fleet.folder / "workspaces" / "hidden.yaml").write_text("{}\n")
    fleet.git("add", "workspaces/hidden.yaml")
    fleet.git("-c", "user.email=1+ada@users.noreply.github.com", "commit", "-qm", "hidden")
    issues = fleet.json("validate", code=ExitCode.INVALID)["errors"]

    assert [("workspaces/hidden.yaml", "/owner"), ("workspaces/old.yaml", "/expiry")] == [
        (issue["path"], issue["pointer"]) for issue in issues
    ]
    assert (3, True) == (issues[1]["line"], "when the file was added; write" in issues[1]["sentence"])


def test_validate_tells_what_keeps_a_backend_from_making_anything(fleet: CommandLineFleet) -> None:
    """A cluster that nobody says how to reach is an error of the settings, not a surprise of the next pass."""
    settings = fleet.folder / "helium.yaml"
    settings.write_text(settings.read_text().replace("sandbox: [gcp, kubernetes]", "sandbox: [gcp]"))
    (issue,) = fleet.json("validate", code=ExitCode.INVALID)["errors"]

    assert ("helium.yaml", "/backends/gcp-namespace") == (issue["path"], issue["pointer"])
    assert "clusters in helium.yaml does not say how the cluster" in issue["sentence"]


def test_validate_warns_of_a_choice_that_its_backend_warns_of(fleet: CommandLineFleet) -> None:
    """It may be meant, so it is no error; somebody reads it before it is on main."""
    settings = fleet.folder / "helium.yaml"
    plain = settings.read_text()
    assert [] == fleet.json("validate")["notices"]
    settings.write_text(plain.replace("    zone: us-east1-b\n", "    zone: us-east1-b\n    pachd: load-balancer\n"))
    (notice,) = fleet.json("validate")["notices"]

    assert "/backends/gcp-namespace/pachd" == notice["pointer"]
    assert "backends.gcp-namespace.pachd: pachd is reached unencrypted" in notice["sentence"]


def test_validate_judges_only_what_is_named(fleet: CommandLineFleet) -> None:
    """A path keeps the errors of other files out; one that is not there is a usage error."""
    folder = fleet.folder / "workspaces"
    (folder / "alpha.yaml").write_text("{}\n")
    (folder / "beta.yaml").write_text("nonsense: 1\n")

    fleet("validate", "workspaces/alpha.yaml")
    fleet("validate", "workspaces/beta.yaml", code=ExitCode.INVALID)
    fleet("validate", "workspaces/gamma.yaml", code=ExitCode.USAGE)


def test_validate_lets_a_passed_deadline_be_where_nobody_asks_for_it(fleet: CommandLineFleet) -> None:
    """`--no-past` is for main, where a file may outlive its deadline."""
    (fleet.folder / "workspaces" / "beta.yaml").write_text("expiry: 2020-01-01\n")

    fleet("validate", "--no-past")
    fleet("validate", "--past", code=ExitCode.INVALID)


def test_nobodys_check_is_red_since_the_time_of_anothers_has_passed(fleet: CommandLineFleet) -> None:
    """A file as main has it is not what a pull request changes. What the request itself writes is judged."""
    file = fleet.folder / "workspaces" / "old.yaml"
    fleet.land("workspaces/old.yaml", "expiry: 2020-01-01\nowner: bob@example.com\n")
    fleet.git("switch", "-qc", "mine")
    fleet.land("workspaces/new.yaml", "{}\n")
    fleet("validate")
    file.write_text(file.read_text() + "description: still past\n")

    (issue,) = fleet.json("validate", code=ExitCode.INVALID)["errors"]
    assert ("workspaces/old.yaml", "/expiry") == (issue["path"], issue["pointer"])


def test_an_expired_file_goes_by_one_commit_and_its_stack_by_the_next_pass(fleet: CommandLineFleet) -> None:
    """A deadline that a pass recorded while it was in the future ends the workspace: file first, then stack."""
    began = monotonic()
    fleet("new", "long")
    fleet("plan")
    # A pass must record the deadline while it is in the future, on a slow machine too.
    soon = clock() + timedelta(seconds=2 + int(5 * (monotonic() - began)))
    fleet("new", "brief", "--expiry", format_instant(soon))
    fleet("reconcile", "--only", "brief")
    sleep(max(0.0, (soon - clock()).total_seconds()) + 1)
    would = fleet.json("expire", "--dry-run")
    done = fleet.json("expire")

    assert (["brief"], None) == (list(would["expired"]), would["commit"])
    assert fleet.git("rev-parse", "HEAD") == done["commit"]
    assert "Expire workspace brief" == fleet.git("log", "-1", "--format=%s")
    outcomes = fleet.json("reconcile", "--only", "brief")["outcomes"]
    assert [("destroy", "expired", True)] == [(each["kind"], each["code"], each["ok"]) for each in outcomes]
    assert {"long": "requested"} == fleet.statuses()


def test_expire_asks_the_safeguards(up: CommandLineFleet) -> None:
    """While the fleet is paused no file is removed, and the code is that of a refusal."""
    up.git("worktree", "add", "--quiet", "../ledger", "helium-ledger")
    path = next((up.folder.parent / "ledger" / "records").glob("*/plain.json"))
    record = json.loads(path.read_text())
    past = format_instant(parse_deadline(record["added_at"]) + timedelta(seconds=1))
    path.write_text(json.dumps({**record, "deadline": past}))
    CommandLineFleet(up.folder.parent / "ledger", up.env).git("commit", "--quiet", "--all", "--message", "Age")
    up.land("workspaces/plain.yaml", f"expiry: {past}\nowner: ada@example.com\n")
    up("pause", "--why", "moving the cluster")
    shown = up("expire", code=ExitCode.REFUSED).stdout

    assert "moving the cluster" in shown
    up("pause", "--end")
    assert ["plain"] == list(up.json("expire")["expired"])


def test_new_says_what_comes_next_and_show_only_what_there_is(fleet: CommandLineFleet) -> None:
    """Who creates it, and how to reach it then; without notebooks they have no address."""
    shown = fleet("new", "plain", "--disable-notebooks", "--expiry", "3d").stdout
    fleet("new", "rich", "--expiry", "+3d")

    assert "the next pass creates it (helium reconcile, or CI); then helium show plain says how to reach it" in shown
    assert "" == fleet.json("show", "plain")["connection"]["notebooks"]
    assert fleet.json("show", "plain")["connection"].keys() == fleet.json("show", "rich")["connection"].keys()


def test_a_removed_file_is_restored_from_the_command_line(fleet: CommandLineFleet) -> None:
    """As it was, in one commit; before that, nothing can be extended, and the sentence says how to go on."""
    fleet("new", "alpha", "--expiry", "3d")
    fleet("reconcile")
    before = (fleet.folder / "workspaces/alpha.yaml").read_text()
    fleet("delete", "alpha")
    refused = fleet("extend", "alpha", "1d", code=ExitCode.USAGE).stderr
    fleet("restore", "alpha")

    assert "helium restore alpha" in refused
    assert before == (fleet.folder / "workspaces/alpha.yaml").read_text()
    assert ["ready"] == [row["status"] for row in fleet.json("list")["workspaces"]]
    assert "nothing to do" in fleet("reconcile").stdout + fleet("plan").stdout


def test_validate_says_what_the_files_will_do_to_what_lives(up: CommandLineFleet) -> None:
    """By the ledger and history that are here, without a network: notices, and no errors."""
    path = up.folder / "workspaces" / "rich.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("expiry")))
    (up.folder / "workspaces" / "plain.yaml").unlink()
    found = up.json("validate")
    shown = up("validate").stdout

    assert [] == found["errors"]
    assert ["workspaces/plain.yaml", "workspaces/rich.yaml"] == [notice["path"] for notice in found["notices"]]
    assert "its file is not here; on main, that destroys the workspace" in shown
    assert "it names no expiry, so its deadline moves from" in shown
    assert (
        "::notice file=workspaces/rich.yaml,line=1,col=1::it names no expiry"
        in up("validate", "--format", "github").stdout
    )
    assert ["workspaces/rich.yaml"] == [
        notice["path"] for notice in up.json("validate", "workspaces/rich.yaml")["notices"]
    ]


def test_validate_sees_a_name_change_hands_on_a_branch(up: CommandLineFleet) -> None:
    """Two commits of a branch remove a file and add another owner's; against main it is one changed line."""
    up.git("checkout", "--quiet", "-b", "mine")
    up.land("workspaces/rich.yaml", None)
    up.land("workspaces/rich.yaml", "owner: bob@example.com\n")
    (notice,) = up.json("validate")["notices"]

    assert "it is destroyed, and a new one is created" in notice["sentence"]


def test_validate_needs_no_clone(up: CommandLineFleet, tmp_path: Path) -> None:
    """A folder without git has nothing to foresee."""
    shutil.rmtree(up.folder / ".git")

    assert {"files": 3, "errors": [], "notices": []} == up.json("validate")


def test_an_author_whom_nobody_can_reach_owns_nothing(fleet: CommandLineFleet) -> None:
    """A machine's own account commits as root@localhost. The file is told to name an owner; then it is made."""
    own = replace(fleet, env={**fleet.env, "GIT_AUTHOR_NAME": "root", "GIT_AUTHOR_EMAIL": "root@localhost"})
    own.land("workspaces/alpha.yaml", "{}\n")

    assert "add a line like owner: you@example.com" in fleet("plan", code=ExitCode.INVALID).stdout
    own.land("workspaces/alpha.yaml", "owner: ada@example.com\n")
    fleet("reconcile")
    assert {"alpha": "ready"} == fleet.statuses()


def test_a_fleet_that_google_refuses_is_told_before_its_first_bucket(fleet: CommandLineFleet) -> None:
    """Each bucket begins with the fleet's name."""
    text = (fleet.folder / "helium.yaml").read_text()
    for name in ("goog-team", "my-google", "g00gle"):
        fleet.land("helium.yaml", text.replace("fleet: acme ", f"fleet: {name} "))
        assert "Google refuses" in fleet("validate", code=ExitCode.INVALID).stdout


@pytest.mark.parametrize("hides", ["another case", "link"])
def test_validate_calls_no_file_gone_that_an_error_may_hide(up: CommandLineFleet, hides: str) -> None:
    """The folder in another case, or a link in place of a team's folder: then nobody knows what is not there."""
    folder = up.folder / "workspaces"
    if hides == "another case":
        (up.folder / "Workspaces").mkdir()
        (folder / "rich.yaml").rename(up.folder / "Workspaces" / "rich.yaml")
    else:
        (folder / "rich.yaml").unlink()
        (folder / "team").symlink_to("../elsewhere")
    found = up.json("validate", code=ExitCode.INVALID)

    assert [] == found["notices"]
