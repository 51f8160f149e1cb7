"""What a caller sent, as the spec's own fields: JSON, a form, or multipart, with keys in any case.

curl's `-d` says that a JSON body is a form, so a body that begins with a brace is JSON whatever its type says. Empty
strings and nulls count as absent. A body that cannot be read is a 415 or 422; the schema checks the values.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, InternalServerException

from helium.api.problems import problem
from helium.core.digest import Json, canonical
from helium.errors import Issue, SpecError
from helium.ports.specs import Specs

T = TypeVar("T")
LARGEST = 160 * 1024
SECONDS = 30
FIELDS = (
    "name",
    "expiry",
    "backend",
    "pachdVersion",
    "consoleVersion",
    "notebooksVersion",
    "mountServerVersion",
    "helmVersion",
    "disableNotebooks",
    "valuesYaml",
    "values",
    "notebooksValuesYaml",
    "notebooks",
    "access",
    "description",
    "labels",
    "protected",
)
_BY_LOWER = {each.lower(): each for each in FIELDS}
BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_TEXTS = {"valuesYaml": "values", "notebooksValuesYaml": "notebooks"}
"""Helm values as YAML text, and the field that they become."""
_FLAGS = ("disableNotebooks", "protected")
_FROM_TOKEN = {"owner", "createdby"}
_FORM, _MULTIPART, _JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
_AS_IT_IS = {"Accept-Encoding": "identity"}
_KINDS = {"", _FORM, _MULTIPART, _JSON, "text/plain", "text/json"}


async def fields_of(request: Request[Any, Any, Any], specs: Specs) -> Mapping[str, Json]:
    """The fields of the body, in the schema's own keys; Helm values that are text become objects."""
    return fields_from(await _body(request), specs)


def fields_from(pairs: Iterable[tuple[str, Json]], specs: Specs) -> Mapping[str, Json]:
    """Names and values, from a form or a body, as the schema's own fields."""
    fields = _named(pairs)
    for key, other in _TEXTS.items():
        if key in fields:
            values = _values(fields.pop(key), specs, key=key, beside=other if other in fields else "")
            fields[other] = {"values": values} if other == "notebooks" and values else values
    return {key: value for key, value in fields.items() if key not in FIELDS or (value is not None and value != "")}


async def _body(request: Request[Any, Any, Any]) -> Iterable[tuple[str, Json]]:
    """The names and values of the body."""
    return await in_time(_pairs(request))


async def in_time(reading: Awaitable[T]) -> T:
    """What reads a body, if that arrives completely and in time; every handler that reads one comes through here."""
    try:
        async with asyncio.timeout(SECONDS):
            return await reading
    except TimeoutError:
        raise problem(408, f"The body did not arrive within {SECONDS} seconds. Send it again.") from None
    except InternalServerException:
        raise problem(400, "The body ended too early. Send it again.") from None


async def _pairs(request: Request[Any, Any, Any]) -> Iterable[tuple[str, Json]]:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise problem(
            415,
            f"Helium does not read bodies with the encoding {encoding[:80]!r}. Send the body uncompressed.",
            headers=_AS_IT_IS,
        )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        return await _multipart(request)
    body = await request.body()
    if not body.strip():
        return ()
    if kind not in _KINDS:
        raise problem(415, f"Helium does not read {kind[:80]!r}. Send JSON, a form, or multipart/form-data.")
    text = _text(body, "the body")
    if kind == _JSON or text.lstrip().startswith("{"):
        return _json(text)
    return _form(text)


def _text(data: bytes, what: str, *, field: str = "") -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        _refuse(field, f"byte {error.start + 1} of {what} is not UTF-8")


def _json(text: str) -> Iterable[tuple[str, Json]]:
    try:
        pairs = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        canonical(pairs).encode()
    except json.JSONDecodeError as error:
        _refuse("", f"the body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except (ValueError, RecursionError) as error:
        _refuse("", f"the body is not valid JSON: {str(error)[:200]}")
    if not isinstance(pairs, dict):
        _refuse("", "the body must be a JSON object of fields")
    return tuple(pairs.items())


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("one key appears twice; keep one of the two")
    return unique


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _form(text: str) -> Iterable[tuple[str, Json]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        _refuse("", f"the body is not a form: {str(error)[:200]}; send name=value pairs, or a JSON object")
    # In a form a plus is a space, so expiry=+7d arrives as " 7d"; no expiry begins with a space.
    return [(key, f"+{text[1:]}" if key.lower() == "expiry" and text[:1] == " " else text) for key, text in pairs]


async def _multipart(request: Request[Any, Any, Any]) -> Iterable[tuple[str, Json]]:
    try:
        form = await request.form()
        return [(key, await _part(key, value)) for key, value in form.multi_items()]
    except ClientException as error:
        if error.status_code in (400, 422):
            _refuse("", f"the multipart body cannot be read: {error.detail[:200]}")
        raise


async def _part(key: str, value: Any) -> Json:
    if isinstance(value, UploadFile):
        return _text(await value.read(), "the file", field=f"/{key[:80]}")
    return value if isinstance(value, str) else canonical(value)


def _named(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for key, value in pairs:
        name = _BY_LOWER.get(key.lower(), key)
        if key.lower() in _FROM_TOKEN:
            _refuse(f"/{key}", f"{key} cannot be set: the owner comes from the token. Leave it out.")
        if name in fields:
            _refuse(f"/{name}", f"{name} was sent twice; send it once")
        fields[name] = _flag(value) if name in _FLAGS else value
    return fields


def _flag(value: Json) -> Json:
    return BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value


def _values(text: Json, specs: Specs, *, key: str, beside: str) -> Json:
    if beside:
        _refuse(f"/{key}", f"{beside} and {key} are two forms of the same; send one of them")
    if not isinstance(text, str):
        _refuse(f"/{key}", f"{key} must be a text; to send an object, use {_TEXTS[key]}")
    if not text.strip():
        return ""
    try:
        return specs.mapping(text.encode(), path=key)
    except SpecError as error:
        located = (
            Issue(each.path, each.line, each.column, f"/{key}{each.pointer}", f"line {each.line}: {each.sentence}")
            for each in error.issues
        )
        raise SpecError(located) from None


def _refuse(pointer: str, sentence: str) -> NoReturn:
    raise SpecError((Issue("", 1, 1, pointer, sentence),))
