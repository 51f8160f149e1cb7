"""Follows what every page of a built site names: each link and its anchor is there, and no page needs another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

NEEDED = {("img", "src"), ("script", "src"), ("link", "href"), ("source", "srcset"), ("iframe", "src")}
FOLLOWED = {("a", "href"), *NEEDED}
FOREIGN = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')]+)""")


class PageParser(HTMLParser):
    """The anchors of a page, and what it names."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors = {""}
        self.named: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each element."""
        for name, value in attrs:
            if value is not None and name in {"id", "name"}:
                self.anchors.add(value)
            if value is not None and (tag, name) in FOLLOWED:
                self.named.append((tag, name, value))


def faults(site: Path) -> Iterator[str]:
    """One line for each link that leads nowhere, and for each thing that a page would fetch from elsewhere."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for tag, name, value in page.named:
            if why := _wrong(site, path, pages=pages, named=(tag, name, value)):
                yield f"{path.relative_to(site)}: {value}: {why}"
    for path in sorted(site.rglob("*.css")):
        for address in FOREIGN.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: {address}: is on another host"


def _read(path: Path) -> PageParser:
    page = PageParser()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _wrong(site: Path, path: Path, *, pages: dict[Path, PageParser], named: tuple[str, str, str]) -> str:
    """What is wrong with one reference; nothing if it leads somewhere."""
    tag, name, value = named
    address = urlsplit(value)
    if address.scheme or address.netloc:
        return "is on another host" if (tag, name) in NEEDED and address.scheme != "data" else ""
    target = path
    if address.path:
        base = site if address.path.startswith("/") else path.parent
        target = (base / unquote(address.path).lstrip("/")).resolve()
        target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "there is no such file"
    known = pages[target].anchors if target in pages else {""}
    return "" if unquote(address.fragment) in known else "that page has no such anchor"
