"""Which server tells the time where a state is."""

from __future__ import annotations

import pytest

from helium.adapters.engine.state_clock import clock_of

ENDPOINT = "s3://acme?s3ForcePathStyle=true&endpoint="


@pytest.mark.parametrize(
    ("state", "environ", "url"),
    [
        ("s3://acme", {"AWS_REGION": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com/"),
        ("s3://acme?region=cn-north-1", {"AWS_REGION": "eu-west-1"}, "https://s3.cn-north-1.amazonaws.com.cn/"),
        ("s3://acme", {}, "https://s3.amazonaws.com/"),
        ("s3://acme?region=evil.example.com/", {}, "https://s3.amazonaws.com/"),
        (f"{ENDPOINT}minio:9000", {}, "https://minio:9000"),
        (f"{ENDPOINT}minio:9000&disableSSL=true", {}, "http://minio:9000"),
        (f"{ENDPOINT}http://minio:9000", {"AWS_ENDPOINT_URL": "http://other"}, "http://minio:9000"),
        ("s3://acme", {"AWS_ENDPOINT_URL": "http://minio"}, "http://minio"),
        ("gs://acme/deep", {}, "https://storage.googleapis.com/"),
        ("azblob://state", {"AZURE_STORAGE_ACCOUNT": "acme"}, "https://acme.blob.core.windows.net/"),
        ("azblob://state?storage_account=b&domain=blob.example.com", {}, "https://b.blob.example.com/"),
        ("azblob://state?domain=127.0.0.1:10000&protocol=http", {}, "http://127.0.0.1:10000/"),
        ("azblob://state", {}, ""),
        ("file:///state", {}, ""),
        ("postgres://db/state", {}, ""),
        ("s3://[x", {}, ""),
    ],
)
def test_the_server_of_a_state_is_named(state: str, environ: dict[str, str], url: str) -> None:
    """Any host of a cloud tells its time. A folder and a database have none."""
    assert url == clock_of(state, environ)
