"""Migrations in both directions on both databases, and rules that raw SQL cannot break."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from bot.store import migrate
from bot.store.engine import make_engine
from bot.store.migrate import SchemaError
from bot.store.tables import account, course, group_seat, membership, metadata, person, study_group

NOW = datetime(2024, 1, 19, tzinfo=UTC)
LOCK = NOW + timedelta(days=4)


def test_the_newest_revision_is_the_one_that_start_up_expects() -> None:
    assert ScriptDirectory.from_config(migrate._config("sqlite://")).get_heads() == [migrate.HEAD]


def test_down_to_nothing_and_up_again(url: str, tmp_path: Path) -> None:
    migrate.check(url)
    migrate.downgrade(url, "base")
    engine = make_engine(url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(url, backups=tmp_path / "backups", now=NOW)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *metadata.tables}
    engine.dispose()
    assert migrate.current(url) == migrate.HEAD


def test_an_upgrade_keeps_a_backup(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(sqlite_url)
    with engine.begin() as tx:
        tx.execute(text("INSERT INTO fact VALUES ('kept', 'yes', 0)"))
    engine.dispose()
    migrate.downgrade(sqlite_url, "0001")
    saved = migrate.upgrade(sqlite_url, backups=tmp_path / "backups", now=NOW)
    assert saved is not None
    with closing(sqlite3.connect(saved)) as copy:
        assert copy.execute("SELECT value FROM fact").fetchall() == [("yes",)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_a_current_database_is_left_alone(url: str, tmp_path: Path) -> None:
    assert migrate.upgrade(url, backups=tmp_path / "backups", now=NOW) is None
    assert not (tmp_path / "backups").exists()


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'not' / 'there' / 'yet.db'}"
    migrate.upgrade(url, backups=tmp_path, now=NOW)
    assert migrate.current(url) == migrate.HEAD


def test_a_newer_database_is_refused(url: str, tmp_path: Path) -> None:
    engine = make_engine(url)
    with engine.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SchemaError, match="newer"):
        migrate.upgrade(url, backups=tmp_path, now=NOW)


def test_backup_and_restore(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(sqlite_url)
    with engine.begin() as tx:
        tx.execute(text("INSERT INTO fact VALUES ('a', 'before', 0)"))
    saved = migrate.backup(sqlite_url, tmp_path / "copies" / "one.db")
    with engine.begin() as tx:
        tx.execute(text("UPDATE fact SET value = 'after'"))
    engine.dispose()
    migrate.restore(sqlite_url, saved)
    with closing(sqlite3.connect(migrate.sqlite_path(sqlite_url))) as live:
        assert live.execute("SELECT value FROM fact").fetchall() == [("before",)]


def test_a_broken_backup_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"this is not a database" * 100)
    before = migrate.sqlite_path(sqlite_url).read_bytes()
    for bad in (tmp_path / "bad.db", tmp_path / "missing.db"):
        with pytest.raises(SchemaError, match="nothing was changed"):
            migrate.restore(sqlite_url, bad)
    assert migrate.sqlite_path(sqlite_url).read_bytes() == before


def test_a_missing_database_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no database yet"):
        migrate.backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    with made.begin() as tx:
        values = {"code": "", "title": "", "term": "", "zone": "UTC", "group_size": 3, "group_min_size": 2}
        tx.execute(course.insert().values(id=1, key="c", group_lock_at=LOCK, created_at=NOW, **values))
        for n in range(1, 7):
            tx.execute(
                person.insert().values(id=n, course_id=1, roster_key=f"p{n}", name="P", kind="student", created_at=NOW)
            )
        for n in (1, 2):
            tx.execute(
                study_group.insert().values(
                    id=n, course_id=1, name=f"G{n}", name_key=f"g{n}", created_by=1, created_at=NOW
                )
            )
            tx.execute(group_seat.insert(), [{"group_id": n, "seat": seat} for seat in (1, 2, 3)])
        _seat(tx, 1, 1, 1)
    yield made
    made.dispose()


def _seat(tx: Connection, group: int, seat: int, who: int, at: datetime = NOW, by_staff: bool = False) -> None:
    values = {"course_id": 1, "group_id": group, "seat": seat, "person_id": who, "joined_at": at}
    tx.execute(membership.insert().values(by_staff=by_staff, **values))


def _refused(engine: Engine, group: int, seat: int, who: int, **more: object) -> bool:
    try:
        with engine.begin() as tx:
            _seat(tx, group, seat, who, **more)  # type: ignore[arg-type]
    except IntegrityError:
        return True
    return False


def test_a_seat_has_one_holder(engine: Engine) -> None:
    assert _refused(engine, 1, 1, 2)
    assert not _refused(engine, 1, 2, 2)


def test_a_group_has_no_fourth_seat(engine: Engine) -> None:
    assert _refused(engine, 1, 4, 2)


def test_a_person_is_in_one_group(engine: Engine) -> None:
    assert _refused(engine, 2, 1, 1)


def test_a_person_who_left_may_join_another(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(membership.update().values(left_at=NOW))
    assert not _refused(engine, 2, 1, 1)
    assert not _refused(engine, 1, 1, 2)


def test_nobody_joins_after_the_lock_but_by_staff(engine: Engine) -> None:
    assert not _refused(engine, 1, 2, 2, at=LOCK - timedelta(microseconds=1))
    assert _refused(engine, 1, 3, 3, at=LOCK)
    assert not _refused(engine, 1, 3, 3, at=LOCK, by_staff=True)


def test_nobody_leaves_after_the_lock_but_by_staff(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match="groups_locked"), engine.begin() as tx:
        tx.execute(membership.update().values(left_at=LOCK))
    with engine.begin() as tx:
        tx.execute(membership.update().values(left_at=LOCK, by_staff=True))


def test_without_a_lock_date_nothing_is_locked(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(course.update().values(group_lock_at=None))
    assert not _refused(engine, 1, 2, 2, at=LOCK + timedelta(days=99))


def test_two_open_groups_cannot_share_a_name(engine: Engine) -> None:
    row = {"course_id": 1, "name": "g1", "name_key": "g1", "created_by": 1, "created_at": NOW}
    with pytest.raises(IntegrityError), engine.begin() as tx:
        tx.execute(study_group.insert().values(**row))
    with engine.begin() as tx:
        tx.execute(study_group.update().where(study_group.c.id == 1).values(dissolved_at=NOW))
        tx.execute(study_group.insert().values(id=9, **row))


def test_an_account_belongs_to_one_person(engine: Engine) -> None:
    row = {"course_id": 1, "platform": "discord", "user_id": "5", "created_at": NOW}
    with engine.begin() as tx:
        tx.execute(account.insert().values(person_id=1, **row))
    with pytest.raises(IntegrityError), engine.begin() as tx:
        tx.execute(account.insert().values(person_id=2, **row))
    with pytest.raises(IntegrityError), engine.begin() as tx:
        tx.execute(account.insert().values(person_id=1, **{**row, "user_id": "6"}))
