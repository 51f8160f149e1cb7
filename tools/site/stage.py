"""Copies the documents to where the generator reads them, with each link turned to where the site has its target.

A file of the repository that a page links becomes a page too: the source that proves a promise is part of the document.
A link that leads nowhere, or to a folder, is refused.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools.progress import SetupError
from tools.site.navigation import AROUND

LANGUAGES = {".py": "python", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".toml": "toml"}
PICTURES = (".png", ".svg")
FENCED = re.compile(r"^( *)(`{3,}).*?^\1\2`*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
REMARK = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)
"""Who writes a page is said to those who change it."""

FENCE = "`" * 12
ASIDE = "---\nsearch:\n  exclude: true\n---\n"


def stage(root: Path, folder: Path) -> tuple[str, ...]:
    """Fill the folder with every document, and with what they link. The names of what was taken, in the repository."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = sorted(str(path.relative_to(root)) for path in (root / "docs").rglob("*.md"))
    waiting = [(name, "the site") for name in (*AROUND, *(page for page in pages if page not in AROUND))]
    taken: dict[str, None] = {}
    while waiting:
        name, page = waiting.pop(0)
        if name.startswith("..") or not (root / name).is_file():
            raise SetupError(f"{page} links {name}, which is no file of this repository. Mend the link.")
        if name not in taken:
            taken[name] = None
            waiting.extend((linked, name) for linked in _take(root / name, name, folder=folder))
    return tuple(taken)


def place(name: str) -> str:
    """Where the site has a file of the repository."""
    if name in AROUND:
        return AROUND[name]
    inside = name.removeprefix("docs/") if name.startswith("docs/") else f"files/{name}"
    return inside if name.endswith((".md", *PICTURES)) else f"{inside}.md"


def _take(source: Path, name: str, *, folder: Path) -> Iterator[str]:
    """Copy one file. What it links."""
    target = folder / place(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(PICTURES):
        shutil.copyfile(source, target)
        return
    text = source.read_text(encoding="utf-8")
    if not name.endswith(".md"):
        target.write_text(f"{ASIDE}# {name}\n\n{FENCE}{LANGUAGES.get(source.suffix, 'text')}\n{text}\n{FENCE}\n")
        return
    linked: list[str] = []
    target.write_text(turned(REMARK.sub("", text), name, linked=linked), encoding="utf-8")
    yield from linked


def turned(text: str, name: str, *, linked: list[str]) -> str:
    """A page with its links as the site has them. `linked` gets the files that they lead to."""

    def link(match: re.Match[str]) -> str:
        path, mark, anchor = match[2].partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return match[0]
        found = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        linked.append(found)
        there = posixpath.relpath(place(found), posixpath.dirname(place(name)) or ".")
        return f"{match[1]}{there}{mark}{anchor}{match[3]}"

    parts, end = [], 0
    for code in FENCED.finditer(text):
        parts += [LINK.sub(link, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join((*parts, LINK.sub(link, text[end:])))
