"""The order of the site, which is the order of `docs/README.md`: its sections, and in each the pages that it links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

LINK = re.compile(r"\]\(([^)\s#]+\.md)(?:#[^)\s]*)?\)")
AROUND = {
    "README.md": "index.md",
    "docs/README.md": "documents.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
"""Where the site has the pages that the index of the documents is not about."""


@dataclass(frozen=True, slots=True)
class SiteSection:
    """A heading of the index, and its pages in order, each once."""

    title: str
    pages: tuple[str, ...]


def sections(index: str) -> Iterator[SiteSection]:
    """What the text of `docs/README.md` lists. A heading may say whom a section is for, before its colon."""
    for block in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        heading, _, text = block.partition("\n")
        title = heading.rpartition(": ")[2]
        pages = dict.fromkeys(target for target in LINK.findall(text) if not target.startswith(".."))
        yield SiteSection(title[:1].upper() + title[1:], tuple(pages))


def navigation(index: str) -> str:
    """The same as a line for the generator's configuration; a page has the title that it gives itself."""
    listed = [_table(each.title, each.pages) for each in sections(index)]
    first = '{ "Helium" = "index.md" }'
    project = _table("Project", [place for name, place in AROUND.items() if name != "README.md"])
    return f"nav = [{', '.join((first, *listed, project))}]"


def _table(title: str, pages: tuple[str, ...] | list[str]) -> str:
    return f"{{ {json.dumps(title)} = {json.dumps(pages)} }}"
