"""What is installed apart from the base: how its absence is told."""

from __future__ import annotations

import pytest

from helium.extras import EXTRAS, MissingExtraError, missing, require


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("pulumi", "engine"),
        ("pulumi.automation", "engine"),
        ("google.protobuf.empty_pb2", "engine"),
        ("google.auth", "buckets"),
        ("litestar", "serve"),
    ],
)
def test_a_missing_module_is_told_by_its_extra(module: str, extra: str) -> None:
    """Also by a part of it."""
    told = missing(ModuleNotFoundError(f"No module named {module!r}", name=module))

    assert told is not None
    assert f"pip install 'helium-workspaces[{extra}]'" in str(told)


@pytest.mark.parametrize("module", ["yaml", "pulumi_of_others", "helium.nothing"])
def test_any_other_missing_module_is_a_bug(module: str) -> None:
    """Nobody is sent to install what would not help."""
    assert missing(ModuleNotFoundError(name=module)) is None


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_is_installed_is_found(extra: str) -> None:
    """Here, all of them are."""
    require(extra)


def test_what_is_not_installed_is_refused_before_it_is_needed() -> None:
    """The sentence names the module."""
    with pytest.raises(MissingExtraError, match=r"needs not_there\.at_all.*extra `engine`"):
        require("engine", among={"engine": ("pulumi", "not_there.at_all")})
