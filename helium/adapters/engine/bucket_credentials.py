"""The credentials of a bucket, found where Pulumi (gocloud) finds them, once: a listing lasts seconds.

It runs in the listing's own process, whose environment is Pulumi's. What `obstore` would look for by itself is given to
it here, since it looks elsewhere. Where Pulumi may find others, it is an `UnknownLayoutError`, and Pulumi is asked.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helium.adapters.engine.bucket_url import Bucket
from helium.adapters.engine.stack_names import UnknownLayoutError

EXTRA = "Helium was installed without its extra for buckets, helium-workspaces[buckets]"
_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_UNIVERSE = "googleapis.com"
_STORAGE = "https://www.googleapis.com/auth/devstorage.read_write"
_PROFILE = """
    region output role_arn role_session_name duration_seconds external_id source_profile credential_source
    credential_process web_identity_token_file aws_access_key_id aws_secret_access_key aws_session_token retry_mode
    max_attempts sso_session sso_account_id sso_role_name sso_start_url sso_region sso_registration_scopes cli_pager
    """
"""What a profile may say. Anything else could be another place (`endpoint_url`, `services`)."""
_ONE_OF = ("aws_access_key_id", "credential_process", "sso_account_id")
"""Of two in one profile, Pulumi and botocore take different ones."""


def module(name: str) -> Any:
    """A module of the extra."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UnknownLayoutError(EXTRA) from None


def of_s3(bucket: Bucket, environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
    """The options and the rest of what `S3Store` takes."""
    if bucket.anonymous:
        return {}, {"skip_signature": True}
    keys = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
    if all(keys) and not bucket.profile:
        return {}, _of_aws(*keys, token=environ.get("AWS_SESSION_TOKEN"))
    session = module("botocore.session").Session(profile=bucket.profile or None)
    profile = session.get_scoped_config()
    if unknown := set(profile) - {*_PROFILE.split()}:
        raise UnknownLayoutError(f"Helium does not read {min(unknown)} in an AWS profile")
    if sum(key in profile for key in _ONE_OF) > 1:
        raise UnknownLayoutError("its AWS profile has more than one kind of credentials")
    found = session.get_credentials()
    if found is None:
        raise UnknownLayoutError("no AWS credentials were found")
    frozen = found.get_frozen_credentials()
    region = {"region": profile["region"]} if "region" in profile else {}
    return region, _of_aws(frozen.access_key, frozen.secret_key, token=frozen.token)


def _of_aws(key: str, secret: str, *, token: str | None) -> dict[str, Any]:
    return {"access_key_id": key, "secret_access_key": secret, **({"session_token": token} if token else {})}


def of_gs(bucket: Bucket, environ: Mapping[str, str]) -> str:
    """An access token of Google's; empty for an anonymous bucket."""
    if bucket.anonymous:
        return ""
    usual = Path(environ.get("HOME", "/nonexistent")) / ".config/gcloud/application_default_credentials.json"
    # Pulumi looks at these two before the default credentials, and obstore knows neither.
    if text := environ.get("GOOGLE_CREDENTIALS"):
        found = _of_google(text, _STORAGE)
    elif token := environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return token
    elif file := environ.get("GOOGLE_APPLICATION_CREDENTIALS") or (str(usual) if usual.exists() else ""):
        found = _of_google(Path(file).read_text(encoding="utf-8"), _PLATFORM)
    else:
        found, _ = module("google.auth").default(scopes=[_PLATFORM])
    if getattr(found, "universe_domain", _UNIVERSE) != _UNIVERSE:
        raise UnknownLayoutError(f"its credentials are of another universe than {_UNIVERSE}")
    found.refresh(module("google.auth.transport.urllib3").Request(module("urllib3").PoolManager()))
    return str(found.token)


def _of_google(text: str, scope: str) -> Any:
    """By their type. google-auth's own loader asks for the name of a project besides, which needs more rights."""
    info = json.loads(text)
    kind = info.get("type")
    if kind == "service_account":
        return module("google.oauth2.service_account").Credentials.from_service_account_info(info, scopes=[scope])
    if kind == "authorized_user":
        return module("google.oauth2.credentials").Credentials.from_authorized_user_info(info)
    if kind == "impersonated_service_account":
        impersonated = module("google.auth.impersonated_credentials").Credentials
        return impersonated.from_impersonated_service_account_info(info, scopes=[scope])
    if kind == "external_account" and {"file", "url"} & set(info.get("credential_source", ())):
        return module("google.auth.identity_pool").Credentials.from_info(info, scopes=[scope])
    raise UnknownLayoutError(f"Helium does not read Google credentials of the type {kind}")
