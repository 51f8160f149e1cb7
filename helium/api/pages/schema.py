"""`/schema`: the API's description as one of our pages, which loads nothing from elsewhere and works without script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar.openapi.plugins import OpenAPIRenderPlugin

from helium.api.pages.layout import environment
from helium.core.digest import Json

_METHODS = ("get", "post", "patch", "delete")


@dataclass(frozen=True, slots=True)
class CallText:
    """One call: what it does, what it takes (a name, where it goes, what it means), and what it answers."""

    method: str
    path: str
    summary: str
    description: str
    takes: tuple[tuple[str, str, str], ...]
    answers: tuple[tuple[str, str], ...]


class SchemaPage(OpenAPIRenderPlugin):
    """Stands in the place of the framework's own page, which is a script from a CDN."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Any, openapi_schema: dict[str, Any]) -> bytes:
        """The page; `request` says nothing that it shows."""
        info = openapi_schema["info"]
        page = environment().get_template("schema.html")
        return page.render(title=info["title"], about=info["description"], calls=tuple(_calls(openapi_schema))).encode()


def _calls(schema: Mapping[str, Json]) -> Iterator[CallText]:
    for path, item in schema["paths"].items():
        for method in _METHODS:
            if method in item:
                call = item[method]
                yield CallText(
                    method.upper(),
                    path,
                    call.get("summary", ""),
                    call.get("description", ""),
                    tuple(_takes(call)),
                    tuple((code, answer.get("description", "")) for code, answer in sorted(call["responses"].items())),
                )


def _takes(call: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    for each in call.get("parameters", ()):
        yield each["name"], each["in"], each.get("description", "")
    for body in list(call.get("requestBody", {}).get("content", {}).values())[:1]:
        for name, field in body["schema"].get("properties", {}).items():
            yield name, "body", field.get("description", "")
