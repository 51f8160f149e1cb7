"""What a state's URL and environment say about its bucket, as gocloud reads them, and what Helium does not read."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine.bucket_credentials import of_gs
from helium.adapters.engine.bucket_url import Bucket, bucket_of, check_region
from helium.adapters.engine.stack_names import UnknownLayoutError

EU = {"AWS_REGION": "eu-west-1"}
LOCAL = "endpoint=minio:9000&s3ForcePathStyle=true"
KEY = {"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "a2V5"}
CONNECTION = "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5==;EndpointSuffix=core.windows.net"


def azure(endpoint: str, **credential: str) -> dict[str, str]:
    """What `AzureStore` is given."""
    return {"account_name": "acme", "endpoint": endpoint, **credential}


@pytest.mark.parametrize(
    ("url", "environ", "bucket"),
    [
        ("s3://acme-state", EU, Bucket("s3", "acme-state", "", {"region": "eu-west-1"})),
        (
            "s3://acme-state",
            {"AWS_DEFAULT_REGION": "eu-west-2"},
            Bucket("s3", "acme-state", "", {"region": "eu-west-2"}),
        ),
        ("s3://acme/a/b", EU, Bucket("s3", "acme", "a/b/", {"region": "eu-west-1"})),
        ("s3://acme//a/", EU, Bucket("s3", "acme", "a/", {"region": "eu-west-1"})),
        ("s3://acme/", EU, Bucket("s3", "acme", "", {"region": "eu-west-1"})),
        ("s3://acme?region=us-east-1", EU, Bucket("s3", "acme", "", {"region": "us-east-1"})),
        ("s3://acme?profile=ci&awssdk=v2", {}, Bucket("s3", "acme", "", {}, "ci")),
        ("s3://acme?ssetype=aws%3Akms&kmskeyid=k", EU, Bucket("s3", "acme", "", {"region": "eu-west-1"})),
        ("s3://acme?anonymous=1", {}, Bucket("s3", "acme", "", {}, anonymous=True)),
        (f"s3://acme?{LOCAL}", {}, Bucket("s3", "acme", "", {"endpoint": "https://minio:9000"})),
        (f"s3://acme?{LOCAL}&disableSSL=true", {}, Bucket("s3", "acme", "", {"endpoint": "http://minio:9000"})),
        (f"s3://acme?{LOCAL}&disable_https=true", {}, Bucket("s3", "acme", "", {"endpoint": "https://minio:9000"})),
        (
            "s3://acme?endpoint=http%3A%2F%2Fminio:9000/&use_path_style=T",
            {},
            Bucket("s3", "acme", "", {"endpoint": "http://minio:9000"}),
        ),
        ("gs://acme/fleet", {"GOOGLE_CREDENTIALS": "{}"}, Bucket("gs", "acme", "fleet/")),
        ("gs://acme?anonymous=true", {}, Bucket("gs", "acme", "", anonymous=True)),
        (
            "azblob://state",
            KEY,
            Bucket("azblob", "state", "", azure("https://acme.blob.core.windows.net", account_key="a2V5")),
        ),
        (
            "azblob://state/a?storage_account=acme",
            {"AZURE_STORAGE_SAS_TOKEN": "sv=1"},
            Bucket("azblob", "state", "a/", azure("https://acme.blob.core.windows.net", sas_key="sv=1")),
        ),
        (
            "azblob://state?domain=127.0.0.1:10000&protocol=http",
            KEY,
            Bucket("azblob", "state", "", azure("http://127.0.0.1:10000/acme", account_key="a2V5")),
        ),
        (
            "azblob://state",
            {"AZURE_STORAGE_CONNECTION_STRING": CONNECTION},
            Bucket("azblob", "state", "", azure("https://acme.blob.core.windows.net", account_key="a2V5==")),
        ),
    ],
)
def test_a_bucket_is_read_as_pulumi_reads_it(url: str, environ: dict[str, str], bucket: Bucket) -> None:
    """Name, what stands before `.pulumi`, and how it is reached."""
    assert bucket == bucket_of(url, environ)


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("s3://Acme", EU),
        ("s3://me@acme", EU),
        ("s3://acme:9000", EU),
        ("s3://acme#a", EU),
        ("s3://acme/a%2Fb", EU),
        ("s3://acme/a//b", EU),
        ("s3://acme/a//", EU),
        ("s3://acme/../b", EU),
        ("s3://acme?prefix=a/", EU),
        ("s3://acme?key=a", EU),
        ("s3://acme?role=arn:aws:iam::1:role/a", EU),
        ("s3://acme?fips=true", EU),
        ("s3://acme?dualstack=true", EU),
        ("s3://acme?accelerate=true", EU),
        ("s3://acme?hostname_immutable=true", EU),
        ("s3://acme?region=", EU),
        ("s3://acme?region=us-east-1&region=us-east-2", EU),
        ("s3://acme?region=us-east-1;profile=a", EU),
        ("s3://acme?endpoint=minio%3A9000", EU),
        ("s3://acme?endpoint=minio%&s3ForcePathStyle=true", EU),
        ("s3://acme?endpoint=http://u:p@minio&s3ForcePathStyle=true", EU),
        ("s3://acme?endpoint=http://minio/path&s3ForcePathStyle=true", EU),
        (f"s3://acme?{LOCAL}&use_path_style=yes", EU),
        ("s3://acme?disableSSL=true", EU),
        ("s3://acme?awssdk=v1", EU),
        ("s3://acme", {**EU, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}),
        ("s3://acme", {**EU, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}),
        ("s3://acme", {**EU, "AWS_USE_FIPS_ENDPOINT": "true"}),
        ("s3://acme", {**EU, "AWS_CA_BUNDLE": "/ca.pem"}),
        ("s3://acme", {**EU, "AWS_DEFAULT_PROFILE": "a"}),
        ("gs://acme?access_id=a", {}),
        ("gs://acme?universe_domain=example.com", {}),
        ("gs://acme", {"CLOUDSDK_CONFIG": "/elsewhere"}),
        ("azblob://state", {"AZURE_STORAGE_ACCOUNT": "acme"}),
        ("azblob://state", {"AZURE_CLIENT_ID": "a", "AZURE_CLIENT_SECRET": "b", "AZURE_STORAGE_ACCOUNT": "acme"}),
        ("azblob://state?storage_account=other", KEY),
        ("azblob://state?cdn=true", KEY),
        ("azblob://state?localemu=true", KEY),
        ("azblob://state?protocol=ftp", KEY),
        ("azblob://state", {**KEY, "AZURE_STORAGE_IS_CDN": "true"}),
        ("azblob://state", {"AZURE_STORAGE_CONNECTION_STRING": f"{CONNECTION};BlobEndpoint=http://elsewhere"}),
        ("azblob://state", {"AZURE_STORAGE_CONNECTION_STRING": "SharedAccessSignature=sv"}),
        ("postgres://acme", {}),
    ],
)
def test_what_is_not_translated_exactly_is_left_to_pulumi(url: str, environ: dict[str, str]) -> None:
    """Another bucket that answers would be worse than a slow listing."""
    with pytest.raises(UnknownLayoutError):
        bucket_of(url, environ)


@pytest.mark.parametrize(
    ("region", "options", "known"),
    [
        ("eu-west-1", {}, True),
        ("us-gov-west-1", {}, True),
        ("cn-north-1", {}, False),
        ("us-iso-east-1", {}, False),
        ("", {}, False),
        ("garage", {"endpoint": "http://minio:9000"}, True),
    ],
)
def test_only_regions_whose_host_is_known_are_asked(region: str, options: dict[str, str], known: bool) -> None:
    """In China the hosts have another ending. A server of one's own calls its region as it likes."""
    bucket = Bucket("s3", "acme", "", {**options, **({"region": region} if region else {})})
    try:
        check_region(bucket)
    except UnknownLayoutError:
        assert not known
    else:
        assert known


class _Tokens(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        whose = "ci" if "token-of-ci" in asked else "nobody"
        said = {"access_token": f"for {whose}", "token_type": "Bearer", "expires_in": 3600}
        answer = json.dumps({**said, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def federated(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Credentials of a job in CI, as `external_account` has them, and a server that gives tokens for them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "token").write_text("token-of-ci")
    yield {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"http://127.0.0.1:{server.server_port}/token",
        "credential_source": {"file": str(tmp_path / "token")},
    }
    server.shutdown()
    server.server_close()


def test_a_token_of_googles_is_found_where_pulumi_finds_it(federated: dict[str, Any]) -> None:
    """`GOOGLE_CREDENTIALS` as text, before `GOOGLE_OAUTH_ACCESS_TOKEN`; obstore knows neither."""
    given = {"GOOGLE_CREDENTIALS": json.dumps(federated), "GOOGLE_OAUTH_ACCESS_TOKEN": "t-2"}
    bucket = Bucket("gs", "acme", "")

    assert "for ci" == of_gs(bucket, given)
    assert "t-2" == of_gs(bucket, {"GOOGLE_OAUTH_ACCESS_TOKEN": "t-2"})
    assert "" == of_gs(Bucket("gs", "acme", "", anonymous=True), given)


def test_credentials_of_another_universe_are_left_to_pulumi(federated: dict[str, Any]) -> None:
    """Its buckets have other hosts."""
    with pytest.raises(UnknownLayoutError, match="universe"):
        of_gs(
            Bucket("gs", "acme", ""),
            {"GOOGLE_CREDENTIALS": json.dumps({**federated, "universe_domain": "example.com"})},
        )
