"""Cuts a release: `python -m tools.release 0.2.0 --date 2026-11-28`; `--notes v0.2.0` prints what it says to users.

The cut moves the changelog's Unreleased part under the new version and sets that version in `pyproject.toml`.
It changes these two files and nothing else: the commit and the tag are yours. It refuses an empty Unreleased part,
a version that is not newer than the current one, and notes for a tag that is not the project's version.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from tools.make import ROOT

UNRELEASED = "## Unreleased\n"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_ENTRY = re.compile(r"^[*-] ", re.MULTILINE)


class ReleaseError(Exception):
    """The release cannot be cut; the sentence says why and what to do."""


def cut(changelog: str, project: str, *, version: str, day: date) -> tuple[str, str]:
    """Both files' texts with the release in them: the changelog's, then that of pyproject.toml."""
    current = version_of(project)
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is not a version. Write three numbers with dots, such as 0.2.0.")
    if _numbers(version) <= _numbers(current):
        raise ReleaseError(f"{version} is not newer than {current}, the version in pyproject.toml.")
    if not _ENTRY.search(section(changelog, UNRELEASED)):
        raise ReleaseError("CHANGELOG.md has no entry under Unreleased. Say there what changed for users.")
    # The heading stays above, empty: the next change has a place from the first day.
    changelog = changelog.replace(UNRELEASED, f"{UNRELEASED}\n## {version} - {day.isoformat()}\n", 1)
    line = f'version = "{current}"\n'
    if project.count(line) != 1:
        raise ReleaseError(f"pyproject.toml must have the line {line.strip()} exactly once.")
    return changelog, project.replace(line, f'version = "{version}"\n')


def notes(changelog: str, project: str, *, tag: str) -> str:
    """What the changelog says of the release that `tag` names, without its heading."""
    version = version_of(project)
    if tag != f"v{version}":
        raise ReleaseError(
            f"The tag {tag} is not v{version}, the version in pyproject.toml. Tag the commit of the cut."
        )
    heading = re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d\n", changelog, re.MULTILINE)
    if heading is None:
        raise ReleaseError(f"CHANGELOG.md has no section for {version}. Let python -m tools.release set the version.")
    return section(changelog, heading[0]).strip() + "\n"


def section(changelog: str, heading: str) -> str:
    """What stands between a heading and the next one of its rank."""
    _, found, rest = changelog.partition(heading)
    if not found:
        raise ReleaseError(f"CHANGELOG.md has no heading {heading.strip()!r}.")
    return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def version_of(project: str) -> str:
    """The version in the text of pyproject.toml."""
    version: str = tomllib.loads(project)["project"]["version"]
    return version


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=(__doc__ or "").partition("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("version", nargs="?", help="the version to cut, such as 0.2.0")
    what.add_argument("--notes", metavar="TAG", help="print the notes of the release that this tag names")
    parser.add_argument(
        "--date", type=date.fromisoformat, default=datetime.now(UTC).date(), help="by default today, UTC"
    )
    given = parser.parse_args(words)
    files = root / "CHANGELOG.md", root / "pyproject.toml"
    changelog, project = (file.read_text() for file in files)
    try:
        if given.notes:
            sys.stdout.write(notes(changelog, project, tag=given.notes))
            return 0
        # Both texts are right before either file is touched.
        for file, text in zip(files, cut(changelog, project, version=given.version, day=given.date), strict=True):
            file.write_text(text)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Next: commit both files, then git tag v{given.version} && git push origin main v{given.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
