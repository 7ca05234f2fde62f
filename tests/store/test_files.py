"""The folder of files: whole, once each, swept up when nothing wants them."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.files import FileStore
from tests.conftest import NOW

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_content_lies_under_its_hash_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "new" / "files")
    assert store.keep(b"abc", NOW) == store.keep(b"abc", NOW) == ABC
    assert _names(store.folder) == [f"ba/{ABC}"]
    assert store.read(ABC) == b"abc"
    mode = (store.folder / "ba" / ABC).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600  # its owner's, and never executable


def test_what_is_gone_or_damaged_is_not_handed_out(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.keep(b"abc", NOW)
    (tmp_path / "ba" / ABC).write_bytes(b"abd")
    assert store.read(ABC) is None
    assert store.read("0" * 64) is None
    for strange in ("../x", ABC.upper(), ""):
        with pytest.raises(ValueError, match="no SHA-256"):
            store.read(strange)


def test_only_what_nobody_wants_for_an_hour_is_swept_up(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    wanted, other = store.keep(b"wanted", NOW), store.keep(b"other", NOW)
    left = tmp_path / other[:2] / "new-left-by-a-crash"
    left.write_bytes(b"half")
    os.utime(left, (NOW.timestamp(), NOW.timestamp()))
    assert store.sweep({wanted}, NOW + timedelta(hours=1)) == 0
    store.keep(b"other", NOW + timedelta(minutes=30))  # handed in again, by somebody whose hand-in is being written
    assert store.sweep({wanted}, NOW + timedelta(minutes=61)) == 1
    assert store.read(other) == b"other"
    assert store.sweep({wanted}, NOW + timedelta(hours=2)) == 1
    assert _names(tmp_path) == [f"{wanted[:2]}/{wanted}"]


def test_a_disk_that_takes_nothing_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        FileStore(tmp_path).keep(b"abc", NOW)
    assert _names(tmp_path) == []
