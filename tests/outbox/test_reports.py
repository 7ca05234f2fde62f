"""What staff read when messages did not go out: which, about what, for where, why, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from bot.core.outbox_notices import ChannelRefused, Missed, Unsent
from bot.core.reminders import ReminderKind
from bot.fronts.discord.render.notices import RENDERERS
from bot.outbox.reports import MissedReports, RefusalReports
from bot.store import announcements, courses, milestones, outbox_trouble
from bot.store.database import Database
from bot.store.outbox import Claim, Composed
from bot.store.tables import outbox as table
from tests.conftest import NOW
from tests.support.duties import add_session, lecture
from tests.support.people import open_course

DUE = datetime(2024, 1, 24, 15, 30, tzinfo=UTC)
STAMP = f"<t:{int(DUE.timestamp())}:F> (<t:{int(DUE.timestamp())}:R>)"


def _row(tx: Connection, number: int, kind: str, subject: str, state: str = "expired", **more: Any) -> None:
    times = dict.fromkeys(("deadline_at", "due_at", "expires_at"), DUE) | {"next_try_at": NOW}
    tx.execute(
        insert(table).values(course_id=1, key=f"k{number}", kind=kind, subject=subject, state=state, **times, **more)
    )


def _prepare(tx: Connection) -> None:
    courses.change(tx, 1, announce_channel="10", staff_channel="20")
    session_id = add_session(tx, lecture(0))
    milestones.put(tx, 1, "Proposal", DUE, "staff")
    (proposal,) = milestones.every(tx, 1)
    said = announcements.add(tx, 1, "staff", "Bring *your*\nlaptops", DUE, "nobody", NOW)
    rows = [
        ("slides", f"session{session_id} channel", {}),
        ("slides", f"session{session_id} group 3", {"destination": "77"}),
        ("slides", f"session{session_id} person 4", {}),
        ("slides", f"session{session_id} person 5", {"destination": "dm:5", "error": "Discord did not answer in time"}),
        ("duty-notice", f"session{session_id}/presenter/g3 channel", {}),
        ("milestone", f"milestone{proposal.id} channel", {"error": "Discord did not answer in time"}),
        ("announcement", f"announcement {said}", {}),
        ("escalation", f"slides session{session_id}", {}),
        ("group-lock", "", {}),
        ("slides", "session9999 channel", {}),
    ]
    for number, (kind, subject, more) in enumerate(rows):
        _row(tx, number, kind, subject, **more)


async def _composed(database: Database, kind: Any, subject: str) -> str:
    def work(tx: Connection) -> Composed | None:
        claim = Claim(1, 1, "", kind.kind, subject, NOW, NOW, NOW, 1, None, None, None)
        composed: Composed | None = kind.compose(tx, courses.by_id(tx, 1), claim, NOW)
        return composed

    composed = await database.read(work)
    assert composed is not None
    assert composed.destination == "20"
    (part,) = RENDERERS[type(composed.notice)](composed.notice)
    return part.text


async def test_what_was_missed_is_named(database: Database) -> None:
    await open_course(database, NOW)
    await database.write(_prepare)
    told = await _composed(database, MissedReports(), NOW.isoformat())
    head, *lines = told.splitlines()
    assert head.startswith("⚠️ **10 messages could not be sent in time.** They are of no use any more")
    assert lines[:-2] == [
        f"- the reminder of the slides: **Thu Jan 25 · Paper of Jan 25**; due to go out {STAMP}",
        f"- the reminder of the slides: **Thu Jan 25 · Paper of Jan 25**, in <#77>; due to go out {STAMP}",
        "- the reminder of the slides: **Thu Jan 25 · Paper of Jan 25**, in direct messages; due to go out "
        f"{STAMP} (2 messages)",
        f"- the notice to those on duty: **Thu Jan 25 · Paper of Jan 25**; due to go out {STAMP}",
        f"- the reminder of the milestone: **Proposal**; due to go out {STAMP}",
        f"- the announcement: **Bring \\*your\\* laptops**; due to go out {STAMP}",
        f"- the list of who is missing, for staff: **Thu Jan 25 · Paper of Jan 25**; due to go out {STAMP}",
        f"- the reminder that groups lock; due to go out {STAMP}",
        f"- the reminder of the slides; due to go out {STAMP}",
    ]
    assert lines[-2] == "**Why:** Discord did not answer in time."
    assert lines[-1].startswith("**What to do:** if it still matters, say it yourself")


async def test_what_waits_for_a_channel_in_trouble_is_named(database: Database) -> None:
    await open_course(database, NOW)
    reason = "the bot may not write in <#10>: give it *Send Messages* there"

    def wait(tx: Connection) -> None:
        _prepare(tx)
        outbox_trouble.refuse(tx, 1, "10", reason, NOW)
        _row(tx, 100, "group-lock", "", "planned", destination="10", error=reason)
        _row(tx, 101, "group-lock", "", "sent", destination="10")

    await database.write(wait)
    told = await _composed(database, RefusalReports(), "10")
    assert told.splitlines()[:3] == [
        f"⚠️ **Messages are held up: {reason}.**",
        "This one waits for it:",
        f"- the reminder that groups lock, in <#10>; due to go out {STAMP}",
    ]


@pytest.mark.parametrize("kind", ReminderKind)
def test_every_kind_has_words_and_however_many_fit_into_one_message(kind: ReminderKind) -> None:
    many = tuple(Unsent(kind, "*" * 300, str(10**18 + number), DUE, 9) for number in range(200))
    reasons = tuple(f"Discord answered with the error {number} (code 0)" for number in range(200))
    for notice in (
        Missed(many, reasons),
        Missed(many[:1], ()),
        ChannelRefused("x" * 900, many),
        ChannelRefused("x", ()),
    ):
        (part,) = RENDERERS[type(notice)](notice)
        assert len(part.text) <= 1900  # commands become clickable after that
        if notice != ChannelRefused("x", ()):
            assert "\n- the " in part.text
