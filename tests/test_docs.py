"""The documents hold: what the code writes is fresh, and every link, path and name leads somewhere."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from helium.cli import cli
from helium.core.reasons import NOTHING, REASONS
from helium.errors import ExitCode
from helium.reconcile.guard import SAFEGUARDS
from tools.docs import PAGES, REFERENCE
from tools.docs.refusals import refusals

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".service", ".html", ".js", ".cfg", ""}
TEMPLATES = ROOT / "helium" / "cli" / "templates"
"""Files of another repository: their links are right there, not here."""

DOCUMENT = re.compile(r"(?<![\w/.-])docs/[\w./-]*\w")
SOURCE = re.compile(r"`((?:helium|tests|tools|stacks|bench|deploy|schema)/[\w./-]*\w)/?(?:(?:::|: )(\w+))?`")
BLANK = re.compile(r"/[A-Z]+(/|$)")
"""What a reader fills in: `stacks/BACKEND/resources.py`."""

COMMAND = re.compile(r"(?:^|`|\$\()(helium(?: -C \S+)? [a-z][^`\n]*)", re.MULTILINE)
"""In backticks, or a line of its own in an example."""

VARIABLE = re.compile(r"\bHELIUM_[A-Z_]+\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"\b(?:the )?design's|\bof the design\b|\bdesign\.md\b|\bstyle\.md\b|\bdictionary\.md\b|§")
"""How the code once cited a document that this repository does not hold."""

TRANSLATED = re.compile(r"\banew\b|\bways? out\b|\bin clear\b|\b(?:lay|lies) ahead\b|\bat fault\b", re.IGNORECASE)
"""What no native speaker would say: again, what to do, in plain text, in the future, wrong."""


def tracked() -> list[Path]:
    """Every text of the repository."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = (ROOT / name for name in names.splitlines() if not name.startswith("tools/go/"))
    return [path for path in found if path.suffix in TEXTS and path.is_file()]


FILES = tracked()
PAGES_OF_PEOPLE = [path for path in FILES if path.suffix == ".md" and TEMPLATES not in path.parents]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_the_code_writes_is_fresh(name: str) -> None:
    """`python -m tools.docs` would change nothing."""
    assert PAGES[name]() == (ROOT / name).read_text(encoding="utf-8"), "run python -m tools.docs"


@pytest.mark.parametrize("page", PAGES_OF_PEOPLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files exist, and headings have the anchors that links name."""
    assert [] == list(broken(page))


def broken(page: Path) -> Iterator[str]:
    """The relative links of a page that lead nowhere."""
    for target in LINK.findall(_without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors that a host gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", _without_code(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    """Of a file that is missing, and of a heading that is missing."""
    page = tmp_path / "a.md"
    page.write_text("# Its head\n[a](b.md) [b](#its-head) [c](#its-tail) [d](https://example.com/e.md)\n")

    assert ["b.md", "#its-tail"] == list(broken(page))


def test_every_document_that_is_named_exists() -> None:
    """In code, help texts, workflows and units: a path below docs/ is one that a reader can open."""
    named = {(str(path.relative_to(ROOT)), name) for path in FILES for name in DOCUMENT.findall(_text(path))}

    assert set() == {(path, name) for path, name in named if not (ROOT / name).exists()}


def test_every_source_that_a_page_names_exists() -> None:
    """A path in backticks is there, and so is the function or class that stands behind it."""
    found = {(page, *pair) for page in PAGES_OF_PEOPLE for pair in SOURCE.findall(_text(page))}
    named = {each for each in found if not BLANK.search(each[1])}

    assert [] == [f"{page.name}: {path} {name}" for page, path, name in sorted(named) if not _has(ROOT / path, name)]


def _has(path: Path, name: str) -> bool:
    if not path.exists():
        return False
    if not name or path.suffix != ".py":
        return not name
    return name in _names_of(path)


@cache
def _names_of(path: Path) -> frozenset[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(name for node in nodes for name in _defined(node))


def _defined(node: ast.AST) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {target.id for target in node.targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def test_every_command_that_a_page_names_is_one() -> None:
    """Command, options and the number of arguments are as the command line has them."""
    lines = {(page, line) for page in PAGES_OF_PEOPLE for line in COMMAND.findall(_text(page))}

    assert [] == sorted(f"{page.name}: {line}: {why}" for page, line in lines if (why := misused(line)))


HELP = cli.context_settings["help_option_names"]


def misused(line: str) -> str:
    """What is wrong with one line that begins with `helium`; nothing if it would be understood."""
    words = shlex.split(re.split(r" #|&&|;| \| | &|\)", line)[0].translate(str.maketrans("", "", "[]…")))[1:]
    words = words[2:] if words[:1] == ["-C"] else words
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        context = click.Context(command)
        found = command.get_command(context, words[0])
        if found is None:
            return f"there is no command {words[0]}"
        command, words = found, words[1:]
    try:
        # A command keeps its help option, so the names of it must be those that the group gives.
        _, left, _ = command.make_parser(click.Context(command, help_option_names=HELP)).parse_args(list(words))
    except click.UsageError as error:
        return "" if error.message.endswith("requires an argument.") else error.message
    most = sum(each.nargs if each.nargs > 0 else 99 for each in command.params if isinstance(each, click.Argument))
    return f"too many arguments: {left}" if len(left) > most else ""


def test_a_wrong_command_is_seen() -> None:
    """An unknown command, an unknown option, an argument too many; and nothing where all is well."""
    wrong = ("helium reconcle", "helium plan --jsn", "helium reconcile alpha", "helium ledger mend")

    assert all(misused(line) for line in wrong)
    assert "" == misused("helium -C fleet reconcile --only alpha  # one")


def test_every_variable_is_in_the_reference() -> None:
    """What the settings read from the environment, `environment.md` explains."""
    read = {name for path in (ROOT / "helium" / "settings").glob("*.py") for name in VARIABLE.findall(_text(path))}

    assert set() == read - set(VARIABLE.findall(_text(REFERENCE / "environment.md")))


def test_each_override_is_one_that_can_be_typed() -> None:
    """Not the name of the property that makes it."""
    written = [each for safeguard in SAFEGUARDS for each in refusals(inspect.getsource(safeguard))]
    overrides = [each.override for each in written if each.override]

    assert len(overrides) > 5
    assert [] == [each for each in overrides if not each.startswith(("--", "helium "))]


def test_the_night_says_what_to_do_about_everything() -> None:
    """Each reason that wants something from a person, each refusal, and each exit code of a command that did less."""
    guide = _text(ROOT / "docs" / "how-to" / "operate-at-night.md")
    refused = {each.code for safeguard in SAFEGUARDS for each in refusals(inspect.getsource(safeguard))}
    codes = refused | {code.value for code, reason in REASONS.items() if reason.what_to_do != NOTHING}

    assert [] == sorted(code for code in codes if f"`{code}`" not in guide)
    assert [] == sorted(code for code in ExitCode if code is not ExitCode.DONE and f"\n| {code} |" not in guide)


def test_the_night_quotes_what_helium_says() -> None:
    """The part of a sentence that stands beside a code, to be searched for, is in the code of Helium."""
    guide = _text(ROOT / "docs" / "how-to" / "operate-at-night.md")
    cells = re.findall(r"^\| (`[a-z-]+`, \".+?) \|", guide, flags=re.MULTILINE)
    quotes = {part.strip(" …") for cell in cells for part in re.findall(r'"([^"]+)"', cell)}
    code = "\n".join(_text(path) for path in (ROOT / "helium").rglob("*.py"))

    assert len(quotes) > 5
    assert [] == sorted(quote for quote in quotes if quote not in code)


def test_nothing_cites_a_document_that_is_not_here() -> None:
    """The repository explains itself."""
    cited = [f"{path.relative_to(ROOT)}: {hit}" for path in FILES for hit in ELSEWHERE.findall(_text(path))]

    assert [] == [each for each in cited if not each.startswith("tests/test_docs.py")]


def test_nothing_reads_as_translated() -> None:
    """In documents, code, pages and schemas."""
    found = [f"{path.relative_to(ROOT)}: {hit}" for path in FILES for hit in TRANSLATED.findall(_text(path))]

    assert [] == [each for each in found if not each.startswith("tests/test_docs.py")]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.stem)
def test_every_page_can_be_reached_from_the_index(page: Path) -> None:
    """`docs/README.md` links each page, so that nobody has to search for one."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(_text(index))}

    assert page in {*linked, index}


def test_a_decision_is_short() -> None:
    """At most sixty lines: context, decision, what was rejected, consequences."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    lengths = {path.name: _text(path).count("\n") for path in records}

    assert records
    assert {} == {name: length for name, length in lengths.items() if length > 60}
    assert [f"{number:04}" for number in range(1, len(records) + 1)] == [path.name[:4] for path in records]


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
