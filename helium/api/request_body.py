"""What a caller sent, as the spec's own fields: JSON, a form, or multipart, with keys in any case.

curl's `-d` calls a JSON body a form, so a body that begins with a brace is JSON whatever it is called. Empty strings
and nulls count as absent. What cannot be read is a 415 or 422 with a sentence; values are judged by the schema.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, InternalServerException

from helium.api.problems import problem
from helium.core.digest import Json, canonical
from helium.errors import Fault, SpecError
from helium.ports.specs import Specs

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
    "access",
    "description",
    "labels",
    "protected",
)
_BY_LOWER = {each.lower(): each for each in FIELDS}
BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_FLAGS = ("disableNotebooks", "protected")
_FROM_TOKEN = {"owner", "createdby"}
_FORM, _MULTIPART, _JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
_AS_IT_IS = {"Accept-Encoding": "identity"}
_KINDS = {"", _FORM, _MULTIPART, _JSON, "text/plain", "text/json"}


async def fields_of(request: Request[Any, Any, Any], specs: Specs) -> Mapping[str, Json]:
    """The fields that were sent, in the schema's own keys; `valuesYaml` has become `values`."""
    return understood(await _whole(request), specs)


def understood(pairs: Iterable[tuple[str, Json]], specs: Specs) -> Mapping[str, Json]:
    """Pairs of names and values, as a form or a body has them, as the schema's own fields."""
    fields = _named(pairs)
    if "valuesYaml" in fields:
        fields["values"] = _values(fields.pop("valuesYaml"), specs, beside="values" in fields)
    return {key: value for key, value in fields.items() if key not in FIELDS or (value is not None and value != "")}


async def _whole(request: Request[Any, Any, Any]) -> Iterable[tuple[str, Json]]:
    """All that was sent, if it comes in time and to its end."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _pairs(request)
    except TimeoutError:
        raise problem(408, f"the body did not come within {SECONDS} seconds") from None
    except InternalServerException:
        raise problem(400, "the body ended before its time") from None


async def _pairs(request: Request[Any, Any, Any]) -> Iterable[tuple[str, Json]]:
    packed = request.headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity"):
        raise problem(415, f"a body in {packed[:80]!r} is not read here; send it as it is", headers=_AS_IT_IS)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        return await _multipart(request)
    body = await request.body()
    if not body.strip():
        return ()
    if kind not in _KINDS:
        raise problem(415, f"{kind[:80]!r} is not read here; send JSON, a form, or multipart/form-data")
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
        _refuse("", f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except (ValueError, RecursionError) as error:
        _refuse("", f"the body is no JSON that can be read: {str(error)[:200]}")
    if not isinstance(pairs, dict):
        _refuse("", "the body must be a JSON object of fields")
    return tuple(pairs.items())


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice; keep one of the two")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _form(text: str) -> Iterable[tuple[str, Json]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        _refuse("", f"the body is no form: {str(error)[:200]}; send name=value pairs, or a JSON object")
    # In a form a plus is a space: who writes expiry=+7d means the plus, and no expiry begins with a space.
    return [(key, f"+{said[1:]}" if key.lower() == "expiry" and said[:1] == " " else said) for key, said in pairs]


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
            _refuse(f"/{key}", f"{key} is not yours to say: it comes from the token; leave it out")
        if name in fields:
            _refuse(f"/{name}", f"{name} was sent twice; send it once")
        fields[name] = _flag(value) if name in _FLAGS else value
    return fields


def _flag(value: Json) -> Json:
    return BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value


def _values(text: Json, specs: Specs, *, beside: bool) -> Json:
    if beside:
        _refuse("/valuesYaml", "values and valuesYaml say the same; send one of them")
    if not isinstance(text, str):
        _refuse("/valuesYaml", "valuesYaml is YAML as text; send values for a JSON object")
    if not text.strip():
        return ""
    try:
        return specs.mapping(text.encode(), path="valuesYaml")
    except SpecError as error:
        moved = (
            Fault(each.path, each.line, each.column, f"/valuesYaml{each.pointer}", f"line {each.line}: {each.sentence}")
            for each in error.faults
        )
        raise SpecError(moved) from None


def _refuse(pointer: str, sentence: str) -> NoReturn:
    raise SpecError((Fault("", 1, 1, pointer, sentence),))
