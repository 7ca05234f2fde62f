"""A whole course in a folder or a zip file: named contents, and a manifest with the SHA-256 of each.

    manifest.json     format, schema revision, course, rows a table, and size and SHA-256 of every file below
    README.txt        what is here
    tables/NAME.jsonl one row a line, as JSON
    csv/NAME.csv      what people open in a spreadsheet; nothing is read back from these
    files/SHA256      what was handed in
    keys.json         secrets, if asked for

Everything is written in the same order, without times of writing: what has not changed is exported to the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.core.errors import CourseError

FORMAT = "colloquy-course"
VERSION = 1
MANIFEST, KEYS, README = "manifest.json", "keys.json", "README.txt"
TABLES, FILES = "tables/{}.jsonl", "files/{}"

_ABOUT = """\
A course, exported from Colloquy.

tables/    every table, one row a line (JSON Lines). Times are in UTC, ids as in the database.
csv/       the same for spreadsheets: people, groups, duties, questions, hand-ins, attendance, marks, excuses.
files/     what was handed in, each file named by its SHA-256; csv/hand-ins.csv says whose it is and what it was called.
keys.json  only if asked for: what signs receipts, codes for /link, secret addresses. Keep it apart from the rest.

Ballots of votes that are still open are not here: they are secret, and would not be beside what leads back to voters.

`python -m bot import --config config.toml THIS` puts it into an empty database, SQLite or PostgreSQL.
This is about people: keep it as you keep grades.
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export says of itself."""

    schema: str
    course: str
    rows: Mapping[str, int]
    files: Mapping[str, str]


class _Target(Protocol):
    def add(self, name: str, data: bytes) -> None: ...

    def close(self) -> None: ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True, mode=0o700)

    def add(self, name: str, data: bytes) -> None:
        path = self._path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    def close(self) -> None:
        pass


class _Zip:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, data: bytes) -> None:
        info = zipfile.ZipInfo(name)  # at the beginning of 1980: the same bytes whenever it is written
        info.external_attr = 0o600 << 16
        self._zip.writestr(info, data, zipfile.ZIP_DEFLATED)

    def close(self) -> None:
        self._zip.close()


def write(
    out: Path, schema: str, course: str, tables: Mapping[str, list[dict[str, Any]]], more: Iterable[tuple[str, bytes]]
) -> None:
    """Write an export to `out`, a zip file if it ends so; `more` are further contents by name.

    It appears whole or not at all, and only its owner can read it.

    Raises:
        CourseError: there is something at `out` already.
    """
    zipped = out.suffix.lower() == ".zip"
    if out.exists() and (zipped or not out.is_dir() or any(out.iterdir())):
        raise CourseError(f"{out} exists: name a new file or folder to export to")
    partial = out.with_name(out.name + ".partial")
    _remove(partial)
    target: _Target = _Zip(partial) if zipped else _Folder(partial)
    try:
        listed: dict[str, dict[str, object]] = {}

        def add(name: str, data: bytes) -> None:
            target.add(name, data)
            listed[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

        for name, rows in tables.items():
            add(TABLES.format(name), b"".join(_line(row) for row in rows))
        for name, data in more:
            add(name, data)
        add(README, _ABOUT.encode())
        counts = {name: len(rows) for name, rows in tables.items()}
        says = {"format": FORMAT, "version": VERSION, "schema": schema, "course": course, "rows": counts}
        target.add(MANIFEST, (json.dumps(says | {"files": listed}, indent=2) + "\n").encode())
        target.close()
        if out.exists():
            out.rmdir()  # it was empty
        partial.replace(out)
    finally:
        _remove(partial)


def _line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=False) + "\n").encode()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class Archive:
    """An export to read. What it names was checked against its manifest, once, by `check`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        if not path.exists():
            raise CourseError(f"{path}: there is no such file or folder")
        if not path.is_dir():
            try:
                self._zip = zipfile.ZipFile(path)
            except zipfile.BadZipFile:
                raise self._bad("it is neither a folder nor a zip file") from None
        self.manifest = self._manifest()

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _bad(self, why: str) -> CourseError:
        return CourseError(f"{self._path}: {why}; nothing was imported")

    def _manifest(self) -> Manifest:
        data = self._get(MANIFEST)
        if data is None:
            raise self._bad(f"it is no export of a course ({MANIFEST} is missing)")
        try:
            says = json.loads(data)
            if (says["format"], says["version"]) != (FORMAT, VERSION):
                raise self._bad(f"it is in another format ({says['format']}, version {says['version']})")
            files = {str(name): str(one["sha256"]) for name, one in says["files"].items()}
            rows = {str(name): int(count) for name, count in says["rows"].items()}
            return Manifest(str(says["schema"]), str(says["course"]), rows, files)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._bad(f"its {MANIFEST} cannot be read") from None

    def check(self) -> None:
        """Compare everything with the manifest; keys may be left out.

        Raises:
            CourseError: something is missing or was changed.
        """
        for name, digest in self.manifest.files.items():
            data = self._get(name)
            if data is None and name == KEYS:
                continue
            if data is None:
                raise self._bad(f"{name} is missing")
            if hashlib.sha256(data).hexdigest() != digest:
                raise self._bad(f"{name} is not what was exported (its SHA-256 differs from {MANIFEST})")
        for name, count in self.manifest.rows.items():
            if len(self.rows(name)) != count:
                raise self._bad(f"{TABLES.format(name)} has not as many rows as {MANIFEST} says")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table.

        Raises:
            CourseError: they cannot be read.
        """
        data = self._listed(TABLES.format(table)) or b""
        try:
            found = [json.loads(line) for line in data.decode().split("\n") if line]
        except ValueError:
            found = [None]
        if not all(isinstance(row, dict) for row in found):
            raise self._bad(f"{TABLES.format(table)} cannot be read")
        return found

    def keys(self) -> dict[str, list[dict[str, Any]]] | None:
        """What is in keys.json, None without it."""
        data = self._listed(KEYS)
        return json.loads(data) if data is not None else None

    def files(self) -> Iterable[tuple[str, bytes]]:
        """Hash and content of each file, one at a time."""
        start = FILES.format("")
        for name in self.manifest.files:
            if name.startswith(start):
                yield name.removeprefix(start), self._listed(name) or b""

    def _listed(self, name: str) -> bytes | None:
        return self._get(name) if name in self.manifest.files else None

    def _get(self, name: str) -> bytes | None:
        try:
            if self._zip is not None:
                return self._zip.read(name)
            path = self._path / name
            if not path.resolve().is_relative_to(self._path.resolve()):
                raise self._bad(f"{name} leads out of it")
            return path.read_bytes()
        except (KeyError, FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
            raise self._bad(f"{name} cannot be read") from None
