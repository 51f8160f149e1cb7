"""Which cluster and project a provider's configuration means, so that two clusters never share an object.

A cluster is known by its server's address where the kubeconfig gives one for sure, else by the name of its
context. Tokens and certificates are not looked at: a fresh kubeconfig for the same cluster is the same
cluster. Pure. It reads the two lines it needs from a kubeconfig, and does not parse YAML.
"""

from __future__ import annotations

import json
import re
from typing import Any

from helium.sandbox.model import Properties
from helium.sandbox.resource_types import Setting
from helium.sandbox.secrets import UNKNOWN, plain

_SERVER = re.compile(r"^\s*(?:-\s*)?server:\s*[\"']?([^\s\"']+)", re.MULTILINE)
_CONTEXT = re.compile(r"^current-context:\s*[\"']?([^\s\"']+)", re.MULTILINE)


def setting(package: str, configuration: Properties) -> Setting:
    """What a provider of `gcp` or `kubernetes` is set to; what it leaves out gets a default that says so."""
    given = plain(configuration)
    if package == "kubernetes":
        return Setting(package, cluster(given), namespace=str(given.get("namespace") or "default"))
    usual = Setting(package)
    return Setting(
        package,
        project=str(given.get("project") or usual.project),
        zone=str(given.get("zone") or usual.zone),
    )


def cluster(given: Properties) -> str:
    """The name of the cluster that a Kubernetes provider speaks to."""
    if given.get("clusterIdentifier"):
        # Several contexts of one cluster, each with rights of its own, are told by this to be one.
        return str(given["clusterIdentifier"])
    context = given.get("context") or given.get("cluster")
    text = given.get("kubeconfig")
    if isinstance(text, dict):
        text = json.dumps(text)
    if not isinstance(text, str) or not text or text == UNKNOWN:
        return str(context or "sandbox")
    return _server(text, context) or str(context or "sandbox")


def _server(text: str, context: Any) -> str:
    try:
        form = json.loads(text)
    except ValueError:
        servers = set(_SERVER.findall(text))
        named = _CONTEXT.search(text)
        if len(servers) == 1:
            return str(servers.pop())
        return "" if context or not named else named[1]
    return _server_in(form, context) if isinstance(form, dict) else ""


def _server_in(form: Properties, context: Any) -> str:
    """The server that a kubeconfig in JSON points its context at."""
    wanted = context or form.get("current-context")
    contexts = {each.get("name"): each.get("context") or {} for each in form.get("contexts") or ()}
    clusters = {each.get("name"): each.get("cluster") or {} for each in form.get("clusters") or ()}
    found = clusters.get(contexts.get(wanted, {}).get("cluster"), {})
    return str(found.get("server") or wanted or "")
