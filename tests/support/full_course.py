"""A course with two rows in every table: the first of each is one person's, the second somebody else's, and the texts
of both name the first person in every way there is."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Float,
    LargeBinary,
    Table,
    Text,
    insert,
    text,
    update,
)

from bot.store.personal import BY_TABLE
from bot.store.tables import course, metadata
from bot.store.types import UtcDateTime

NAME, LOGIN, EMAIL, USER_ID = "Quinta Xylander", "quintax77", "quintax@umich.example", "771122334455667788"
TRACES = (NAME, LOGIN, EMAIL, USER_ID)
OTHER_ID = "889900112233445566"
BEGIN = datetime(2024, 1, 19, 15, 0, tzinfo=UTC)

CONTENTS = (b"the first file", b"the second file")
_HASHES = tuple(hashlib.sha256(data).hexdigest() for data in CONTENTS)
_TOLD = f"{NAME} ({LOGIN}, {EMAIL}) is <@{USER_ID}>"

# What the tables' own rules want to be so.
_SPECIAL: dict[str, dict[str, tuple[Any, Any]]] = {
    "course": {
        "zone": ("America/Detroit",) * 2,
        "key": ("eecs-598-w24",) * 2,
        "place": ("discord:1",) * 2,
        "group_lock_at": (None,) * 2,
    },
    "person": {
        "name": (NAME, "Student02"),
        "roster_key": (LOGIN, "student02"),
        "email": (EMAIL, None),
        "section": ("001", "002"),
        "kind": ("student", "student"),
        "origin": ("roster", "met"),
        "dropped_at": (None, None),
    },
    "account": {"platform": ("discord", "discord")},
    "link_attempt": {"platform": ("discord", "discord")},
    "seeking_with": {"other_id": (2, 1)},
    "question": {"under_id": (None, 1)},
    "question_vote": {"question_id": (2, 1), "author_id": (2, 1)},
    "session": {"cancelled_at": (None, BEGIN)},
    "milestone": {"removed_at": (None, BEGIN)},
    "group_duty": {"place": (1, 1), "role": ("presenter",) * 2},
    "duty_seat": {"place": (1, 1), "role": ("presenter",) * 2},
    "swap": {"wanted_id": (2, 1)},
    "membership": {"by_staff": (False, False), "left_at": (None, None)},
    "feed": {"group_id": (None, None)},
    "vote": {"state": ("open", "closed"), "closed_at": (None, BEGIN)},
    "draft": {"group_id": (None, 2)},
    "hand_in": {"kind": ("summary", "milestone"), "session_id": (1, None), "milestone_id": (None, 2)},
    "office_hours": {"slot_minutes": (15, 15), "cancelled_at": (None, None)},
    "outbox": {"state": ("sent", "planned"), "destination": (f"dm:{USER_ID}", "5"), "parts": (_TOLD, _TOLD)},
    "stored_file": {"sha256": _HASHES, "deleted_at": (None, None)},
    "hand_in_file": {"sha256": _HASHES},
    "preference": {"quiet_from": (60, None), "quiet_to": (120, None)},
    "recap_source": {"added_by_id": (2, 1)},
    "recap": {"session_id": (2, 2)},
}


def fill(tx: Connection) -> None:
    """Put the rows into an empty, migrated database."""
    for table in metadata.sorted_tables:
        for n in (1, 2):
            if table.name == "course" and n == 2:
                continue
            tx.execute(insert(table).values(_row(table, n)))
    # Staff have moved the lock to before some joined.
    tx.execute(update(course).values(group_lock_at=BEGIN, invites_until=None))
    if tx.dialect.name == "postgresql":
        for table in metadata.sorted_tables:
            if table.autoincrement_column is not None and table.autoincrement_column.name == "id":
                tx.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), 2)"))


def _row(table: Table, n: int) -> dict[str, Any]:
    special = _SPECIAL.get(table.name, {})
    return {
        name: special[name][n - 1] if name in special else _value(table, column, n) for name, column in table.c.items()
    }


def _value(table: Table, column: Column[Any], n: int) -> Any:
    if column.name == "course_id":
        return 1
    allowed = _allowed(table, column)
    if allowed:
        return allowed[0]
    if isinstance(column.type, UtcDateTime):
        later = column.name in ("ends_at", "closes_at", "until", "left_at", "cancelled_at", "answered_at")
        return BEGIN + timedelta(days=n, hours=later)
    if isinstance(column.type, Date):
        return date(2024, 1, 20 + n)
    if isinstance(column.type, LargeBinary):
        return f"{table.name}.{column.name} {n}".encode().ljust(32, b"=")
    if isinstance(column.type, Text):
        return _text(table, column, n)
    if isinstance(column.type, Boolean):
        return True
    return 1.5 * n if isinstance(column.type, Float) else n


def _allowed(table: Table, column: Column[Any]) -> list[str]:
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            found = re.fullmatch(rf"{column.name} IN \((.*)\)", str(check.sqltext))
            if found:
                return re.findall(r"'(\w+)'", found[1])
    return []


def _text(table: Table, column: Column[Any], n: int) -> str:
    rule, name = BY_TABLE[table], column.name
    user_id = USER_ID if n == 1 else OTHER_ID
    if name in rule.keys.split():
        return f"discord:{user_id}"
    if name in rule.user_ids.split():
        return user_id
    own = f"{table.name}.{name} {n}"
    if name in rule.plain.split():
        return own
    return f"{own}: {_TOLD}".casefold() if name in rule.folded.split() else f"{own}: {_TOLD}"
