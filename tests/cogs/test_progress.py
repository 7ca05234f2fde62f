"""/my-progress and `/staff grades progress` on Discord."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import simcord
from PIL import Image
from sqlalchemy import Connection, insert, update

from bot.core.people import Actor
from bot.core.roster import safe_cell
from bot.fronts.discord.matrix import PEOPLE
from bot.store import courses, people
from bot.store.tables import attendance, check_in, hand_in, person
from tests.conftest import NOW
from tests.support.panels import ask, give_papers, person_of
from tests.support.voting import END, START, prepare_class
from tests.support.world import World, said, text

EVIL = "=HYPERLINK(\"//evil\",'x')"


def _actor(member: simcord.MemberActor) -> Actor:
    return Actor("discord", str(member.id), member.name)


def _happen(tx: Connection, session_id: int, papers: list[int], there: Actor, writer: Actor) -> None:
    """One asks about one of two papers and is there; the summary comes a minute late."""
    ask(tx, session_id, papers[0], there, "Why?", START - timedelta(hours=1))
    held = {"opened_at": START, "closes_at": START + timedelta(minutes=20), "key": b"k", "course_id": 1}
    tx.execute(insert(attendance).values(session_id=session_id, **held))
    values = {"session_id": session_id, "person_id": person_of(tx, there), "course_id": 1, "at": START, "how": "code"}
    tx.execute(insert(check_in).values(**values))
    due_at = END + timedelta(hours=24)
    summary = {"kind": "summary", "session_id": session_id, "version": 1, "due_at": due_at, "link": "https://a.example"}
    summary |= {"at": due_at + timedelta(minutes=1), "interaction_id": "1", "digest": "d", "code": "c", "receipt": "{}"}
    tx.execute(insert(hand_in).values(course_id=1, person_id=person_of(tx, writer), **summary))


async def _table(result: Any) -> list[list[str]]:
    (found,) = [one for one in said(result).attachments if one.filename == "progress.csv"]
    return list(csv.reader(io.StringIO((await found.read()).decode("utf-8-sig"))))


async def test_one_sees_ones_own_and_staff_see_who_is_at_risk(world: World) -> None:
    await world.set_up()
    ada, ben, cyd, dan = (world.student(n) for n in (1, 2, 3, 4))
    place, write = f"discord:{world.guild.id}", world.app.database.write
    session = await write(prepare_class, place, [_actor(ada), _actor(ben)], [_actor(cyd), _actor(dan)])
    papers = await write(give_papers, session, "Paper A", "Paper B")
    nothing = await cyd.slash(world.general, "my-progress")
    assert said(nothing).ephemeral
    assert "**Questions**: nothing expected yet" in text(nothing)
    await write(_happen, session, papers, _actor(cyd), _actor(ben))
    rename = update(person).where(person.c.name == "Student04").values(name=EVIL, roster_key="evil")
    await write(lambda tx: tx.execute(rename))
    await world.env.advance_time((END + timedelta(days=2) - world.env.now()).total_seconds())

    shown = text(await cyd.slash(world.general, "my-progress"))
    assert "**Questions**: 1 of 2 on time\n**Attendance**: 1 of 1 there\n**Votes on classes**" in shown
    assert "**Missed**\n• Thu Jan 25 · Paper of Jan 25: 1 of 2 questions on time" in shown
    assert "Project proposal: **not yet**" in shown.replace("Milestone · ", "")
    assert "so far" not in shown
    late = text(await ben.slash(world.general, "my-progress"))
    assert "Summary · Thu Jan 25 · Paper of Jan 25: **NO CREDIT**, received <t:" in late
    assert "1 skipped (up to 2 cost nothing)" in late
    await world.staff.slash(world.general, "staff policy", key="progress.scores", value="shown")
    assert "**Participation so far**: " in text(await cyd.slash(world.general, "my-progress"))

    overview = await world.staff.slash(world.general, "staff grades progress")
    assert said(overview).ephemeral
    assert "**2 of 4 students** at risk.\n• =HYPERLINK" in text(overview)
    assert "• Student02: a summary missed" in text(overview)
    (picture,) = [one for one in said(overview).attachments if one.filename == "progress.png"]
    assert "questions 0 of 2" in picture.description
    assert Image.open(io.BytesIO(await picture.read())).format == "PNG"
    headings, *rows = await _table(overview)
    assert [row[0] for row in rows] == [safe_cell(EVIL), "Student02", "Student03", "Student01"]
    assert all(cell == safe_cell(cell) for row in rows for cell in row)
    assert dict(zip(headings, rows[2], strict=True))["Jan 25 questions"] == "1 of 2"

    def crowd(tx: Connection) -> None:
        course_id = courses.at_place(tx, place).id
        for number in range(100, 100 + PEOPLE):
            person_of(tx, Actor("discord", str(number), f"Student{number}"))
        people.add(tx, course_id, "x", "Nobody", "guest", NOW)

    await write(crowd)
    many = await world.staff.slash(world.general, "staff grades progress")
    assert f"The picture has the first {PEOPLE}; the table has everybody." in text(many)
    assert len(await _table(many)) == 1 + 4 + PEOPLE
