"""The API's description for `/schema`: bodies, parameters, answers and examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import (
    Components,
    Example,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
    SecurityScheme,
)

from helium.api.query import MOST
from helium.api.request_body import BOOLEANS
from helium.api.responses import WriteResponse
from helium.core.spec import NAME
from helium.core.status import StatusWord


@dataclass(frozen=True, slots=True)
class ErrorPlace:
    """One error: the field's JSON pointer and a sentence; `path` and `line` if the error is in a file on main."""

    pointer: str
    sentence: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """An error, by RFC 9457: `detail` is a sentence for a person, `field` the first wrong field.

    `sentence`: the same without what only a program that speaks HTTP can do, where it differs.
    """

    status: int
    type: str
    title: str
    detail: str
    field: str = ""
    sentence: str = ""
    errors: tuple[ErrorPlace, ...] = ()


def _says(sentence: str) -> ResponseSpec:
    return ResponseSpec(
        ProblemDetails, description=sentence, media_type="application/problem+json", generate_examples=False
    )


_ANY = {
    400: _says("The request's parameters cannot be read."),
    401: _says("No token, or one that is unknown, expired or revoked."),
    403: _says("Your scope is too small, the workspace is somebody else's, or there is no place for a new one."),
    422: _says("A field or parameter is wrong; `errors` has a sentence for each."),
    429: _says("Too many failed attempts from this address; Retry-After says how long to wait."),
    502: _says("The git remote refused the push; `detail` says why."),
    503: _says("The git remote cannot be reached, or too many requests wait. Try again after Retry-After."),
}
_ONE = {404: _says("No workspace has that name.")}
_WRITTEN = {
    408: _says("The body did not arrive in time."),
    409: _says("The name is taken, the workspace is protected or being destroyed, or a file on main has errors."),
    412: _says("The spec changed: it is not the one that If-Match names."),
    413: _says("The body is too large."),
    415: _says("The body has a type or an encoding that Helium does not read."),
    501: _says("helium.yaml says write: pull-request, and this Helium knows no host that keeps pull requests."),
}
READ = _ANY
READ_ONE = _ANY | _ONE
WHY = READ_ONE | {
    409: _says("helium.yaml on main has errors."),
    501: _says("This server cannot plan."),
}
EVENTS = READ_ONE | {
    200: ResponseSpec(
        str,
        description="Events `workspace`, `gone` and `end`, for a quarter of an hour at most.",
        media_type="text/event-stream",
        generate_examples=False,
    ),
    429: _says("Your token has as many streams open as it may have, or too many attempts from this address failed."),
    503: _says("There is no room for another stream now. Read the workspace every few seconds instead."),
}
JOB_TOKEN = {
    401: _says("It does not prove which job this is, or it was exchanged before. `detail` says why."),
    403: _says("No rule under `jobs.allow` in helium.yaml is about this job."),
    404: _says("helium.yaml has no `jobs:`, so no token of a CI job is taken."),
    409: _says("helium.yaml on main has errors."),
    429: _ANY[429],
    503: _says(
        "The issuer's keys cannot be fetched now, or Helium began a moment ago. Try again after Retry-After, with "
        "another token of the job."
    ),
}
METADATA = {404: _says("helium.yaml has no `signIn:`, so only tokens of Helium count.")}
WRITE = _ANY | _WRITTEN
WRITE_ONE = _ANY | _ONE | _WRITTEN
CHANGE_ONE = WRITE_ONE | {
    202: ResponseSpec(
        WriteResponse,
        description="A pull request was opened for it, or has it: it is done once that is merged.",
        generate_examples=False,
    )
}

ORDER = (
    _ANY
    | _ONE
    | {
        403: _says("You are no admin here, or `admins:` in helium.yaml on main does not name you."),
        409: _says("The order is refused; `detail` says why."),
        412: _says("What was offered is not so any more. Read the offers again."),
        501: _says("This server takes no orders."),
    }
)

_TEXT = Schema(type=OpenAPIType.STRING)
_FLAG = Schema(type=OpenAPIType.BOOLEAN)


_EMPTY = [OpenAPIType.STRING, OpenAPIType.NULL]
"""An empty string or null counts as absent."""


_VERSION = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
_BACKEND = "[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
_LABEL = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_EXPIRY = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
    r"|\+?[1-9][0-9]{0,4}[mhdw]"
)
"""The patterns of the schema of specs; an expiry may also be a length to add, which a file cannot have."""


def _text(description: str, example: str, *, pattern: str = "", longest: int | None = None) -> Schema:
    # `$` alone would accept a line feed at the end.
    whole = f"^({pattern})?$(?!\\n)" if pattern else None
    return Schema(type=_EMPTY, description=description, examples=[example], pattern=whole, max_length=longest)


def _flag(description: str) -> Schema:
    words = Schema(enum=[None, "", *BOOLEANS])
    return Schema(any_of=[_FLAG, words], description=f"{description} In a form: true or false.")


def _object(description: str, *, of: Schema | None = None, most: int | None = None) -> Schema:
    inside = Schema(type=[OpenAPIType.OBJECT, OpenAPIType.NULL], additional_properties=of, max_properties=most)
    return Schema(any_of=[inside, Schema(enum=[""])], description=description)


_SPEC: dict[str, Reference | Schema] = {
    "expiry": _text(
        "When it ends: a date (the end of that day, UTC), an instant, or a length such as +7d.",
        "2027-01-01",
        pattern=_EXPIRY,
    ),
    "pachdVersion": _text("The image tag of pachd.", "2.3.9", pattern=_VERSION),
    "consoleVersion": _text("The image tag of Console.", "2.3.3-1", pattern=_VERSION),
    "notebooksVersion": _text(
        "The image tag of the notebooks.", "904d4965029e35a434c7c049a0470d9e4800c990", pattern=_VERSION
    ),
    "mountServerVersion": _text("The image tag of the mount server.", "2.3.9", pattern=_VERSION),
    "helmVersion": _text("The version of the Pachyderm chart.", "2.2.0-rc.1", pattern=_VERSION),
    "disableNotebooks": _flag("True leaves JupyterHub out."),
    "valuesYaml": _text("Helm values as YAML text, or as a file of a form.", "pachd: {logLevel: debug}\n"),
    "values": _object("Helm values as an object, instead of valuesYaml."),
    "notebooksValuesYaml": _text(
        "Helm values of the JupyterHub chart as YAML text, or as a file of a form.",
        "singleuser: {memory: {limit: 4G}}\n",
    ),
    "notebooks": _object("`{values: …}` for the JupyterHub chart as an object, instead of notebooksValuesYaml."),
    "access": Schema(enum=["owner", "everyone", "", None], description="Who may log in."),
    "description": _text("What it is for.", "Demo for the quarterly review", longest=1000),
    "labels": _object(
        "Labels of the namespace.", of=Schema(type=OpenAPIType.STRING, pattern=f"^({_LABEL})?$(?!\\n)"), most=32
    ),
    "protected": _flag("True keeps it from being destroyed; only an admin may set it."),
}
_NEW: dict[str, Reference | Schema] = {
    "name": _text(
        "Its name. Left out, it is an animal and six characters.", "example-workspace-02", pattern=NAME.pattern
    ),
    "backend": _text("Where it runs. Left out, it is the fleet's default.", "gcp-namespace", pattern=_BACKEND),
    **_SPEC,
}


def _body(properties: dict[str, Reference | Schema], example: dict[str, Any], *, required: bool) -> RequestBody:
    schema = Schema(
        type=OpenAPIType.OBJECT,
        properties=properties,
        additional_properties=False,
        min_properties=1 if required else None,
    )
    media = OpenAPIMediaType(schema=schema, examples={"usual": Example(summary="Usual", value=example)})
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    return RequestBody(
        content=dict.fromkeys(kinds, media), required=required, description="Keys may be in upper or lower case."
    )


@dataclass
class CreateBody(Operation):
    """The body of a new workspace; it may be left out."""

    def __post_init__(self) -> None:
        """`request_body` reads the body, so the framework does not know it."""
        self.request_body = _body(_NEW, {"name": "example-workspace-02", "expiry": "2027-01-01"}, required=False)


@dataclass
class ChangeBody(Operation):
    """The fields to change."""

    def __post_init__(self) -> None:
        """As for a new workspace."""
        self.request_body = _body(_SPEC, {"expiry": "+7d"}, required=True)


def _query(name: str, schema: Schema, *, says: str) -> Parameter:
    return Parameter(name=name, param_in="query", schema=schema, description=says, required=False)


_LIST: tuple[Parameter | Reference, ...] = (
    _query("detail", _FLAG, says="True gives one page of workspaces instead of all ids."),
    _query("limit", Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MOST), says="How many workspaces on a page."),
    _query("cursor", _TEXT, says="`Next` of the page before."),
    _query(
        "status",
        _TEXT,
        says=f"One or more of {', '.join(StatusWord)}, with commas between. `requested`: no pass has begun it.",
    ),
    _query("owner", _TEXT, says="Only workspaces of this owner."),
    _query("q", _TEXT, says="A text to search in name, owner and description."),
    _query("sort", Schema(type=OpenAPIType.STRING, enum=["name", "expiry"]), says="The order."),
)


@dataclass
class ListBody(Operation):
    """The parameters of the list."""

    def __post_init__(self) -> None:
        """`query` reads them, so the framework does not know them."""
        self.parameters = [*(self.parameters or ()), *_LIST]


def described(version: str, *, page: OpenAPIRenderPlugin) -> OpenAPIConfig:
    """The head of the document: its title, the two ways to send a token, and the page that shows it."""
    schemes: dict[str, SecurityScheme | Reference] = {
        "pach": SecurityScheme(type="apiKey", name="X-Pach", security_scheme_in="header"),
        "bearer": SecurityScheme(type="http", scheme="bearer"),
    }
    return OpenAPIConfig(
        title="Helium",
        version=version,
        description="Hands out short-lived Pachyderm workspaces. Every write is a commit on the fleet's main branch.",
        components=Components(security_schemes=schemes),
        security=[{"pach": []}, {"bearer": []}],
        path="/schema",
        use_handler_docstrings=True,
        render_plugins=[page],
    )


__all__ = [
    "EVENTS",
    "ORDER",
    "READ",
    "READ_ONE",
    "WHY",
    "WRITE",
    "WRITE_ONE",
    "ChangeBody",
    "CreateBody",
    "ListBody",
    "described",
]
