"""A file that is written whole: the new content or the old one, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.files import write_whole


def test_it_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """Nothing else is left in the folder."""
    file = tmp_path / "settings"
    for data in (b"old", b"new"):
        write_whole(file, data)
        assert ([file], data) == ([*tmp_path.iterdir()], file.read_bytes())


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """A folder of that name stays, and so does what is in it."""
    (tmp_path / "settings" / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="settings"):
        write_whole(tmp_path / "settings", b"new")

    assert [tmp_path / "settings"] == [*tmp_path.iterdir()]
    assert (tmp_path / "settings" / "inner").is_dir()
