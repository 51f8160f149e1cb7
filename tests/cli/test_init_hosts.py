"""`helium init` for a host: what it writes for which, beside what is there, and again when Helium has moved on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from helium.app.written_files import sealed
from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet
from tests.cli.test_init import COMMIT, init

ROOT = Path(__file__).parents[2]
PIN = f"acme/helium@{COMMIT}"
URL = "https://git.example.com/acme/fleet.git"


def cloned(folder: Path, url: str = URL) -> Path:
    """A repository that came from a host."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", url], check=True)
    return folder


@pytest.mark.parametrize("args", [(), ("--pin", PIN), ("--host", "gitea"), ("--host", "gitea", "--pin", PIN)])
def test_what_is_written_names_nothing_that_is_not_there(
    fleet: CommandLineFleet, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """No blank of a template is left, each path that a text names is there, and without a pin nothing runs Helium."""
    init(fleet, str(tmp_path / "a"), *args)
    files = [path for path in (tmp_path / "a").rglob("*") if path.is_file() and ".git/" not in str(path)]
    texts = {path: path.read_text() for path in files if path.suffix in {".md", ".yml"} and "charts" not in path.parts}

    for path, text in texts.items():
        assert [] == re.findall(r"OWNER/helium|@COMMIT`?$|URL-OF|-OF-FLEET|FLEET|WORKFLOWS|PINNED", text), path
        for named in re.findall(r"`(\.(?:github|gitea)/[^`]*)`|uses: \./(\S+)|\]\(([^)]+)\)", text):
            assert (tmp_path / "a" / "".join(named)).exists(), named
    assert (PIN in args) == any(path.suffix == ".yml" for path in texts)


def test_a_readme_that_is_there_stays(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """So do the lines of what git ignores, with Helium's after them. A host puts both into a new repository."""
    folder = cloned(tmp_path / "there")
    (folder / "README.md").write_text("mine")
    (folder / ".gitignore").write_text("*.pyc")

    init(fleet, str(folder), "--host", "gitea", "--pin", PIN)

    assert "mine" == (folder / "README.md").read_text()
    assert "*.pyc\n# The state" in (folder / ".gitignore").read_text()
    assert ".helium/\n" in (folder / ".gitignore").read_text()


@pytest.mark.parametrize("host", ["github", "gitea"])
def test_a_pull_request_begins_with_who_it_is_for(fleet: CommandLineFleet, tmp_path: Path, host: str) -> None:
    """An `owner` to fill. Who reviews what names nobody: its lines are examples, with paths as this host has them."""
    init(fleet, str(tmp_path / "a"), "--host", host)
    owners = (tmp_path / f"a/.{host}/CODEOWNERS").read_text()
    example = {"github": "/workspaces/sales/ ", "gitea": "workspaces/sales/.* "}[host]

    assert "\n- owner: …" in (tmp_path / f"a/.{host}/pull_request_template.md").read_text()
    assert [] == [line for line in owners.splitlines() if not line.startswith("#")]
    assert f"# {example}" in owners


@pytest.mark.parametrize("args", [(), ("--host", "gitea")])
@pytest.mark.parametrize("place", ["", "docs/", ".github/", ".gitea/"])
def test_what_reviews_have_already_stays(
    fleet: CommandLineFleet, tmp_path: Path, place: str, args: tuple[str, ...]
) -> None:
    """Wherever a host looks for it; also at an update. One that is nowhere is written by an update as well."""
    folder = cloned(tmp_path / "there")
    (folder / place).mkdir(exist_ok=True)
    theirs = (folder / f"{place}PULL_REQUEST_TEMPLATE.md", folder / f"{place}CODEOWNERS")
    for path in theirs:
        path.write_text("mine")
    init(fleet, str(folder), *args)
    assert "nothing to update" in init(fleet, str(folder), "--update", *args)

    assert ["mine", "mine"] == [path.read_text() for path in theirs]
    found = [each for each in folder.rglob("*") if each.name.lower() in {"pull_request_template.md", "codeowners"}]
    assert sorted(theirs) == sorted(found)
    theirs[1].unlink()
    assert "CODEOWNERS: is new" in init(fleet, str(folder), "--update", *args)


def test_a_fleet_at_gitea_has_no_workflow_with_a_secret(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Every branch's workflow gets a repository's secrets there. helium.yaml says what the host is, if it is known."""
    folder = cloned(tmp_path / "there", URL.replace("://", "://ann@"))

    init(fleet, str(folder), "--name", "acme", "--host", "gitea", "--pin", PIN)

    texts = {path.name: path.read_text() for path in (folder / ".gitea/workflows").iterdir()}
    assert {"check.yml", "plan.yml", "request.yml"} == texts.keys()
    assert [] == [name for name, text in texts.items() if "secrets." in text or "environment:" in text]
    block = "host: {kind: gitea, url: https://git.example.com, repository: acme/fleet}\n\ndefaults:"
    assert block in (folder / "helium.yaml").read_text()
    assert not (folder / ".github").exists()
    own = CommandLineFleet(folder, fleet.env)
    own.git("remote", "remove", "origin")
    own.land("note", "commit")
    own("validate")


def test_passes_over_a_fleet_at_gitea_have_a_repository_of_their_own(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """It names the fleet and the Helium, and what secrets it needs; it is no fleet."""
    with_token = URL.replace("://", "://ann:secret@")
    init(fleet, str(tmp_path / "ops"), "--operates", URL, "--pin", PIN)
    init(fleet, str(tmp_path / "b"), "--operates", URL, code=ExitCode.USAGE)
    refused = init(fleet, str(tmp_path / "b"), "--operates", with_token, "--pin", PIN, code=ExitCode.USAGE)

    text = (tmp_path / "ops/.gitea/workflows/reconcile.yml").read_text()
    readme = (tmp_path / "ops/README.md").read_text()
    assert (True, True) == (f"FLEET: {URL}" in text, f"acme/helium/.github/actions/helium@{COMMIT}" in text)
    assert set() == set(re.findall(r"secrets\.(\w+)", text)) - set(re.findall(r"`(\w+)`", readme))
    assert "# Operators of fleet\n" in readme
    assert not (tmp_path / "ops/helium.yaml").exists()
    assert (False, False) == ((tmp_path / "b").exists(), "secret@" in refused)


def test_an_update_says_what_changes_and_keeps_what_is_the_fleet_s(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Schema and workflows are as this Helium has them; helium.yaml, workspaces and the fleet's own secrets stay."""
    own = CommandLineFleet(tmp_path / "a", fleet.env)
    init(fleet, str(own.folder), "--pin", PIN)
    reconcile = own.folder / ".github/workflows/reconcile.yml"
    whole, secret = reconcile.read_text(), "          HELIUM_SECRET_KEY: ${{ secrets.HELIUM_SECRET_KEY }}\n"
    last = "          HELIUM_PACHYDERM_LICENSE: ${{ secrets.HELIUM_PACHYDERM_LICENSE }}\n"
    assert "nothing to update" in init(fleet, str(own.folder), "--update")

    older = sealed(whole.rpartition("# As helium")[0].replace("--wait 30m", "--wait 5m"))
    own.land(".github/workflows/reconcile.yml", older.replace(last, last + secret))
    own.land(".github/workflows/plan.yml", None)
    own.land("schema/fleet.schema.json", '{"properties": {"fleet": {}, "colour": {}}}')
    own.land("workspaces/one.yaml", "expiry: 2099-01-01\n")
    settings = (own.folder / "helium.yaml").read_text()

    said = init(fleet, str(own.folder), "--update", "--pin", f"acme/helium@{'1' * 40}")

    assert ".github/workflows/plan.yml: is new" in said
    assert re.search(r"fleet\.schema\.json: adds .*\bbackends\b.*; drops colour", said)
    assert "  - run: helium reconcile --wait 5m --take-until 30m\n" in said
    assert whole.replace(last, last + secret).replace(COMMIT, "1" * 40) == reconcile.read_text()
    assert settings == (own.folder / "helium.yaml").read_text()
    assert {"M", "??"} == {line.split()[0] for line in own.git("status", "--porcelain").splitlines()}
    assert "not committed" in init(fleet, str(own.folder), "--update", "--pin", PIN, code=ExitCode.USAGE)


STEP = "      - run: make-a-token >> $GITHUB_ENV\n"


@pytest.mark.parametrize("old", [True, False], ids=["of a Helium that sealed nothing", "sealed"])
def test_an_update_leaves_a_step_that_a_person_added(fleet: CommandLineFleet, tmp_path: Path, old: bool) -> None:
    """The file stays, the new one is beside it, and the words say what would go and what to do."""
    own = CommandLineFleet(tmp_path / "a", fleet.env)
    init(fleet, str(own.folder), "--pin", PIN)
    path = ".github/workflows/reconcile.yml"
    whole = (own.folder / path).read_text()
    theirs = whole.replace("      - run: helium expire\n", f"{STEP}      - run: helium expire\n", 1)
    own.land(path, theirs.rpartition("# As helium")[0] if old else theirs)
    update = (fleet, str(own.folder), "--update", "--pin", f"acme/helium@{'1' * 40}")

    said = init(*update)

    assert f"{path}.new: is beside {path}, which is not as Helium wrote it and stays" in said
    assert "  - - run: make-a-token >> $GITHUB_ENV\n" in said
    assert f"mv {path}.new {path}" in said
    assert STEP in (own.folder / path).read_text()
    assert whole.replace(COMMIT, "1" * 40) == (own.folder / f"{path}.new").read_text()
    # Said once more as long as nobody decides; what is there is not written again.
    assert f"{path}.new" in init(*update)
    own.git("mv", "-f", path, "kept.yml")
    (own.folder / f"{path}.new").rename(own.folder / path)
    own.git("add", "-A")
    own.git("commit", "-qm", "Take the new one")
    assert "nothing to update" in init(*update)


SECRET = "          HELIUM_CHARTS_ACME: ${{ secrets.HELIUM_CHARTS_ACME }}\n"
LICENSE = "          HELIUM_PACHYDERM_LICENSE: ${{ secrets.HELIUM_PACHYDERM_LICENSE }}\n"
OTHER = SECRET.replace("secrets.HELIUM_CHARTS_ACME", "secrets.ACME_OF_CLOUD_TWO")


def under_another_step(whole: str) -> str:
    """A secret for a step that has none of the others."""
    head, step, rest = whole.partition("        run: helium ci summary\n        env:\n")
    assert step
    return head + step + SECRET + rest


def of_two_kinds(whole: str) -> str:
    """One variable, with another secret in each job."""
    first, second, last = whole.split(LICENSE)
    return first + LICENSE + SECRET + second + LICENSE + OTHER + last


def in_one_of_two(whole: str) -> str:
    """For one job alone."""
    return whole.replace(LICENSE, LICENSE + SECRET, 1)


@pytest.mark.parametrize("change", [under_another_step, of_two_kinds, in_one_of_two])
def test_an_update_gives_no_secret_to_another_step(
    fleet: CommandLineFleet, tmp_path: Path, change: Callable[[str], str]
) -> None:
    """Where the fleet's own lines cannot be put back as they stood, the file stays, and the new one is beside it."""
    own = CommandLineFleet(tmp_path / "a", fleet.env)
    init(fleet, str(own.folder), "--pin", PIN)
    path = ".github/workflows/reconcile.yml"
    whole = (own.folder / path).read_text()
    theirs = change(whole)
    assert yaml.safe_load(theirs) != yaml.safe_load(whole)
    own.land(path, theirs)

    said = init(fleet, str(own.folder), "--update", "--pin", f"acme/helium@{'1' * 40}")

    assert f"{path}.new: is beside {path}, which is not as Helium wrote it and stays" in said
    assert "HELIUM_CHARTS_ACME" in said
    assert theirs == (own.folder / path).read_text()
    assert whole.replace(COMMIT, "1" * 40) == (own.folder / f"{path}.new").read_text()


def test_own_secrets_keep_their_order(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """In each step that has the others, as a person wrote them."""
    own = CommandLineFleet(tmp_path / "a", fleet.env)
    init(fleet, str(own.folder), "--pin", PIN)
    path = ".github/workflows/reconcile.yml"
    last = "          HELIUM_SECRET_Z: ${{ secrets.Z }}\n          HELIUM_SECRET_A: ${{ secrets.A }}\n"
    theirs = (own.folder / path).read_text().replace(LICENSE, LICENSE + last)
    own.land(path, theirs)

    assert "nothing to update" in init(fleet, str(own.folder), "--update")
    init(fleet, str(own.folder), "--update", "--pin", f"acme/helium@{'1' * 40}")
    assert theirs.replace(COMMIT, "1" * 40) == (own.folder / path).read_text()


@pytest.mark.parametrize("host", ["github", "gitea"])
def test_without_a_pin_an_update_adds_no_workflow(fleet: CommandLineFleet, tmp_path: Path, host: str) -> None:
    """The Helium that the fleet pins may not know its commands. What is left out is said, and how to get it."""
    own = CommandLineFleet(tmp_path / "a", fleet.env)
    init(fleet, str(own.folder), "--host", host, "--pin", PIN)
    whole = {path: (own.folder / path).read_text() for path in (f".{host}/workflows/check.yml",)}
    lacks = [f".{host}/ISSUE_TEMPLATE/workspace.yml", f".{host}/workflows/request.yml"]
    for path in lacks:
        own.land(path, None)

    said = init(fleet, str(own.folder), "--update")

    assert f"may not know what they run: {', '.join(lacks)}\n" in said
    assert f"helium init {own.folder} --update --pin OWNER/REPO@COMMIT" in said
    assert "nothing to update" in said
    rows = json.loads(init(fleet, str(own.folder), "--update", "--json"))
    assert [{"path": path, "change": "is left out without --pin"} for path in lacks] == rows
    assert ([False, False], "") == ([(own.folder / path).exists() for path in lacks], own.git("status", "--porcelain"))
    assert whole == {path: (own.folder / path).read_text() for path in whole}
    added = init(fleet, str(own.folder), "--update", "--pin", PIN)
    assert [True, True, False] == [f"{path}: is new" in added for path in lacks] + ["left out" in added]


def test_an_older_workflow_that_nobody_changed_is_replaced(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Also one without a seal, where only the pinned Helium differs and the fleet's own secrets."""
    own = CommandLineFleet(tmp_path / "a", fleet.env)
    init(fleet, str(own.folder), "--pin", PIN)
    path = ".github/workflows/check.yml"
    whole = (own.folder / path).read_text()
    own.land(path, whole.rpartition("# As helium")[0])

    init(fleet, str(own.folder), "--update", "--pin", f"acme/helium@{'1' * 40}")

    assert whole.replace(COMMIT, "1" * 40) == (own.folder / path).read_text()


def test_an_update_adds_the_workflows_that_were_left_out(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A fleet that was made without a pin gets them when it names a Helium; its files say which host it is at."""
    init(fleet, str(tmp_path / "a"))

    assert "nothing to update" in init(fleet, str(tmp_path / "a"), "--update")
    assert ".gitea/workflows/check.yml: is new" in init(
        fleet, str(tmp_path / "a"), "--update", "--host", "gitea", "--pin", PIN
    )
    assert "nothing to update" in init(fleet, str(tmp_path / "a"), "--update")


def test_the_operators_repository_is_refreshed_too(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Its workflows name the fleet, so nobody has to."""
    own = CommandLineFleet(tmp_path / "ops", fleet.env)
    init(fleet, str(own.folder), "--operates", URL, "--pin", PIN)
    reconcile = own.folder / ".gitea/workflows/reconcile.yml"
    whole = reconcile.read_text()
    own.land(".gitea/workflows/reconcile.yml", sealed(whole.rpartition("# As helium")[0].replace("*/5", "*/9")))
    own.land(".gitea/workflows/operate.yml", None)

    assert "left out" in init(fleet, str(own.folder), "--update")
    own.git("checkout", "--quiet", ".")
    said = init(fleet, str(own.folder), "--update", "--pin", f"acme/helium@{'1' * 40}")

    assert ".gitea/workflows/operate.yml: is new" in said
    assert '- - cron: "*/9 * * * *"' in said
    assert whole.replace(COMMIT, "1" * 40) == reconcile.read_text()
    assert not (own.folder / "schema").exists()


def test_a_gitea_may_take_helium_from_its_own_address(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A repository without an address is looked for at github.com, unless the host's administrator says otherwise."""
    pin = f"https://git.example.com/acme/helium@{COMMIT}"

    assert "OWNER/REPO only" in init(fleet, str(tmp_path / "b"), "--pin", pin, code=ExitCode.USAGE)
    init(fleet, str(tmp_path / "a"), "--host", "gitea", "--pin", pin)
    init(fleet, str(tmp_path / "ops"), "--operates", URL, "--pin", pin)

    used = f"uses: https://git.example.com/acme/helium/.github/actions/helium@{COMMIT}\n"
    for path in (tmp_path / "a/.gitea/workflows/check.yml", tmp_path / "ops/.gitea/workflows/operate.yml"):
        assert used in path.read_text()
    assert "nothing to update" in init(fleet, str(tmp_path / "a"), "--update")
    assert not (tmp_path / "b").exists()


def test_a_fleet_s_commits_can_be_checked_by_the_hook(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """The hook's own words, run as pre-commit runs them in the fleet's folder: green, and red for what is wrong."""
    init(fleet, str(tmp_path / "a"))
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program = Path(sys.executable).parent / hook["entry"].split()[0]

    def commit() -> subprocess.CompletedProcess[str]:
        words = [program, *hook["entry"].split()[1:]]
        environ = {**os.environ, **fleet.env}
        return subprocess.run(words, cwd=tmp_path / "a", env=environ, capture_output=True, text=True, check=False)

    assert ("system", False) == (hook["language"], hook["pass_filenames"])
    assert 0 == commit().returncode
    wrong = tmp_path / "a/workspaces/wrong.yaml"
    wrong.write_text("expirey: 2099-01-01\n")
    assert re.search(hook["files"], "workspaces/wrong.yaml")
    refused = commit()
    assert (ExitCode.INVALID, True) == (refused.returncode, "workspaces/wrong.yaml:1" in refused.stdout)


def test_a_folder_that_is_no_fleet_is_not_updated(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Nothing is written there."""
    assert "is not a fleet" in init(fleet, str(tmp_path / "a"), "--update", code=ExitCode.USAGE)
    assert not (tmp_path / "a").exists()
