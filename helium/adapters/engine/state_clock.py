"""Where the server of a state tells the time. Pure: it only names the address; nobody signs in there.

Any host of a cloud tells the same time, so this is not the exact translation that a listing needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

_REGION = re.compile(r"[a-z]{2}-[a-z-]+-[0-9]")


def clock_of(state: str, environ: Mapping[str, str]) -> str:
    """An http(s) URL for the state's URL; empty for a state without one, such as a folder or a database."""
    try:
        parts = urlsplit(state)
        said = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    except ValueError:
        return ""
    if parts.scheme == "s3":
        return _s3(said, environ)
    if parts.scheme == "gs":
        return "https://storage.googleapis.com/"
    return _azblob(said, environ) if parts.scheme == "azblob" else ""


def _s3(said: Mapping[str, str], environ: Mapping[str, str]) -> str:
    endpoint = said.get("endpoint") or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        plain = said.get("disableSSL", "false").lower() in {"1", "t", "true"}
        return endpoint if "://" in endpoint else f"{'http' if plain else 'https'}://{endpoint}"
    region = said.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
    if not _REGION.fullmatch(region):
        return "https://s3.amazonaws.com/"
    return f"https://s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}/"


def _azblob(said: Mapping[str, str], environ: Mapping[str, str]) -> str:
    domain = said.get("domain") or environ.get("AZURE_STORAGE_DOMAIN") or "blob.core.windows.net"
    protocol = said.get("protocol") or environ.get("AZURE_STORAGE_PROTOCOL") or "https"
    account = said.get("storage_account") or environ.get("AZURE_STORAGE_ACCOUNT")
    if domain.startswith(("127.0.0.1", "localhost")):
        return f"{protocol}://{domain}/"
    # Without the account nobody knows the host: the domain alone has no address.
    return f"{protocol}://{account}.{domain}/" if account else ""
