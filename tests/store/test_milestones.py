"""Milestones from config.toml, a page and staff: who has the last word, and what stays removed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from bot.core.deadlines import Work, slug
from bot.core.preferences import Preference
from bot.core.quiet_hours import parse_quiet
from bot.store import excuses, hand_ins, milestones, people, preferences
from bot.store.database import Database
from bot.store.tables import excuse, hand_in, milestone
from tests.conftest import NOW
from tests.support.people import DETROIT, open_course, student

DUE = NOW + timedelta(days=10)
LATER = DUE + timedelta(days=1)
ONE = {"course_id": 1}


async def _named(database: Database) -> dict[str, tuple[str, object]]:
    rows = await database.read(lambda tx: milestones.every(tx, 1))
    return {row.name: (row.source, row.due_at) for row in rows}


async def test_config_goes_before_a_page_and_staff_before_both(database: Database) -> None:
    await open_course(database, NOW)

    async def line_up(source: str, *wanted: tuple[str, datetime]) -> int:
        return len(await database.write(milestones.line_up, 1, source, wanted, NOW))

    assert await line_up("page", ("Proposal", DUE), ("Poster", DUE)) == 2
    assert await line_up("page", ("Proposal", DUE), ("Poster", DUE)) == 0
    assert await line_up("config", ("PROPOSAL", LATER)) == 1
    assert await line_up("page", ("Proposal", DUE), ("Poster", LATER)) == 1
    assert await _named(database) == {"Poster": ("page", LATER), "PROPOSAL": ("config", LATER)}
    (poster,) = [one for one in await database.read(milestones.every, 1) if one.name == "Poster"]
    await database.write(lambda tx: milestones.put(tx, 1, "Proposal", DUE, "staff"))
    await database.write(lambda tx: milestones.remove(tx, poster.id, "staff", NOW))
    assert await line_up("page", ("Proposal", LATER), ("Poster", DUE)) == 0
    assert await line_up("config", ("Proposal", LATER), ("Poster", DUE)) == 0
    assert await _named(database) == {"Proposal": ("staff", DUE)}
    await database.write(lambda tx: milestones.put(tx, 1, "Poster", DUE, "staff"))
    assert await line_up("config") == 0
    assert set(await _named(database)) == {"Proposal", "Poster"}


async def test_what_its_source_no_longer_names_is_removed_and_comes_back(database: Database) -> None:
    await open_course(database, NOW)
    for wanted in ([("Report", DUE)], [], [("Report", LATER)]):
        await database.write(milestones.line_up, 1, "page", wanted, NOW)
        assert await _named(database) == {name: ("page", at) for name, at in wanted}


@pytest.mark.parametrize(("one", "other"), [("Project proposal", "project  PROPOSAL:"), ("Résumé", "resume")])
def test_two_spellings_are_one_milestone(one: str, other: str) -> None:
    assert slug(one) == slug(other)
    assert slug("…") == "milestone"


async def test_preferences_are_kept_as_chosen_and_reset(database: Database) -> None:
    await open_course(database, NOW)
    chosen = Preference((timedelta(hours=6), timedelta(minutes=90)), True, parse_quiet("22:00-07:30"), DETROIT, 480)

    def keep(tx: Connection) -> int:
        person_id = people.add(tx, 1, "a", "Student01", "student", NOW, student(1))
        for one in (Preference(leads=()), chosen):
            preferences.put(tx, 1, person_id, one)
            assert preferences.of_person(tx, person_id) == one
        for days in (1, 2):
            preferences.put_off(tx, 1, person_id, "slides:session5", NOW + timedelta(days=days))
        return person_id

    person_id = await database.write(keep)
    assert await database.read(preferences.every, 1) == {person_id: chosen}
    assert await database.read(preferences.snoozes, 1) == {(person_id, "slides:session5"): NOW + timedelta(days=2)}
    assert await database.read(preferences.person_of, 1, "discord", student(1).user_id) == person_id
    assert await database.read(preferences.person_of, 1, "slack", student(1).user_id) is None
    await database.write(preferences.reset, person_id)
    assert await database.read(preferences.of_person, person_id) == Preference()


async def test_an_excuse_covers_what_it_names_and_a_hand_in_counts_for_the_group(database: Database) -> None:
    await open_course(database, NOW)

    def fill(tx: Connection) -> tuple[int, int]:
        a, b = (people.add(tx, 1, key, key, "student", NOW) for key in "ab")
        for id_ in (1, 2):
            tx.execute(insert(milestone).values(**ONE, id=id_, key=f"m{id_}", name="M", due_at=DUE, source="page"))
        why = {"reason": "ill", "by": "discord:1", "at": NOW}
        for who, what, about, withdrawn in ((a, "milestone", 1, None), (b, "all", None, None), (a, "all", None, NOW)):
            row = {"person_id": who, "what": what, "milestone_id": about, "withdrawn_at": withdrawn}
            tx.execute(insert(excuse).values(**ONE, **row, **why))
        row = {"kind": "milestone", "milestone_id": 2, "person_id": b, "version": 1, "at": NOW, "interaction_id": "i"}
        tx.execute(insert(hand_in).values(**ONE, **row, due_at=DUE, digest="d", code="C"))
        return a, b

    a, b = await database.write(fill)
    found = await database.read(excuses.every, 1)
    assert found.cover(a, Work.MILESTONE, milestone_id=1)
    assert not found.cover(a, Work.MILESTONE, milestone_id=2)
    assert not found.cover(a, Work.SLIDES, session_id=1)
    assert found.cover(b, Work.QUESTIONS, session_id=7)
    done = await database.read(hand_ins.every, 1)
    assert done.by(Work.MILESTONE, 2, b, None)
    assert not done.by(Work.MILESTONE, 2, a, 5)
    assert not done.by(Work.MILESTONE, 1, b, None)
