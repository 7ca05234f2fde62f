"""Queries on how people want to be reminded, and what they have put off."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, select

from bot.core.policy_values import parse_leads
from bot.core.preferences import Preference
from bot.store.tables import account, person, preference, snooze
from bot.store.upsert import insert_for


def every(tx: Connection, course_id: int) -> dict[int, Preference]:
    """By person; who is not in it has the course's defaults."""
    rows = tx.execute(select(preference).where(preference.c.course_id == course_id))
    return {row.person_id: _preference(row) for row in rows}


def of_person(tx: Connection, person_id: int) -> Preference:
    """What a person has chosen, or the defaults."""
    row = tx.execute(select(preference).where(preference.c.person_id == person_id)).first()
    return _preference(row) if row else Preference()


def put(tx: Connection, course_id: int, person_id: int, chosen: Preference) -> None:
    """Keep what a person has chosen."""
    leads = None
    if chosen.leads is not None:
        leads = ",".join(f"{int(lead.total_seconds())}s" for lead in chosen.leads) or "none"
    quiet_from, quiet_to = chosen.quiet or (None, None)
    values = {
        "course_id": course_id,
        "leads": leads,
        "via": "dm" if chosen.direct else "channel",
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "zone": chosen.zone.key if chosen.zone else None,
        "digest_at": chosen.digest_at,
    }
    statement = insert_for(tx, preference).values(person_id=person_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))


def reset(tx: Connection, person_id: int) -> None:
    """Back to the course's defaults."""
    tx.execute(delete(preference).where(preference.c.person_id == person_id))


def snoozes(tx: Connection, course_id: int) -> dict[tuple[int, str], datetime]:
    """Until when each person has put off what, past ones included."""
    rows = tx.execute(
        select(snooze.c.person_id, snooze.c.subject, snooze.c.until).where(snooze.c.course_id == course_id)
    )
    return {(row.person_id, row.subject): row.until for row in rows}


def put_off(tx: Connection, course_id: int, person_id: int, subject: str, until: datetime) -> None:
    """Send the person nothing about it before `until`."""
    statement = insert_for(tx, snooze).values(course_id=course_id, person_id=person_id, subject=subject, until=until)
    tx.execute(statement.on_conflict_do_update(index_elements=["person_id", "subject"], set_={"until": until}))


def person_of(tx: Connection, course_id: int, platform: str, user_id: str) -> int | None:
    """Who has this account in the course: in a direct message no server says which course is meant."""
    statement = select(person.c.id).join(account, account.c.person_id == person.c.id)
    here = (account.c.course_id == course_id, account.c.platform == platform, account.c.user_id == user_id)
    return tx.execute(statement.where(*here, person.c.dropped_at.is_(None))).scalar()


def _preference(row: Row[*tuple[object, ...]]) -> Preference:
    return Preference(
        leads=parse_leads(row.leads) if row.leads else None,
        direct=row.via == "dm",
        quiet=(row.quiet_from, row.quiet_to) if row.quiet_from is not None else None,
        zone=ZoneInfo(row.zone) if row.zone else None,
        digest_at=row.digest_at,
    )
