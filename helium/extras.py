"""What of Helium is installed apart from its base, and the sentence that a command ends with where that is missing.

A job that checks a pull request installs the base alone. It knows nothing of what the packages are for.
"""

from __future__ import annotations

from collections.abc import Mapping

from helium.errors import UsageError

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "engine": ("pulumi", "pulumi_gcp", "pulumi_kubernetes", "grpc", "google.protobuf", "lightkube"),
    "buckets": ("botocore", "google.auth", "obstore", "urllib3"),
    "github-app": ("cryptography", "jwt"),
    "keyring": ("keyring",),
    "mcp": ("mcp", "pydantic"),
    "notify": ("apprise",),
    "serve": ("cryptography", "jwt", "litestar", "jinja2", "prometheus_client", "uvicorn"),
}
"""Each extra of `pyproject.toml`, and what one imports of it. Of several with a module, the first is the smallest."""


class MissingExtraError(UsageError):
    """A command needs packages that were left out when Helium was installed."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(
            f"This command needs {module}, which belongs to Helium's extra `{extra}` and is not installed here. "
            f"Install it: pip install 'helium-workspaces[{extra}]' (in a clone of Helium: make setup)."
        )


def missing(error: ModuleNotFoundError) -> MissingExtraError | None:
    """The error to show instead, if the module belongs to an extra."""
    name = f"{error.name}."
    for extra, modules in EXTRAS.items():
        if any(name.startswith(f"{module}.") or f"{module}.".startswith(name) for module in modules):
            return MissingExtraError(extra, str(error.name))
    return None


def require(extra: str, *, among: Mapping[str, tuple[str, ...]] = EXTRAS) -> None:
    """Refuse to begin what would fail in the middle. `MissingExtraError`."""
    from importlib.util import find_spec

    for module in among[extra]:
        # A part of a namespace package is looked for only where the package itself is.
        if find_spec(module.partition(".")[0]) is None or find_spec(module) is None:
            raise MissingExtraError(extra, module)
