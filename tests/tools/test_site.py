"""The documents as a site: every page is listed, a link leads where it does at a git host, and each is followed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tools.test_project import canonical
from tools.make import ROOT
from tools.progress import SetupError
from tools.site.build import HERE, NAV
from tools.site.check import faults
from tools.site.navigation import AROUND, navigation, sections
from tools.site.stage import place, stage, turned

INDEX = (ROOT / "docs/README.md").read_text(encoding="utf-8")


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_navigation_names_each_page_once_and_none_that_is_not_there() -> None:
    """A new page of docs/ must be listed in its index, a page that went must be taken out of it."""
    named = [page for section in sections(INDEX) for page in section.pages]
    there = [str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")]

    assert sorted(page for page in there if page != "README.md") == sorted(named)


def test_the_navigation_has_the_order_of_the_index() -> None:
    """What a newcomer needs is first."""
    settings = tomllib.loads((HERE / "zensical.toml").read_text().replace(NAV, f"{navigation(INDEX)}\n"))
    titles = [title for entry in settings["project"]["nav"] for title in entry]

    assert ["Helium", "Tutorials", "How-to guides", "Reference", "How it works", "Decisions", "Project"] == titles


def test_the_lock_of_the_generator_pins_each_package_by_digest() -> None:
    """It holds what the group asks for, and no host."""
    lock = (HERE / "requirements.lock").read_text()
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["site"]

    assert "://" not in lock
    assert {canonical(name) for name in group} <= {canonical(line) for line in lock.splitlines() if "==" in line}
    assert [] == [
        each for each in re.split(r"\n(?=[a-z0-9])", lock) if "==" not in each or "--hash=sha256:" not in each
    ]


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("b.md#part", "b.md#part"),
        ("../README.md", "../documents.md"),
        ("../../CHANGELOG.md", "../changelog.md"),
        ("../pictures/a.png", "../pictures/a.png"),
        ("../../stacks/a/spec.json", "../files/stacks/a/spec.json.md"),
        ("#part", "#part"),
        ("https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_a_link_leads_to_the_same_place(link: str, there: str) -> None:
    """In the site as at the git host; but code shows what is typed."""
    text = f"[a]({link})\n```text\n[a]({link})\n```\n"

    assert f"[a]({there})\n```text\n[a]({link})\n```\n" == turned(text, "docs/how-to/charts.md", linked=[])


def test_what_is_linked_comes_along(tmp_path: Path) -> None:
    """Also what a page outside docs/ links in turn; source becomes a page that shows it."""
    around = dict.fromkeys(AROUND, "# Page\n")
    linked = {"README.md": "[a](tests/README.md)\n", "tests/README.md": "[b](a.py)\n", "tests/a.py": "pass"}

    taken = stage(write(tmp_path / "clone", {**around, **linked}), tmp_path / "pages")

    assert {*AROUND, "tests/README.md", "tests/a.py"} == {*taken}
    assert "[a](files/tests/README.md)\n" == (tmp_path / "pages/index.md").read_text()
    assert "python\npass\n" in (tmp_path / "pages" / place("tests/a.py")).read_text()


@pytest.mark.parametrize("link", ["gone.md", "tests", "../outside.md"])
def test_a_link_to_no_file_is_refused(tmp_path: Path, link: str) -> None:
    """Neither what is missing nor a folder nor what is outside of the repository can be a page."""
    write(tmp_path, {"outside.md": "", "clone/tests/a.py": ""})
    clone = write(tmp_path / "clone", {**dict.fromkeys(AROUND, ""), "README.md": f"[a]({link})"})

    with pytest.raises(SetupError, match=rf"README.md links {re.escape(link)}, which"):
        stage(clone, tmp_path / "pages")


def test_all_that_is_right_is_let_pass(tmp_path: Path) -> None:
    """Anchors, folders with an index, addresses from the root, and links to other hosts, which are only followed."""
    links = '<a href="sub/#x"></a><a href="https://example.com"></a><img src="/a.png"><a href="#"></a><a href="."></a>'
    files = {"index.html": links, "sub/index.html": '<h1 id="x">', "a.png": "", "a.css": "a { background: url(b.png) }"}

    assert [] == list(faults(write(tmp_path, files)))


@pytest.mark.parametrize(
    "text",
    [
        '<a href="gone/"></a>',
        '<a href="#gone"></a>',
        '<a href="/sub/#gone"></a>',
        '<img src="gone.png">',
        '<img src="https://example.com/a.png">',
        '<script src="//example.com/a.js"></script>',
        '<link rel="stylesheet" href="https://example.com/a.css">',
    ],
)
def test_what_leads_nowhere_or_to_another_host_is_named(tmp_path: Path, text: str) -> None:
    """The line has the page and the reference."""
    (line,) = faults(write(tmp_path, {"index.html": text, "sub/index.html": ""}))

    assert line.startswith("index.html: ")


def test_a_font_of_another_host_is_named(tmp_path: Path) -> None:
    """As style sheets ask for them."""
    assert 1 == len(list(faults(write(tmp_path, {"a.css": '@import "https://fonts.example.com/css"'}))))
