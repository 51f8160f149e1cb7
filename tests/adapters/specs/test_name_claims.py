"""Entries under `workspaces/`: the names they hold, and what is wrong with where they are."""

from __future__ import annotations

import pytest

from helium.core.spec import Entry, InvalidSpec, NotParsed, Spec
from tests.adapters.specs.reading import FLEET, SPECS, issues, readings

WRONG = [
    ("workspaces/a.yml", "a", "ends in .yaml"),
    ("workspaces/a.json", "a", "ends in .yaml"),
    ("workspaces/a", "a", "ends in .yaml"),
    ("workspaces/a.yaml.bak", "a", "ends in .yaml"),
    ("workspaces/.a.yaml.swp", "a", "ends in .yaml"),
    ("workspaces/a.YAML", "a", "ends in .yaml"),
    ("workspaces/A.yaml", "a", "not a valid name"),
    ("workspaces/.a.yaml", "a", "not a valid name"),
    ("workspaces/a.b.yaml", "a", "not a valid name"),
    ("workspaces/-a.yaml", "-a", "not a valid name"),
    ("workspaces/a_b.yaml", "a_b", "not a valid name"),
    ("workspaces/a\n.yaml", "a\n", "not a valid name"),
    ("workspaces/é.yaml", "é", "not a valid name"),
    ("workspaces/" + "a" * 64 + ".yaml", "a" * 64, "not a valid name"),
    ("workspaces/default.yaml", "default", "a reserved name"),
    ("workspaces/kube-system.yaml", "kube-system", "a reserved name"),
    ("workspaces/jh-a.yaml", "jh-a", "a reserved name"),
    ("workspaces/my-google.yaml", "my-google", "which Google refuses"),
    ("workspaces/g00gle.yaml", "g00gle", "which Google refuses"),
    ("workspaces/a/b/c.yaml", "c", "2 folders deep"),
    ("workspaces/a/b/c/d.yaml", "d", "3 folders deep"),
    ("workspaces/a b/c.yaml", "c", "a team's folder"),
    ("workspaces/x/y/README.md", "readme", "2 folders deep"),
    ("workspaces/NOTES.md", "notes", "ends in .yaml"),
    ("workspaces/readme.md", "readme", "ends in .yaml"),
]


@pytest.mark.parametrize(("path", "name", "words"), WRONG)
def test_a_misplaced_file_holds_its_name_and_says_nothing(path: str, name: str, words: str) -> None:
    """Whatever lies under workspaces/ holds the name that its stem spells, so that a slip never destroys."""
    (reading,) = readings({path: "{}\n"}).items()

    assert (name, InvalidSpec) == (reading[0], type(reading[1]))
    assert [True] == [words in issue.sentence for issue in issues("{}\n", path=path)][:1]


@pytest.mark.parametrize(
    ("mode", "words"), [("120000", "symbolic link"), ("160000", "submodule"), ("010000", "not a reg")]
)
def test_only_plain_files_are_read(mode: str, words: str) -> None:
    """A link, a submodule or a special file is an error, even where bytes could be had."""
    (reading,) = SPECS.read([Entry("workspaces/a.yaml", "x", mode)], {"x": b"{}"}, fleet=FLEET).values()

    assert isinstance(reading, InvalidSpec)
    assert [True] == [words in issue.sentence for issue in reading.issues]


def test_an_executable_file_is_a_plain_file() -> None:
    """Some file systems call every file executable."""
    (reading,) = SPECS.read([Entry("workspaces/a.yaml", "x", "100755")], {"x": b"{}"}, fleet=FLEET).values()

    assert isinstance(reading, Spec)


@pytest.mark.parametrize("name", [".gitkeep", "README.md"])
def test_two_files_hold_nothing(name: str) -> None:
    """What keeps a folder in git, and what tells people about it, are not workspaces; a link in their place is one."""
    assert {} == readings({f"workspaces/{name}": "x", f"workspaces/team/{name}": "x"})
    assert 1 == len(SPECS.read([Entry(f"workspaces/{name}", "x", "120000")], {}, fleet=FLEET))


def test_a_team_folder_is_one_folder_down() -> None:
    """The name is the stem's, the team does not count."""
    assert ["a", "b"] == list(readings({"workspaces/team/b.yaml": "{}", "workspaces/a.yaml": "{}"}))


def test_two_files_for_one_name_are_both_named() -> None:
    """Neither is believed, and each is told where the other is, with its own errors."""
    files = {"workspaces/a.yaml": "{}", "workspaces/team/a.yaml": "zzz: 1", "workspaces/a.yml": "{}"}
    reading = readings(files)["a"]

    assert isinstance(reading, InvalidSpec)
    assert [
        ("workspaces/a.yaml", "the name a is also claimed by workspaces/a.yml and workspaces/team/a.yaml"),
        ("workspaces/a.yml", "a spec's file ends in .yaml"),
        ("workspaces/a.yml", "the name a is also claimed by workspaces/a.yaml and workspaces/team/a.yaml"),
        ("workspaces/team/a.yaml", "the name a is also claimed by workspaces/a.yaml and workspaces/a.yml"),
        ("workspaces/team/a.yaml", 'unknown key "zzz"'),
    ] == [(issue.path, issue.sentence.partition(";")[0]) for issue in reading.issues]


def test_a_file_in_a_wrong_place_is_judged_all_the_same() -> None:
    """A wrong ending does not hide what else is wrong."""
    assert ["", "/zzz"] == [issue.pointer for issue in issues("zzz: 1\n", path="workspaces/a.yml")]


def test_without_bytes_a_file_is_unread() -> None:
    """A file whose blob the caller knows is not parsed; a misplaced one is an error even so."""
    entries = [Entry("workspaces/a.yaml", "x"), Entry("workspaces/b.yml", "y")]
    read = SPECS.read(entries, {}, fleet=FLEET)

    assert {"a": NotParsed("a", "workspaces/a.yaml", "x")} == {"a": read["a"]}
    assert isinstance(read["b"], InvalidSpec)


def test_one_bad_file_spoils_only_its_own_name() -> None:
    """The others are read."""
    read = readings({"workspaces/a.yaml": "[", "workspaces/b.yaml": "{}"})

    assert [InvalidSpec, Spec] == [type(read["a"]), type(read["b"])]
