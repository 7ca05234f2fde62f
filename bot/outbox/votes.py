"""Votes and the clock: opening at class start, closing on time, and what is announced about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.ballots import State
from bot.core.errors import CourseError
from bot.core.policy import VOTE_AUTO, VOTE_BONUS, VOTE_CLOSES, VOTE_REMINDERS
from bot.core.reminders import Planned, ReminderKind, plan
from bot.core.vote_notices import VoteCalledOff, VoteRefused, VoteReminder, VoteResult
from bot.services import vote_life
from bot.services.vote_desk import notice_of
from bot.store import courses, votes
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed
from bot.store.votes import VoteRow

BY_CLOCK = "colloquy"
"""Who opens and closes by itself, in the audit."""

USEFUL_FOR = timedelta(days=7)
"""A result that could not be posted for so long is not posted any more; staff have it in `/staff vote results`."""


def keep_time(tx: Connection, course: CourseRow, now: datetime) -> datetime | None:
    """Close what is due and open what begins; returns when to be asked again."""
    if not course.place:
        return None
    for vote in votes.open_ones(tx, course.id):
        if vote.closes_at <= now:
            courses.hold(tx, id=course.id)
            held = votes.get(tx, course.id, vote.id, hold=True)
            if held is not None and held.state is State.OPEN:
                vote_life.close(tx, course, held, BY_CLOCK, vote.closes_at)
    for session_id, closes_at in _begun(tx, course, now):
        courses.hold(tx, id=course.id)
        try:
            session = vote_life.session_of(tx, course, session_id)
            vote_life.open_about(tx, course, session, BY_CLOCK, now, closes_at)
        except CourseError:
            continue  # said to staff by VoteRefusals
    return votes.next_moment(tx, course.id, now)


def _begun(tx: Connection, course: CourseRow, now: datetime) -> list[tuple[int, datetime]]:
    """Classes that have begun and never had a vote, with when theirs would close."""
    policies = courses.in_force(tx, course.id)
    if policies[VOTE_AUTO] != "yes":
        return []
    span = policies[VOTE_CLOSES]
    return [(session_id, ends_at + span) for session_id, ends_at in votes.begun(tx, course.id, now - span, now)]


def _subject(vote: VoteRow) -> str:
    return f"vote {vote.id}"


def _of(tx: Connection, course: CourseRow, claim: Claim) -> VoteRow | None:
    return votes.get(tx, course.id, int(claim.subject.split()[1]))


class VoteOpenings:
    """The message with the Vote button."""

    kind = ReminderKind.VOTE_OPEN

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return [
            Planned(
                f"{self.kind}/{vote.id}",
                self.kind,
                vote.closes_at,
                vote.opened_at,
                vote.closes_at,
                subject=_subject(vote),
            )
            for vote in votes.open_ones(tx, course.id)
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        vote = _of(tx, course, claim)
        if vote is None or vote.state is not State.OPEN:
            return None
        return Composed(course.announce_channel, notice_of(tx, vote))


class VoteReminders:
    """One message before the close, to those who have not voted."""

    kind = ReminderKind.VOTE_REMINDER

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        if not leads:  # reminders are switched off
            return []
        wanted = courses.in_force(tx, course.id)[VOTE_REMINDERS]
        planned: list[Planned] = []
        for vote in votes.open_ones(tx, course.id):
            # Whoever has just been asked needs no reminder.
            fitting = [lead for lead in wanted if vote.closes_at - lead > vote.opened_at]
            if fitting:
                scope = f"{course.key}/{vote.id}"
                planned += plan(self.kind, scope, vote.closes_at, fitting, now, _subject(vote))
        return planned

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        vote = _of(tx, course, claim)
        if vote is None or vote.state is not State.OPEN:
            return None
        recipients = tuple(votes.missing(tx, vote.id, course.platform))
        if not recipients:
            return None
        notice = VoteReminder(vote.id, vote.title, vote.closes_at, recipients, now - claim.due_at)
        return Composed(course.announce_channel, notice)


class VoteResults:
    """What came out, when it is closed."""

    kind = ReminderKind.VOTE_RESULT

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        found = []
        for vote in votes.closed_since(tx, course.id, now - USEFUL_FOR):
            assert vote.closed_at is not None
            until = vote.closed_at + USEFUL_FOR
            found.append(
                Planned(f"{self.kind}/{vote.id}", self.kind, until, vote.closed_at, until, subject=_subject(vote))
            )
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        vote = _of(tx, course, claim)
        if vote is None or vote.state is not State.CLOSED:
            return None
        ending = vote_life.ending(tx, vote)
        poll = vote.session_id is None
        standings, names = ((), {}) if poll else vote_life.term_standings(tx, course)
        bonus = 0 if poll else courses.in_force(tx, course.id)[VOTE_BONUS]
        notice = VoteResult(vote.title, ending.labels, ending.result, ending.voters, poll, standings, names, bonus)
        return Composed(course.announce_channel, notice)


class VoteCorrections:
    """The result that was posted does not count any more: its vote has been called off since."""

    kind = ReminderKind.VOTE_CALLED_OFF

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        found = []
        for vote in votes.called_off_since(tx, course.id, now - USEFUL_FOR):
            assert vote.closed_at is not None
            until = vote.closed_at + USEFUL_FOR
            if votes.posted(tx, vote.id, ReminderKind.VOTE_RESULT) is not None:
                key = f"{self.kind}/{vote.id}"
                found.append(Planned(key, self.kind, until, vote.closed_at, until, subject=_subject(vote)))
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        vote = _of(tx, course, claim)
        if vote is None:
            return None
        return Composed(course.announce_channel, VoteCalledOff(vote.title, poll=vote.session_id is None))


class VoteRefusals:
    """To staff, once for each class: its vote did not open by itself."""

    kind = ReminderKind.VOTE_REFUSED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        # Whatever could open has been opened by `keep_time`, in the same transaction.
        return [
            Planned(f"{self.kind}/{session_id}", self.kind, until, now, until, subject=f"session {session_id}")
            for session_id, until in _begun(tx, course, now)
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        session_id = int(claim.subject.split()[1])
        if course.staff_channel is None or session_id not in dict(_begun(tx, course, now)):
            return None
        session = vote_life.session_of(tx, course, session_id)
        try:
            vote_life.check_opening(tx, course, session)
        except CourseError as refusal:
            return Composed(course.staff_channel, VoteRefused(vote_life.title_of(course, session), str(refusal)))
        return None
