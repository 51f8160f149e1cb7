"""A browser of sorts, in which a page takes milliseconds: it finds what is on a page by its words, and sends its forms.

It knows neither style nor script: what needs those is tested in Chromium, among the slow tests. Like a browser it sends
what is in a form, hidden fields with the rest, and follows where the answer leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import httpx

from tests.api.serving import ADMIN, visitor
from tests.pages.browsers import session

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """One element, and in it others and text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list, repr=False)

    def walk(self) -> Iterator[Element]:
        """It and all in it, in the order of the page."""
        yield self
        for each in self.inside:
            if isinstance(each, Element):
                yield from each.walk()

    def all(self, *tags: str, has: str = "", **attributes: str) -> list[Element]:
        """Those with one of the tags, with these attributes (a class as one of several), with this in their text."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            each
            for each in self.walk()
            if (not tags or each.tag in tags)
            and all(value in (each.attributes.get(name, ""), *each.classes(name)) for name, value in wanted.items())
            and has.lower() in each.text.lower()
        ]

    def one(self, *tags: str, has: str = "", **attributes: str) -> Element:
        """The only one."""
        found = self.all(*tags, has=has, **attributes)
        assert 1 == len(found), f"{len(found)} of {tags} {has} {attributes}"
        return found[0]

    def classes(self, name: str) -> list[str]:
        """Of the attribute `class` its words."""
        return self.attributes.get(name, "").split() if name == "class" else []

    @property
    def raw(self) -> str:
        """Its text as it is."""
        return "".join(each if isinstance(each, str) else each.raw for each in self.inside)

    @property
    def text(self) -> str:
        """Its text, as one line."""
        return " ".join(self.raw.split())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open[-1].tag, f"</{tag}> ends <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


@dataclass(frozen=True)
class ReadPage:
    """One answer, read."""

    reader: Reader
    answer: httpx.Response
    root: Element = field(repr=False)

    @property
    def status(self) -> int:
        """Of the answer."""
        return self.answer.status_code

    @property
    def path(self) -> str:
        """Where the reader ended up."""
        return self.answer.url.raw_path.decode()

    @property
    def version(self) -> str:
        """What its script asks with."""
        return self.root.one("body").attributes["data-version"]

    def id(self, name: str) -> Element:
        """What has this id."""
        return self.root.one(id=name)

    def labelled(self, label: str) -> Element:
        """The field whose label begins so."""
        found = [each for each in self.root.all("label") if each.text.startswith(label)]
        assert 1 == len(found), f"{len(found)} labels begin with {label}"
        return self.id(found[0].attributes["for"])

    def click(self, text: str) -> ReadPage:
        """Follow the link that says this."""
        return self.reader.open(urljoin(self.path, self.root.one("a", has=text).attributes["href"]))

    def press(self, button: str, **fields: str) -> ReadPage:
        """Send the form of a button, its fields (by name) filled in so."""
        form = self.root.one("form", has=button)
        pressed = form.one("button", has=button)
        sent = dict(_filled(form))
        assert fields.keys() <= {each.attributes.get("name") for each in form.all("input", "select", "textarea")}
        own = {pressed.attributes["name"]: pressed.attributes["value"]} if "name" in pressed.attributes else {}
        return self.reader.send(form.attributes["method"], form.attributes["action"], {**sent, **fields, **own})


def _filled(form: Element) -> Iterator[tuple[str, str]]:
    """What a browser would send of it as it is."""
    for each in form.all("input", "textarea", "select"):
        name, attributes = each.attributes.get("name", ""), each.attributes
        if each.tag == "textarea":
            yield name, each.raw.removeprefix("\n")
        elif each.tag == "select":
            options = each.all("option")
            chosen = ([one for one in options if "selected" in one.attributes] or options)[0]
            yield name, chosen.attributes.get("value", chosen.text)
        elif attributes.get("type") != "checkbox" or "checked" in attributes:
            yield name, attributes.get("value", "")


class Reader:
    """Somebody who signed in with a token, and goes from page to page of an application in this process."""

    def __init__(self, address: str, token: str = ADMIN) -> None:
        _, cookie = session(token)
        self._client = visitor(address, headers={**cookie, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"})

    def open(self, path: str) -> ReadPage:
        """A page by its path, and on to where it leads."""
        return self._read(self._client.get(path))

    def ask(self, path: str, version: str) -> httpx.Response:
        """What an open page gets that asks whether this version is the newest."""
        return self._client.get(path, headers={"Helium-Version": version})

    def send(self, method: str, path: str, fields: dict[str, str]) -> ReadPage:
        """A form."""
        if method == "get":
            return self.open(f"{path}?{urlencode(fields)}")
        return self._read(self._client.post(path, data=fields))

    def _read(self, answer: httpx.Response) -> ReadPage:
        while answer.is_redirect:
            answer = self._client.get(answer.headers["Location"])
        parser = _Parser()
        parser.feed(answer.text)
        return ReadPage(self, answer, parser.root)
