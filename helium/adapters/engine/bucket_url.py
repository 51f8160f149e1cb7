"""Which bucket the URL of a state names, and how it is reached, as Pulumi (gocloud) reads the same URL and environment.

Pure. It translates what it can translate exactly. Everything else is an `UnknownLayoutError`, and then Pulumi lists the
state: a wrong bucket that answers would be worse than a slow listing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from helium.adapters.engine.stack_names import UnknownLayoutError

_URL = re.compile(
    r"(?P<kind>s3|gs|azblob)://(?P<name>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])"
    r"(?P<path>/[A-Za-z0-9._/-]*)?(?:\?(?P<query>[^#;]*))?"
)
_HOST = r"[A-Za-z0-9.-]+(?::[0-9]+)?"
_ENDPOINT = re.compile(rf"https?://{_HOST}/?")
_LONE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BOOLEANS = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)
_BOOLEANS |= dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False)

_REGION = re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx)(?:-gov)?-[a-z]+-[0-9]")
"""A region whose host ends with amazonaws.com. Those of China and of secret clouds have other hosts."""
_S3_OF_WRITES = frozenset(
    ("ssetype", "kmskeyid", "request_checksum_calculation", "response_checksum_validation", "rate_limiter_capacity")
)
_S3 = _S3_OF_WRITES | {"region", "endpoint", "profile", "anonymous", "awssdk"}
_PATH_STYLE, _WITHOUT_TLS = ("use_path_style", "s3ForcePathStyle"), ("disable_https", "disableSSL")
_AWS_KNOWN = """
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_CONFIG_FILE
    AWS_SHARED_CREDENTIALS_FILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE AWS_PAGER
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_EC2_METADATA_DISABLED AWS_SDK_LOAD_CONFIG AWS_STS_REGIONAL_ENDPOINTS
    AWS_REQUEST_CHECKSUM_CALCULATION AWS_RESPONSE_CHECKSUM_VALIDATION AWS_MAX_ATTEMPTS AWS_RETRY_MODE AWS_DEFAULT_OUTPUT
    AWS_EXECUTION_ENV AWS_ACCOUNT_ID
    """
_GOOGLE_KNOWN = """
    GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS GOOGLE_OAUTH_ACCESS_TOKEN GOOGLE_CLOUD_PROJECT GOOGLE_PROJECT
    GOOGLE_REGION GOOGLE_ZONE GOOGLE_GHA_CREDS_PATH GOOGLE_CLOUD_QUOTA_PROJECT CLOUDSDK_CORE_PROJECT CLOUDSDK_PROJECT
    CLOUDSDK_COMPUTE_REGION CLOUDSDK_COMPUTE_ZONE CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE
    """
_AZURE_KNOWN = """
    AZURE_STORAGE_ACCOUNT AZURE_STORAGE_KEY AZURE_STORAGE_SAS_TOKEN AZURE_STORAGE_CONNECTION_STRING AZURE_STORAGE_DOMAIN
    AZURE_STORAGE_PROTOCOL
    """
_CONNECTION = frozenset(("DefaultEndpointsProtocol", "AccountName", "AccountKey", "EndpointSuffix"))


@dataclass(frozen=True, slots=True)
class Bucket:
    """A state's bucket. `prefix`: what stands before `.pulumi/`. `options`: obstore's, in its words.

    `profile`: of the AWS configuration, if the URL names one. `anonymous`: no credentials are looked for.
    """

    kind: str
    name: str
    prefix: str
    options: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    anonymous: bool = False


def bucket_of(url: str, environ: Mapping[str, str]) -> Bucket:
    """The bucket of a state's URL. `UnknownLayoutError` for what is not translated."""
    match = _URL.fullmatch(url)
    if match is None:
        raise UnknownLayoutError("its URL is more than a bucket, a plain path and parameters")
    # Pulumi takes the slashes before the path away, and adds one behind it.
    path = (match["path"] or "").lstrip("/")
    steps = path.removesuffix("/").split("/") if path else []
    if not all(step.strip(".") for step in steps):
        raise UnknownLayoutError("its URL has an empty step or dots in its path")
    prefix = "".join(f"{step}/" for step in steps)
    read = {"s3": _s3, "gs": _gs, "azblob": _azblob}[match["kind"]]
    return read(match["name"], prefix, parameters=_parameters(match["query"] or ""), environ=environ)


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in filter(None, query.split("&")):
        key, _, value = each.partition("=")
        if not value or key in found or _LONE.search(each) or not key.isidentifier():
            raise UnknownLayoutError(f"Helium does not read the parameter {key} of its URL")
        found[key] = unquote_plus(value)
    return found


def _boolean(parameters: Mapping[str, str], *keys: str) -> bool:
    """What the last of these keys says, as Go reads a boolean."""
    said = [(key, parameters[key]) for key in keys if key in parameters]
    for key, value in said:
        if value not in _BOOLEANS:
            raise UnknownLayoutError(f"Helium does not read the parameter {key} of its URL")
    return bool(said) and _BOOLEANS[said[-1][1]]


def _refuse_unknown(kind: str, names: frozenset[str] | set[str]) -> None:
    if names:
        raise UnknownLayoutError(f"Helium does not read the {kind} {min(names)}")


def _s3(name: str, prefix: str, *, parameters: Mapping[str, str], environ: Mapping[str, str]) -> Bucket:
    known = {*_S3, *_PATH_STYLE, *_WITHOUT_TLS}
    _refuse_unknown("parameter of its URL,", set(parameters) - known)
    _refuse_unknown("variable", {key for key in environ if key.startswith("AWS_")} - {*_AWS_KNOWN.split()})
    if parameters.get("awssdk", "v2") != "v2":
        raise UnknownLayoutError("its URL asks for an older SDK")
    options: dict[str, str] = {}
    if region := parameters.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"):
        options["region"] = region
    endpoint = parameters.get("endpoint")
    plain = _boolean(parameters, *_WITHOUT_TLS)
    if endpoint is not None:
        if not _boolean(parameters, *_PATH_STYLE):
            raise UnknownLayoutError("its URL has an endpoint and not s3ForcePathStyle=true")
        # Pulumi looks at the older parameter alone here.
        http = _boolean(parameters, "disableSSL")
        whole = endpoint if "://" in endpoint else f"{'http' if http else 'https'}://{endpoint}"
        options["endpoint"] = _endpoint(whole)
    elif plain:
        raise UnknownLayoutError("its URL turns TLS off and has no endpoint")
    return Bucket(
        "s3", name, prefix, options, parameters.get("profile", ""), anonymous=_boolean(parameters, "anonymous")
    )


def check_region(bucket: Bucket) -> None:
    """`UnknownLayoutError` where the host of Amazon's region is not known, or the region itself."""
    region = bucket.options.get("region", "")
    if not region:
        raise UnknownLayoutError("neither its URL nor AWS_REGION nor the profile names a region")
    if "endpoint" not in bucket.options and not _REGION.fullmatch(region):
        raise UnknownLayoutError(f"Helium does not know the region {region}")


def _gs(name: str, prefix: str, *, parameters: Mapping[str, str], environ: Mapping[str, str]) -> Bucket:
    _refuse_unknown("parameter of its URL,", set(parameters) - {"anonymous"})
    given = {key for key in environ if key.startswith(("GOOGLE_", "CLOUDSDK_"))}
    _refuse_unknown("variable", given - {*_GOOGLE_KNOWN.split()})
    return Bucket("gs", name, prefix, anonymous=_boolean(parameters, "anonymous"))


def _azblob(name: str, prefix: str, *, parameters: Mapping[str, str], environ: Mapping[str, str]) -> Bucket:
    _refuse_unknown(
        "parameter of its URL,", set(parameters) - {"domain", "protocol", "cdn", "localemu", "storage_account"}
    )
    _refuse_unknown("variable", {key for key in environ if key.startswith("AZURE_STORAGE")} - {*_AZURE_KNOWN.split()})
    if _boolean(parameters, "cdn") or _boolean(parameters, "localemu"):
        raise UnknownLayoutError("its URL names a content network or an emulator")
    own, key, token = (environ.get(f"AZURE_STORAGE_{each}", "") for each in ("ACCOUNT", "KEY", "SAS_TOKEN"))
    connection = environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    # In this order, as gocloud has it.
    if own and key:
        credential = {"account_key": key}
    elif token:
        credential = {"sas_key": token}
    elif connection:
        return Bucket("azblob", name, prefix, _by_connection_string(connection))
    else:
        raise UnknownLayoutError("its credentials are neither a key nor a SAS token")
    account = parameters.get("storage_account") or own
    if not account.isalnum() or ("account_key" in credential and account != own):
        raise UnknownLayoutError("the key and the URL are of different accounts")
    domain = parameters.get("domain") or environ.get("AZURE_STORAGE_DOMAIN") or "blob.core.windows.net"
    protocol = parameters.get("protocol") or environ.get("AZURE_STORAGE_PROTOCOL") or "https"
    host = f"{domain}/{account}" if domain.startswith(("127.0.0.1", "localhost")) else f"{account}.{domain}"
    _endpoint(f"{protocol}://{domain}")
    return Bucket("azblob", name, prefix, {"account_name": account, "endpoint": f"{protocol}://{host}", **credential})


def _by_connection_string(text: str) -> dict[str, str]:
    """Pulumi then takes everything from it, and nothing from the URL."""
    parts = dict(each.split("=", 1) for each in text.strip(";").split(";") if "=" in each)
    if not {"AccountName", "AccountKey"} <= set(parts) <= _CONNECTION:
        raise UnknownLayoutError("its connection string is more than an account and a key")
    account, suffix = parts["AccountName"], parts.get("EndpointSuffix", "core.windows.net")
    endpoint = _endpoint(f"{parts.get('DefaultEndpointsProtocol', 'https')}://{account}.blob.{suffix}")
    return {"account_name": account, "endpoint": endpoint, "account_key": parts["AccountKey"]}


def _endpoint(text: str) -> str:
    if not _ENDPOINT.fullmatch(text):
        raise UnknownLayoutError("its endpoint is more than a host and a port")
    return text.removesuffix("/")
