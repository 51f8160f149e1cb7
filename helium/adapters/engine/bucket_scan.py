"""`python -m helium.adapters.engine.bucket_scan FLEET [STACK]`: the names in a bucket's state, in pages of a thousand.

With `--leaves STACK` it says whether the bucket holds anything of a stack that was removed. With `--unlock STACK` it
removes the dead locks of one, which `pulumi cancel` does not see.

A process of its own, with Pulumi's environment: `obstore` reads variables that Pulumi does not, so they are taken out
before it begins, and whatever goes wrong in it ends this process alone. It prints one line of JSON.

A bucket writes an object whole or not at all, so a state is never torn there. An empty object is corrupt by its size. A
small one of this fleet is read: `stack init`, killed between its two writes, leaves such a state. Larger ones are left
to Pulumi, which opens a stack before anything is done to it; so a listing never costs a request for each stack.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helium.adapters.engine import bucket_credentials as credentials
from helium.adapters.engine import state_files
from helium.adapters.engine.bucket_url import Bucket, bucket_of, check_region
from helium.adapters.engine.locks import is_dead, lock_of
from helium.adapters.engine.stack_names import META, UnknownLayoutError, is_project, stack_name
from helium.core.stack import Stack, StackId

PAGE = 1000
LEAVES, UNLOCK = "--leaves", "--unlock"
AT_MOST_READ = 16
"""Small states that one listing reads. More of them are no accident; Pulumi looks at each before it is touched."""
READ_BY_OBSTORE = ("AWS_", "GOOGLE_", "AZURE_")


def main() -> None:
    """Print the stacks, or what is not known here."""
    try:
        word, environ = sys.argv[1], dict(os.environ)
        bucket = bucket_of(environ["PULUMI_BACKEND_URL"], environ)
        opened = StackId.parse(sys.argv[2]) if len(sys.argv) > 2 else None
        store = _store(bucket, environ)
        if word == LEAVES and opened:
            answer: dict[str, Any] = {"leaves": leaves_something(store, bucket, stack=opened)}
        elif word == UNLOCK and opened:
            answer = {"dropped": drop_dead_locks(store, bucket, stack=opened)}
        else:
            found = scan(store, bucket, fleet=word, opened=opened)
            answer = {"stacks": [(each.id.project, each.id.name, each.corrupt) for each in found]}
    except UnknownLayoutError as unknown:
        answer = {"unknown": str(unknown)}
    sys.stdout.write(f"{json.dumps(answer)}\n")


def scan(store: Any, bucket: Bucket, *, fleet: str, opened: StackId | None = None) -> Iterator[Stack]:
    """Every stack of the state. `UnknownLayoutError` where Pulumi may see something else in this bucket.

    `opened`: the one whose small state is read; without it, those of the fleet.
    """
    root = f"{bucket.prefix}.pulumi/stacks/"
    sizes = dict(_objects(store, root))
    meta = _read(store, f"{bucket.prefix}.pulumi/meta.yaml")
    if meta is None and sizes:
        raise UnknownLayoutError(f"{bucket.name} does not have a .pulumi/meta.yaml")
    if meta is not None and meta.strip() != META:
        raise UnknownLayoutError(f"the .pulumi/meta.yaml of {bucket.name} is not of version 1")
    budget = AT_MOST_READ
    for path, stack in _stacks(sizes, root):
        is_small = 0 < sizes[path] <= state_files.SMALL and path.endswith(".json")
        reads = is_small and budget > 0 and (stack == opened if opened else stack.fleet == fleet)
        budget -= reads
        why = _why(store, path, sizes=sizes) if reads or not sizes[path] else ""
        yield Stack(stack, f"{bucket.kind}://{bucket.name}/{path} {why}. {_what_to_do(path, sizes)}" if why else "")


def leaves_something(store: Any, bucket: Bucket, *, stack: StackId) -> bool:
    """Whether the bucket holds history or backups of a stack."""
    root = f"{bucket.prefix}.pulumi/"
    beside = f"{root}stacks/{stack.project}/{stack.name}"
    if any(_read(store, f"{beside}{ending}") is not None for ending in (".json.bak", ".pulumi-tags")):
        return True
    folders = (f"{root}{kind}/{stack.project}/{stack.name}/" for kind in ("backups", "history"))
    return any(True for folder in folders for _ in _objects(store, folder))


def drop_dead_locks(store: Any, bucket: Bucket, *, stack: StackId) -> int:
    """Remove the locks whose process of this machine has ended, and say how many."""
    found = list(_objects(store, f"{bucket.prefix}.pulumi/locks/organization/{stack.project}/{stack.name}/"))
    dead = [path for path, _ in found if (lock := lock_of(_read(store, path) or b"")) and is_dead(lock)]
    for path in dead:
        credentials.module("obstore").delete(store, path)
    return len(dead)


def _stacks(paths: Iterable[str], root: str) -> Iterator[tuple[str, StackId]]:
    for path in paths:
        project, _, file = path.removeprefix(root).partition("/")
        if not is_project(project) or not file or "/" in file:
            raise UnknownLayoutError(f"{path} is not in a project's folder")
        if (name := stack_name(file, path)) is not None:
            yield path, StackId(project, name)


def _why(store: Any, path: str, *, sizes: Mapping[str, int]) -> str:
    if not sizes[path]:
        return "is empty"
    data = _read(store, path)
    # Removed since the bucket was listed, by a pass that ends the stack. Opening it says so.
    return "" if data is None else state_files.why_small(data, lambda: _read(store, f"{path}.bak"))


def _what_to_do(path: str, sizes: Mapping[str, int]) -> str:
    file = path.rpartition("/")[2]
    give_up = f"remove it there, then give it up with helium ledger accept-loss {file.partition('.json')[0]}"
    if sizes.get(f"{path}.bak"):
        return f"Replace it with Pulumi's backup beside it, {file}.bak; if that does not help, {give_up}"
    return f"Restore it from a backup, or {give_up}"


def _objects(store: Any, prefix: str) -> Iterator[tuple[str, int]]:
    obstore = credentials.module("obstore")
    for page in obstore.list(store, prefix=prefix, chunk_size=PAGE):
        yield from ((each["path"], each["size"]) for each in page)


def _read(store: Any, path: str) -> bytes | None:
    try:
        return bytes(credentials.module("obstore").get(store, path).bytes())
    except FileNotFoundError:
        return None


def _store(bucket: Bucket, environ: Mapping[str, str]) -> Any:
    stores = credentials.module("obstore.store")
    options: dict[str, Any] = dict(bucket.options)
    if bucket.kind == "s3":
        by_profile, found = credentials.of_s3(bucket, environ)
        bucket = replace(bucket, options={**by_profile, **bucket.options})
        check_region(bucket)
        options = {**bucket.options, **found}
    elif bucket.kind == "gs":
        token = credentials.of_gs(bucket, environ)
        options = {"credential_provider": _Token(token)} if token else {"skip_signature": True}
    for name in environ:
        if name.startswith(READ_BY_OBSTORE):
            os.environ.pop(name, None)
    store = {"s3": stores.S3Store, "gs": stores.GCSStore, "azblob": stores.AzureStore}[bucket.kind]
    client = {"timeout": "30s", "connect_timeout": "5s", "allow_http": "http://" in bucket.options.get("endpoint", "")}
    retry = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
    return store(bucket.name, client_options=client, retry_config=retry, **options)


class _Token:
    """Google's token, as `obstore` asks for it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self) -> dict[str, Any]:
        return {"token": self._token, "expires_at": datetime.now(UTC) + timedelta(minutes=30)}


if __name__ == "__main__":
    main()
