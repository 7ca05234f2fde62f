"""A whole course out of one database and into another: what comes out again is the same to the byte."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.core.errors import CourseError
from bot.exporters.archive import Archive
from bot.services.course_archive import CourseArchive, check_course
from bot.store.database import Database
from bot.store.files import FileStore
from bot.store.tables import (
    attendance,
    ballot,
    course,
    course_secret,
    feed,
    link_code,
    person,
    proposal,
    question,
    stored_file,
    vote_key,
)
from tests.conftest import NOW
from tests.support import postgres
from tests.support.full_course import BEGIN, CONTENTS, fill

KEY = "eecs-598-w24"
AFTER = NOW + timedelta(days=200)


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
async def there(sqlite_url: str, tmp_path: Path) -> AsyncIterator[CourseArchive]:
    """A full course."""
    database = Database(sqlite_url)
    store = FileStore(tmp_path / "files")
    for data in CONTENTS:
        store.keep(data, NOW)
    await database.write(fill)
    yield CourseArchive(database, KEY, store)
    database.close()


@pytest.mark.parametrize("with_keys", [True, False])
async def test_what_is_imported_exports_to_the_same_bytes(
    there: CourseArchive, postgres_server: postgres.Server, migrated_postgres: str, tmp_path: Path, with_keys: bool
) -> None:
    """From SQLite to PostgreSQL, with a start in between that has entered the course, ids and files included."""
    first, second = tmp_path / "first", tmp_path / "second.zip"
    done = await there.export(first, with_keys=with_keys)
    assert (done.files, done.missing, done.open_votes) == (2, (), 1)
    url = postgres_server.new_database(migrated_postgres)
    target = Database(url)
    try:
        names = {"code": "c", "title": "t", "term": "W24", "zone": "UTC", "group_size": 3, "group_min_size": 2}
        await target.write(
            lambda tx: tx.execute(insert(course).values(id=7, key=KEY, created_at=NOW, **names)) and None
        )
        other = CourseArchive(target, KEY, FileStore(tmp_path / "other files"))
        with Archive(first) as source:
            source.check()
            check_course(source, KEY)
            put = await other.restore(source, NOW, replace=False)
        assert (put.rows, put.files, put.with_keys, put.open_votes) == (done.rows, 2, with_keys, 1)
        await other.export(second, with_keys=with_keys)
        with zipfile.ZipFile(second) as zipped:
            assert {name: zipped.read(name) for name in zipped.namelist()} == _tree(first)
        # New rows get new ids, and the lock date holds again.
        new = {"course_id": 1, "roster_key": "new", "name": "New", "kind": "student", "created_at": NOW}
        await target.write(lambda tx: tx.execute(insert(person).values(**new)) and None)
        assert (await target.read(lambda tx: tx.execute(select(person.c.id)).scalars().all())) == [1, 2, 3]
        with Archive(second) as source:
            with pytest.raises(CourseError, match="not empty"):
                await other.restore(source, NOW, replace=False)
            await other.restore(source, NOW, replace=True)
        assert (await target.read(lambda tx: tx.execute(select(person.c.id)).scalars().all())) == [1, 2]
    finally:
        target.close()
        postgres_server.drop_database(url)


async def test_secrets_are_apart_and_ballots_nowhere(there: CourseArchive, tmp_path: Path) -> None:
    plain, full = tmp_path / "plain", tmp_path / "full"
    await there.export(plain, with_keys=False)
    await there.export(full, with_keys=True)
    assert set(_tree(full)) - set(_tree(plain)) == {"keys.json"}
    assert (full.stat().st_mode & 0o777) == 0o700
    secret = (full / "keys.json").read_text()
    assert set(json.loads(secret)) == {"link_code", "course_secret", "feed", "panel", "attendance"}
    assert "link_code.code 1" in secret
    everything = b"\n".join(_tree(full).values()).decode()
    readable = b"\n".join(_tree(plain).values()).decode()
    for hidden in ("link_code.code", "feed.token", "panel.projector"):
        assert hidden in everything
        assert hidden not in readable
    for never in ("ballot.choices", "proposal.kind"):
        assert never not in everything
    voters = [json.loads(line) for line in (plain / "tables/vote_voter.jsonl").read_text().splitlines()]
    assert [(row["vote_id"], row["voted"]) for row in voters] == [(1, False), (2, True)]


async def test_without_keys_secrets_are_made_anew_and_an_open_vote_begins_again(
    there: CourseArchive, tmp_path: Path
) -> None:
    await there.export(tmp_path / "out", with_keys=False)
    database = there._database
    before = await database.read(lambda tx: tx.execute(select(attendance.c.key)).scalars().all())
    with Archive(tmp_path / "out") as source:
        await there.restore(source, NOW, replace=True)
    for table in (link_code, course_secret, feed, ballot, proposal):
        assert await database.read(lambda tx, table=table: tx.execute(select(table)).all()) == []
    after = await database.read(lambda tx: tx.execute(select(attendance.c.key)).scalars().all())
    assert not set(before) & set(after)
    assert [len(key) for key in await database.read(lambda tx: tx.execute(select(vote_key.c.key)).scalars().all())] == [
        32
    ]


async def test_a_spreadsheet_takes_nothing_for_a_formula(there: CourseArchive, tmp_path: Path) -> None:
    await there._database.write(lambda tx: tx.execute(update(question).values(text='=HYPERLINK("x")')) and None)
    await there.export(tmp_path / "out", with_keys=False)
    sheets = {
        path.stem: list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
        for path in (tmp_path / "out/csv").iterdir()
    }
    assert set(sheets) == {"people", "groups", "duties", "questions", "hand-ins", "attendance", "marks", "excuses"}
    assert all(len(lines) == 2 for lines in sheets.values())
    assert {line["Question"] for line in sheets["questions"]} == {'\'=HYPERLINK("x")'}
    assert sheets["people"][0]["Login"] == "quintax77"
    assert sheets["people"][1]["Login"] == ""
    assert sheets["attendance"][0]["At"] == "2024-01-20 10:00"  # the course's wall clock
    assert sheets["hand-ins"][0]["Files"].endswith(f"({hashlib.sha256(CONTENTS[0]).hexdigest()})")


def _damage_table(out: Path) -> None:
    path = out / "tables/person.jsonl"
    path.write_text(path.read_text().replace("Student02", "Student03"))


def _of(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def act(out: Path) -> None:
        manifest = json.loads((out / "manifest.json").read_text())
        change(manifest)
        (out / "manifest.json").write_text(json.dumps(manifest))

    return act


def _unlisted(out: Path) -> None:
    (out.parent / "outside").write_bytes(b"x")
    listed = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    _of(lambda manifest: manifest["files"].update({"files/../../outside": listed}))(out)  # type: ignore[attr-defined]


def _read(out: Path) -> None:
    with Archive(out) as source:
        source.check()
        check_course(source, KEY)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_damage_table, "tables/person.jsonl is not what was exported"),
        (lambda out: (out / "csv/people.csv").unlink(), "csv/people.csv is missing"),
        (lambda out: (out / "manifest.json").unlink(), "no export of a course"),
        (lambda out: (out / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (_of(lambda manifest: manifest.update(format="other")), "another format"),
        (_of(lambda manifest: manifest["rows"].update(person=3)), "not as many rows"),  # type: ignore[attr-defined]
        (_of(lambda manifest: manifest.update(schema="0001")), "schema revision 0001"),
        (_of(lambda manifest: manifest.update(course="other")), "of the course other"),
        (_unlisted, "leads out of it"),
    ],
)
async def test_what_was_damaged_is_refused(
    there: CourseArchive, tmp_path: Path, damage: Callable[[Path], object], why: str
) -> None:
    await there.export(tmp_path / "out", with_keys=True)
    (tmp_path / "out/keys.json").unlink()  # that one may be kept apart
    _read(tmp_path / "out")
    damage(tmp_path / "out")
    with pytest.raises(CourseError, match=why):
        _read(tmp_path / "out")


async def test_what_does_not_fit_changes_nothing(there: CourseArchive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    await there.export(out, with_keys=True)
    with pytest.raises(CourseError, match="exists"):
        await there.export(out, with_keys=True)
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []
    (tmp_path / "words.zip").write_text("words")
    for source, why in ((tmp_path / "nowhere", "no such file"), (tmp_path / "words.zip", "neither a folder nor a zip")):
        with pytest.raises(CourseError, match=why):
            Archive(source)
    path = out / "tables/person.jsonl"
    path.write_text(path.read_text().replace('"name"', '"nom"'))
    with Archive(out) as odd, pytest.raises(CourseError, match="rows of person do not fit"):
        await there.restore(odd, NOW, replace=True)
    names = {"code": "c", "title": "t", "term": "W24", "zone": "UTC", "group_size": 3, "group_min_size": 2}
    await there._database.write(
        lambda tx: tx.execute(insert(course).values(key="two", created_at=NOW, **names)) and None
    )
    with Archive(out) as source, pytest.raises(CourseError, match=r"another course too \(two\)"):
        await there.restore(source, NOW, replace=True)
    assert len(await there._database.read(lambda tx: tx.execute(select(person)).all())) == 2


async def test_a_purge_waits_for_the_end_and_deletes_files_too(there: CourseArchive, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="the course runs until"):
        await there.purge(BEGIN)
    shown = await there.preview_purge(AFTER)
    assert (shown.people, shown.files) == (2, 2)
    assert (await there.purge(AFTER)) == shown
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert (
        await there._database.read(lambda tx: tx.execute(select(stored_file.c.deleted_at)).scalars().all())
        == [AFTER] * 2
    )
    done = await there.export(tmp_path / "rest", with_keys=True)
    assert (done.files, done.missing) == (0, ())
