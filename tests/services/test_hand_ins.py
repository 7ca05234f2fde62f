"""Handing in over both databases: versions under a crowd, double taps, who hands in for whom, drafts from elsewhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from bot.core import receipts
from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.receipts import Content
from bot.core.summaries import HEADINGS
from bot.services import hand_in_box
from bot.services.hand_ins import HandIns
from bot.services.summaries import Summaries
from bot.store import courses, hand_ins, milestones, people
from bot.store.database import Database
from bot.store.hand_ins import HandInRow
from bot.store.tables import duty
from tests.conftest import NOW
from tests.support.duties import Course, member
from tests.support.people import PLACE, STAFF, student

LINK = "https://example.org/slides"


class Room(Course):
    """Group 0 presents in lecture 0 and summarises lecture 1."""

    async def fill(self) -> Room:
        await self.open(2, 2)
        await self.give(0, Role.PRESENTER, 0)
        await self.give(1, Role.SUMMARIZER, 0)
        self.hand_ins = HandIns(self.database, lambda: None)
        self.summaries = Summaries(self.database, lambda: None)
        return self

    async def slides(self, who: Actor, interaction: str, link: str = LINK):  # type: ignore[no-untyped-def]
        return await self.hand_ins.submit_slides(PLACE, who, str(self.sessions[0]), link, NOW, interaction)

    async def stored(self) -> list[HandInRow]:
        return await self.database.read(hand_ins.of_course, 1)


@pytest.fixture
async def room(database: Database) -> Room:
    return await Room(database).fill()


async def test_versions_are_numbered_one_by_one_and_a_double_tap_is_one(room: Room) -> None:
    taps = [room.slides(member(0, n % 2), f"i{n % 6}", f"{LINK}{n % 6}") for n in range(12)]
    done = await asyncio.gather(*taps)
    rows = await room.stored()
    assert [row.version for row in rows] == [1, 2, 3, 4, 5, 6]
    assert len({row.code for row in rows}) == 6
    assert sum(one.again for one in done) == 6
    for n in range(6):
        assert done[n].receipt == done[n + 6].receipt
    key = await room.hand_ins.key("eecs-598-w24")
    assert key is not None
    for row in rows:
        receipt = receipts.from_json(row.receipt)
        assert receipts.verify(key, receipt)
        assert (receipt.version, receipt.digest) == (row.version, Content(link=row.content.link).digest())
    proof = await room.hand_ins.receipt(PLACE, STAFF, rows[2].code)
    assert (proof.valid, proof.full, proof.counts, proof.owner) == (True, True, False, "Group 0")
    assert (await room.hand_ins.receipt(PLACE, member(1), rows[2].code)).full is False


async def test_on_duty_without_a_group_is_for_oneself(room: Room) -> None:
    loner = student(90)

    def put_on_duty(tx: Connection) -> None:
        course, known = people.who(tx, PLACE, loner)
        person_id = people.enter(tx, course, loner, known, NOW)
        values = {"session_id": room.sessions[0], "role": "presenter", "person_id": person_id, "position": 9}
        tx.execute(insert(duty).values(course_id=1, assigned_at=NOW, **values))

    with pytest.raises(CourseError, match="You do not present"):
        await room.slides(loner, "i0")
    await room.database.write(put_on_duty)
    alone, group = await room.slides(loner, "i1"), await room.slides(member(0), "i2")
    assert (alone.group, alone.receipt.version) == (None, 1)
    assert (group.group, group.receipt.version) == ("Group 0", 1)
    assert alone.receipt.owner.startswith("person ")
    assert not (await room.hand_ins.receipt(PLACE, member(0), alone.receipt.code)).full
    assert (await room.hand_ins.receipt(PLACE, loner, alone.receipt.code)).full
    named = await room.hand_ins.classes(PLACE, loner, Work.SLIDES, "", NOW)
    assert [one.label[0] for one in named] == ["✓"]


async def test_milestones_are_for_every_student_of_the_course(room: Room) -> None:
    def hand_in(tx: Connection, who: Actor, interaction: str, content: Content) -> hand_in_box.Kept:
        courses.hold(tx, id=1)
        if not milestones.every(tx, 1):
            milestones.put(tx, 1, "Proposal", NOW + timedelta(days=1), "staff")
        course, known = people.who(tx, PLACE, who)
        subject = hand_in_box.of_milestone(tx, course, milestones.every(tx, 1)[0].id)
        group_id = hand_in_box.owner(tx, known, subject)
        assert known is not None
        values = {"group_id": group_id, "person_id": known.id, "at": NOW, "interaction_id": interaction}
        return hand_in_box.put(tx, course, subject=subject, content=content, **values)  # type: ignore[arg-type]

    done = [await room.database.write(hand_in, member(0, n), f"i{n}", Content(link=LINK)) for n in range(2)]
    assert [one.receipt.version for one in done] == [1, 2]
    assert done[0].receipt.about.startswith("milestone ")
    with pytest.raises(CourseError, match="nothing to hand in"):
        await room.database.write(hand_in, member(0), "i8", Content())
    for nobody in (student(91), STAFF):
        with pytest.raises(CourseError, match="by the students"):
            await room.database.write(hand_in, nobody, "i9", Content(link=LINK))


async def test_a_draft_from_elsewhere_goes_below_what_is_there(room: Room) -> None:
    session, last = room.sessions[1], HEADINGS[-1].title

    async def put(text: str, heading: str | None = None):  # type: ignore[no-untyped-def]
        return await room.summaries.set_draft(PLACE, member(0), session, heading, text, NOW)

    assert dict((await put("From the recap.")).written) == {last: "From the recap."}
    both = "From the recap.\n\nMore of it."
    for _ in range(2):  # again changes nothing
        assert dict((await put("More of it.")).written) == {last: both}
    assert dict((await put("Few.", "Limitations")).written) == {"Limitations": "Few.", last: both}
    with pytest.raises(CourseError, match=r"there is room for 4,000 characters"):
        await put("x" * 3990)
    with pytest.raises(CourseError, match="has no heading “Cake”"):
        await put("x", "Cake")
    with pytest.raises(CourseError, match="You do not write the summary of"):
        await room.summaries.set_draft(PLACE, member(1), session, None, "x", NOW)
    form = await room.summaries.form(PLACE, member(0, 1), session, 9, NOW)  # the last page there is
    assert [field.text for field in form.fields] == ["Few.", "", both]
