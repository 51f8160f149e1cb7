"""Each red row of `helium doctor` about a cluster, on a real one, with accounts that lack exactly that."""

from __future__ import annotations

import json
import shlex
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine import EngineSettings
from helium.adapters.kubernetes.rights import ALWAYS, NAMESPACED, Right
from helium.app.check import Check
from helium.app.doctor_clusters import WITHIN, cluster_checks, rights_for
from helium.core.fleet import Fleet
from tests.kubernetes import namespace, soon
from tools.cluster.api import KubernetesApi

RBAC = "/apis/rbac.authorization.k8s.io/v1"
RIGHTS = (*ALWAYS, *NAMESPACED)
FLEET = Fleet("acme", backends={"shop": {"backend": "helm", "cluster": "dev"}})
Document = Mapping[str, Any]


def checked(tmp_path: Path, *, fleet: Fleet = FLEET, **kubeconfigs: Document) -> list[Check]:
    """What doctor says of these clusters."""
    clusters = {}
    for name, document in kubeconfigs.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
        clusters[name] = {"kubeconfig": str(tmp_path / f"{name}.json")}
    settings = EngineSettings(fleet="acme", state="file:///nowhere", pulumi=Path("pulumi"), clusters=clusters)
    return list(cluster_checks(replace(fleet, clusters=clusters), settings))


def document(server: str, user: Document, **cluster: Any) -> Document:
    """A kubeconfig with one context."""
    return {
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


@dataclass(frozen=True, slots=True)
class OneAccount:
    """A service account with some rights in a real cluster."""

    api: KubernetesApi
    home: str
    real: Document

    @property
    def kubeconfig(self) -> Document:
        """With a token that ends in ten minutes."""
        path = f"/api/v1/namespaces/{self.home}/serviceaccounts/ci/token"
        asked = self.api.post(path, {"spec": {"expirationSeconds": 600}})
        return self.with_user({"token": asked["status"]["token"]})

    def with_user(self, user: Document, **changes: Any) -> Document:
        """The real cluster, for somebody else."""
        cluster = {**_only(self.real, "clusters")["cluster"], **changes}
        return document(cluster.pop("server"), user, **cluster)

    def grant(self, name: str, *rules: Document) -> None:
        """As `kubectl create clusterrole` and `clusterrolebinding` do."""
        self.api.post(f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": list(rules)})
        subject = {"kind": "ServiceAccount", "name": "ci", "namespace": self.home}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        body = {"metadata": {"name": name}, "roleRef": role, "subjects": [subject]}
        self.api.post(f"{RBAC}/clusterrolebindings", body)


def _only(document: Document, key: str) -> Any:
    (found,) = document[key]
    return found


@pytest.fixture
def account(kubernetes: KubernetesApi, kubeconfig: Path) -> Iterator[OneAccount]:
    """It has no rights yet; what it is given goes again."""
    with namespace(kubernetes) as home:
        kubernetes.post(f"/api/v1/namespaces/{home}/serviceaccounts", {"metadata": {"name": "ci"}})
        yield OneAccount(kubernetes, home, json.loads(kubeconfig.read_text()))
        for kind in ("clusterrolebindings", "clusterroles"):
            for each in kubernetes.items(f"{RBAC}/{kind}"):
                if each["metadata"]["name"].startswith((home, "helium-")):
                    kubernetes.delete(f"{RBAC}/{kind}/{each['metadata']['name']}")


def rule(right: Right) -> Document:
    """What grants a right."""
    named = {"resourceNames": [right.called]} if right.called else {}
    return {"apiGroups": [right.group], "resources": [right.resource], "verbs": [right.verb], **named}


def ran(command: str, account: OneAccount) -> None:
    """What a command of kubectl would do, by the API: so the test shows that it mends."""
    role, binding = (shlex.split(each) for each in command.split(" && "))
    said = dict(each.removeprefix("--").split("=", 1) for each in role[4:])
    resource, _, group = said["resource"].partition(".")
    named = {"resourceNames": [said["resource-name"]]} if "resource-name" in said else {}
    assert ["kubectl", "create", "clusterrole"] == role[:3]
    assert ["kubectl", "create", "clusterrolebinding", role[3], f"--clusterrole={role[3]}"] == binding[:5]
    assert [f"--serviceaccount={account.home}:ci"] == binding[5:]
    account.grant(role[3], {"apiGroups": [group], "resources": [resource], "verbs": [said["verb"]], **named})


@pytest.mark.slow
def test_each_right_that_is_missing_is_named_with_what_grants_it(account: OneAccount, tmp_path: Path) -> None:
    """An account that lacks exactly one has exactly one red row, and its command mends it. Nothing is written."""
    for number, lacks in enumerate(RIGHTS):
        account.grant(f"{account.home}-{number}", *(rule(each) for each in RIGHTS if each != lacks))
        # The authorizer of a real cluster learns of it a moment later.
        red = soon(partial(_only_red, account, tmp_path, command=f"helium-{lacks.key} "))
        assert red, lacks.key
        who = f"system:serviceaccount:{account.home}:ci"
        assert f"{who} may not {lacks.text}, which a pass needs, because {lacks.why}" == red.sentence
        ran(red.command, account)
        assert soon(partial(_is_well, account, tmp_path)), lacks.key
        for name in (f"{account.home}-{number}", f"helium-{lacks.key}"):
            account.api.delete(f"{RBAC}/clusterrolebindings/{name}")
            account.api.delete(f"{RBAC}/clusterroles/{name}")


def _only_red(account: OneAccount, tmp_path: Path, *, command: str) -> Check | None:
    reds = [each for each in checked(tmp_path, dev=account.kubeconfig) if not each.ok]
    return reds[0] if len(reds) == 1 and command in reds[0].command else None


def _is_well(account: OneAccount, tmp_path: Path) -> bool:
    return [True] == [each.ok for each in checked(tmp_path, dev=account.kubeconfig)]


@pytest.mark.slow
def test_what_keeps_from_a_real_cluster_is_said(account: OneAccount, tmp_path: Path) -> None:
    """A wrong token, another CA, a program that is missing, that fails, that talks: each has its own sentence."""
    token = _only(account.kubeconfig, "users")["user"]["token"]
    missing = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program", "installHint": "Get it."}
    loud = {
        "apiVersion": missing["apiVersion"],
        "command": "sh",
        "args": ["-c", "echo S3CRET >&2; echo S3CRET; exit 3"],
    }
    gives = {**loud, "args": ["-c", f'echo \'{{"status": {{"token": "{token}"}}}}\'']}
    bad_ca = {"certificate-authority-data": _authority(tmp_path)}
    checks = checked(
        tmp_path,
        token=account.with_user({"token": "S3CRET-that-nobody-knows"}),
        ca=account.with_user({"token": token}, **bad_ca),
        missing=account.with_user({"exec": missing}),
        loud=account.with_user({"exec": loud}),
        strange=account.with_user({"exec": {**loud, "apiVersion": "example.com/v9"}}),
        gives=account.with_user({"exec": gives}),
    )
    said = {each.what.removeprefix("cluster "): each for each in checks if each.what != "cluster gives" or each.ok}

    assert {
        "token": "the cluster token refused: Unauthorized: it does not accept this credential, which may have expired",
        "ca": "the cluster ca does not answer: its certificate is not of the kubeconfig's CA",
        "missing": "the cluster missing cannot be asked: the program no-such-program, which gets its credential, "
        "is not on the PATH; install it. Get it.",
        "loud": "the cluster loud cannot be asked: the program sh, which gets its credential, ended with code 3",
        "strange": "the cluster strange cannot be asked: its kubeconfig names a program by example.com/v9, "
        "which Helium does not know",
    } == {name: each.sentence for name, each in said.items() if name != "gives"}
    assert said["gives"].sentence.startswith(f"reached as system:serviceaccount:{account.home}:ci in ")
    reds = [each for each in checks if not each.ok]
    assert all(each.command for each in reds)
    assert f"kubectl config view --minify --flatten > {tmp_path}/token.json" == said["token"].command
    assert not [each for each in checks if "S3CRET" in f"{each}" or token in f"{each}"]


def _authority(folder: Path) -> str:
    import base64

    return base64.b64encode(_certificate(folder, "other", days=1)[0].read_bytes()).decode()


def _certificate(folder: Path, name: str, *, days: int) -> tuple[Path, Path]:
    """One that signs itself, for 127.0.0.1; its validity may be over."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days))
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    basic = x509.BasicConstraints(ca=True, path_length=None)
    signed = builder.add_extension(alternative, critical=False).add_extension(basic, critical=True)
    certificate, secret = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(signed.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return certificate, secret


@pytest.fixture
def expired(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server whose certificate has expired, and that certificate."""
    certificate, key = _certificate(tmp_path, "old", days=-1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listens = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                near, _ = listens.accept()
                with context.wrap_socket(near, server_side=True):
                    pass
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield f"https://127.0.0.1:{listens.getsockname()[1]}", certificate
    listens.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listens:
        yield f"https://127.0.0.1:{listens.getsockname()[1]}"


def _closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listens:
        return f"https://127.0.0.1:{listens.getsockname()[1]}"


def test_what_does_not_answer_is_told_within_seconds(tmp_path: Path, expired: tuple[str, Path], silent: str) -> None:
    """A closed port, an expired certificate, a host without an address, a black hole: all at once, with what mends."""
    user = {"token": "S3CRET"}
    (tmp_path / "broken.json").write_text("[")
    began = time.monotonic()
    checks = checked(
        tmp_path,
        closed=document(_closed(), user),
        old=document(expired[0], user, **{"certificate-authority": str(expired[1])}),
        nobody=document("https://no-such-host.invalid:6443", user),
        silent=document(silent, user),
        empty={},
    )
    said = {each.what.removeprefix("cluster "): each.sentence.partition(": ")[2] for each in checks}

    assert time.monotonic() - began < 2 * WITHIN
    assert "nobody listens there (connection refused)" == said["closed"]
    assert "its certificate has expired" == said["old"]
    assert said["nobody"] in ("its host has no address", "its host's address cannot be looked up now")
    assert "no answer in time" == said["silent"]
    assert "its kubeconfig has no current context" == said["empty"]
    assert all(not each.ok and each.command for each in checks)
    assert "S3CRET" not in f"{checks}"


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ({"kubeconfig": "/no such/file"}, "kubectl config view --minify --flatten > '/no such/file'"),
        ({"gke": True}, "gcloud container clusters get-credentials dev --zone ZONE --project PROJECT"),
        (
            {"gke": True, "zone": "z", "project": "p"},
            "gcloud container clusters get-credentials dev --zone z --project p",
        ),
    ],
)
def test_a_kubeconfig_that_is_missing_is_made_by_this(source: Document, command: str, tmp_path: Path) -> None:
    """By what helium.yaml says of the cluster."""
    settings = EngineSettings(fleet="acme", state="file:///nowhere", pulumi=Path("pulumi"), clusters={"dev": source})
    (check,) = cluster_checks(replace(FLEET, clusters={"dev": source}), replace(settings, environment={}))

    assert (False, command) == (check.ok, check.command)
    assert "the cluster dev cannot be reached: " in check.sentence


def test_the_sandbox_needs_no_cluster() -> None:
    """And a fleet that names none has none to ask."""
    settings = EngineSettings(fleet="acme", state="file:///nowhere", pulumi=Path("pulumi"))
    (pretended,) = cluster_checks(replace(FLEET, sandbox=("kubernetes",), clusters={"dev": {}}), settings)
    (none,) = cluster_checks(FLEET, settings)

    assert [(True, "none is needed: Kubernetes is the sandbox"), (True, "helium.yaml names none")] == [
        (each.ok, each.sentence) for each in (pretended, none)
    ]


def test_only_instances_that_keep_to_their_namespace_need_to_impersonate() -> None:
    """With `clusterWide`, releases act with the rights of the pass."""

    def wide(said: bool) -> Fleet:
        return replace(FLEET, backends={"shop": {"backend": "helm", "cluster": "dev", "clusterWide": said}})

    assert (RIGHTS, ALWAYS, ALWAYS) == (
        rights_for("dev", wide(False)),
        rights_for("dev", wide(True)),
        rights_for("other", wide(False)),
    )
