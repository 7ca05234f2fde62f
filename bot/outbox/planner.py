"""What should be sent, derived from the course as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.outbox.kinds import CHORES, KINDS
from bot.store import courses, outbox
from bot.store.outbox import Claim, Composed

_BY_KIND = {one.kind: one for one in KINDS}


def plan_all(tx: Connection, leads: Sequence[timedelta], now: datetime) -> datetime | None:
    """Do what the clock demands, then bring the outbox in line with every course that has a place to post to.

    Returns when the clock will demand something next.
    """
    moments = []
    for course in courses.every(tx):
        moments += [chore(tx, course, now) for chore in CHORES]
        for one in KINDS:
            wanted = one.plan(tx, course, leads, now) if course.place else []
            outbox.plan(tx, course.id, one.kind, wanted, now)
    return min((at for at in moments if at), default=None)


def compose(tx: Connection, claim: Claim, now: datetime) -> Composed | None:
    """Where `claim` goes and what it says to whom now; None when nobody is concerned."""
    return _BY_KIND[claim.kind].compose(tx, courses.by_id(tx, claim.course_id), claim, now)
