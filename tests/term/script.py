"""The term, day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec import structs

from bot.config import Settings
from tests.support.world import World
from tests.term import course
from tests.term.course import Meeting
from tests.term.play import Play
from tests.term.record import Record

MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)

LATE_BY_A_MS, EXACTLY, JUST, FORM_AND_LATE, LATE, MISSING = (
    date(2024, 1, 25),
    date(2024, 1, 18),
    date(2024, 2, 1),
    date(2024, 3, 21),
    date(2024, 2, 15),
    date(2024, 2, 8),
)
"""Classes, on Thursdays, whose summaries are not just handed in on the evening."""
PROPOSALS = date(2024, 2, 8)
"""The day before this class every group hands in its proposal."""
BOUNDARY = date(2024, 2, 6)
"""The class in which one question is on time to the millisecond, and another a millisecond late."""
UNMARKED, NEVER_HANDED_IN = 12, 13
"""Groups whose reports have no mark: handed in on time, and not at all."""
LAST_OF_A_SHORT_TERM = date(2024, 1, 25)


def quiet(settings: Settings) -> Settings:
    """No reminders: they are tested elsewhere, and a term of them takes its time."""
    return structs.replace(settings, reminders=structs.replace(settings.reminders, enabled=False))


async def play_term(world: World, *, short: bool = False) -> tuple[Record, list[Meeting]]:
    """The whole term, or (`short`) its first weeks; returns what was done and the meetings."""
    meetings = course.meetings()
    play = Play(world)
    await play.open(meetings)
    for one in meetings:
        if short and one.date > LAST_OF_A_SHORT_TERM:
            break
        await _staff_business(play, one, meetings)
        await _before_class(play, one)
        await _class(play, one)
    if not short:
        await _project(play)
    await play.until(play.now + HOUR)  # what the last class set going comes to its end
    return play.record, meetings


async def _staff_business(play: Play, one: Meeting, meetings: list[Meeting]) -> None:
    """What staff do some time before a class."""
    by_date = {each.date: each for each in meetings}
    for student, at in course.DROPPED.items():
        if student not in play.record.dropped and at < one.begins:
            await play.until(at)
            await play.drop(student)
    if one.date == PROPOSALS:
        await play.until(one.begins - 30 * HOUR)
        for group in play.record.members:
            await play.milestone(group, "Project proposal")
    if one.date == course.MOVED:
        await play.until(datetime.combine(date(2024, 3, 6), datetime.min.time(), course.ZONE) + 9 * HOUR)
        await play.move(one)
    if one.date == course.SWAPPED[0]:
        await play.until(one.begins - 40 * HOUR)
        await play.swap(by_date[course.SWAPPED[0]], by_date[course.SWAPPED[1]])


async def _before_class(play: Play, one: Meeting) -> None:
    """Slides the day before the day before, questions the evening before."""
    if one.lecture is not None:
        await play.until(one.begins - 26 * HOUR)
        await play.slides(one)
    if one.meets and one.required:
        await play.until(one.begins - 16 * HOUR)
        if one.date == BOUNDARY:
            await play.excuse(20, "questions", one)
        await play.ask_around(one)
    if one.date == BOUNDARY:
        # Nobody is on duty in this class; these two have not asked about its papers yet.
        early, late = [
            each for each in play.record.here() if (each, one.date, one.required[0]) not in play.record.asked
        ][:2]
        await play.until(one.begins)
        await play.ask(early, one, one.required[0], "Is this still in time?")
        await play.until(one.begins + MS)
        await play.ask(late, one, one.required[0], "And this one?")


async def _class(play: Play, one: Meeting) -> None:
    if not one.meets:
        return
    await play.until(one.begins + timedelta(minutes=5))
    if one.lecture is not None:
        await play.open_vote(one)
    if one.number in course.CHECK_INS:
        await play.check_in(one)
    if one.lecture is None:
        return
    await play.until(one.ends)
    await play.vote_around(one)
    if one.date not in (LATE_BY_A_MS, EXACTLY, JUST, LATE, MISSING):
        await (play.summary_by_form if one.lecture % 3 == 0 or one.date == FORM_AND_LATE else play.summary)(one)
    await play.until(one.ends + timedelta(hours=12, minutes=1))
    await play.tick()  # the vote closes, receipts go out
    await _summary_at_the_deadline(play, one)


async def _summary_at_the_deadline(play: Play, one: Meeting) -> None:
    due = one.summary_due
    if one.date == EXACTLY:
        await play.until(due)
        await play.summary(one)
    elif one.date == JUST:
        await play.until(due - MS)
        await play.summary(one)
    elif one.date == LATE_BY_A_MS:
        await play.until(due + MS)
        await play.summary(one)
    elif one.date in (LATE, FORM_AND_LATE):
        await play.until(due + 2 * HOUR)
        await play.summary(one)
    elif one.date == MISSING:
        await play.until(due + 2 * HOUR)
        await play.excuse(play.record.team(one.date, "summarizer")[0], "summary", one)
    elif one.date == course.MOVED:
        await play.until(due - HOUR)
        await play.summary(one)  # two days after it would have been due
    if one.date == course.meetings()[course.CHECK_INS[1]].date:
        await play.excuse(course.ABSENTEE, "attendance", one)


async def _project(play: Play) -> None:
    """Polls, marks: presentations of all groups but one, two summaries, talks, reports."""
    await play.until(datetime(2024, 4, 22, 9, 0, tzinfo=course.ZONE))
    for question in ("Was the term too short?", "Posters again?", "More papers?"):
        await play.poll(question)
    meetings = course.meetings()
    lectures = [one for one in meetings if one.lecture is not None]
    for one in lectures[:-1]:
        group = play.record.duties[one.date, "presenter"]
        await play.mark(group, "presentation", f"{9 + group % 6}/15", one)
    await play.until(course.REPORT_DUE - 30 * HOUR)
    for group in play.record.members:
        if group < NEVER_HANDED_IN - 2 or group == UNMARKED:
            await play.milestone(group, course.REPORT, report=True)
    await play.until(course.REPORT_DUE + 30 * HOUR)
    await play.milestone(NEVER_HANDED_IN - 2, course.REPORT, report=True)  # late: for staff to judge, and they have not
    await play.until(course.FINAL)
    await play.mark(play.record.duties[lectures[0].date, "summarizer"], "summary", "70", lectures[0])
    await play.mark(play.record.duties[lectures[7].date, "summarizer"], "summary", "12.5/15", lectures[7])
    for group in play.record.members:
        if group != UNMARKED:
            await play.mark(group, "talks", f"{70 + group}.5")
        if group < NEVER_HANDED_IN - 2:
            await play.mark(group, "report", f"{25 + group}/40")
