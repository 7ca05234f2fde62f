"""Each step up keeps what was there, and its downgrade takes back only what it brought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from bot.core.messages import Part, unpack
from bot.store import migrate
from bot.store.engine import make_engine

NOW = datetime(2024, 1, 19, tzinfo=UTC)

# Times are microseconds on SQLite and timestamps on PostgreSQL.
FIRST = """
INSERT INTO course (id, key, code, title, term, zone, group_size, group_min_size, group_lock_at, created_at)
    VALUES (1, 'c', '', '', '', 'UTC', 3, 2, {lock}, {now});
INSERT INTO person (id, course_id, roster_key, name, kind, created_at)
    VALUES (1, 1, 'discord:1', 'P', 'student', {now}), (2, 1, 'page:q', 'Q', 'student', {now});
INSERT INTO study_group (id, course_id, name, name_key, created_by, created_at) VALUES (1, 1, 'G', 'g', 1, {now});
INSERT INTO group_seat (group_id, seat) VALUES (1, 1), (1, 2);
INSERT INTO membership (id, course_id, group_id, seat, person_id, joined_at, by_staff)
    VALUES (1, 1, 1, 1, 1, {now}, false);
INSERT INTO session (id, course_id, date, starts_at, ends_at, kind)
    VALUES (1, 1, '2024-01-25', {lock}, {after}, 'student_lecture'), (2, 1, '2024-01-26', {lock}, {after}, 'lecture');
INSERT INTO duty (id, course_id, session_id, role, person_id, position, assigned_at)
    VALUES (1, 1, 1, 'presenter', 2, 0, {now});
INSERT INTO pending_import (token, course_id, requested_by, at, page, plan_digest)
    VALUES ('t', 1, 'x', {now}, {page}, '');
INSERT INTO outbox (id, course_id, key, kind, deadline_at, due_at, expires_at, next_try_at, parts)
    VALUES (1, 1, 'k', 'group-lock', {lock}, {now}, {lock}, {now}, '[["Größe", ["5", "6"]]]');
"""


def _fill(engine: Engine) -> None:
    def instant(day: int) -> str:
        moment = datetime(2024, 1, day, tzinfo=UTC)
        return str(int(moment.timestamp()) * 10**6) if engine.dialect.name == "sqlite" else f"'{moment.isoformat()}'"

    page = "x'00'" if engine.dialect.name == "sqlite" else r"'\x00'"
    with engine.begin() as tx:
        for statement in FIRST.format(now=instant(19), lock=instant(24), after=instant(25), page=page).split(";\n"):
            if statement.strip():
                tx.exec_driver_sql(statement)


@pytest.fixture
def old(url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database of the first version with a row in each table that matters, taken up to the newest."""
    migrate.downgrade(url, "0001")
    engine = make_engine(url)
    _fill(engine)
    migrate.upgrade(url, backups=tmp_path / "backups", now=NOW)
    yield engine
    engine.dispose()


def _rows(engine: Engine, statement: str) -> list[Any]:
    with engine.begin() as tx:
        return [tuple(row) for row in tx.execute(text(statement))]


def test_what_was_there_is_there(old: Engine) -> None:
    assert _rows(old, "SELECT id, origin FROM person ORDER BY id") == [(1, "met"), (2, "page")]
    assert _rows(old, "SELECT id, person_id, invitation_id FROM membership") == [(1, 1, None)]
    assert _rows(old, "SELECT person_id, group_duty_id FROM duty") == [(2, None)]
    assert _rows(old, "SELECT session_id, role, place FROM duty_seat ORDER BY role") == [
        (1, role, 1) for role in ("presenter", "reviewer", "summarizer")
    ]
    assert _rows(old, "SELECT join_by_request, linked_only FROM course") in ([(0, 0)], [(False, False)])


def test_a_message_frozen_before_goes_out_word_for_word(old: Engine) -> None:
    ((parts,),) = _rows(old, "SELECT parts FROM outbox")
    assert unpack(parts) == [Part("Größe", ("5", "6"))]


def test_new_references_and_checks_hold_in_an_upgraded_database(old: Engine) -> None:
    for broken in (
        "UPDATE membership SET invitation_id = 99",
        "UPDATE duty SET group_duty_id = 99",
        "UPDATE person SET origin = 'elsewhere'",
    ):
        with pytest.raises(IntegrityError), old.begin() as tx:
            tx.execute(text(broken))


def test_the_way_back_keeps_the_rows_and_the_lock(old: Engine, url: str) -> None:
    migrate.downgrade(url, "0001")
    assert _rows(old, "SELECT id, name FROM person ORDER BY id") == [(1, "P"), (2, "Q")]
    assert _rows(old, "SELECT parts FROM outbox") == [('[["Größe", ["5", "6"]]]',)]
    late = "9999999999999999" if old.dialect.name == "sqlite" else "'2030-01-01'"
    with pytest.raises(IntegrityError, match="groups_locked"), old.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO membership (id, course_id, group_id, seat, person_id, joined_at, by_staff) "
                f"VALUES (9, 1, 1, 2, 2, {late}, false)"
            )
        )
