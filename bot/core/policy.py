"""The course's policies: each has a key, a type and a default; staff change them by command or in config.toml.

Stored as text, the way staff write them. A new policy is one more `Setting` here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.core.course import Role
from bot.core.deadlines import Policy
from bot.core.errors import CourseError
from bot.core.gradebook import Component, parse_columns, parse_credit, parse_words
from bot.core.gradebook import parse_weights as parse_grade_weights
from bot.core.participation import Part, parse_weights
from bot.core.policy_values import (
    Setting,
    bounds,
    choice,
    number,
    offset,
    parse_leads,
    roles,
    span_or_forever,
    span_or_none,
    spans,
    up_to,
)
from bot.core.questions import CutOff, parse_cut_off
from bot.core.rota import RotaPolicy
from bot.core.times import parse_span

T = TypeVar("T")

JOINING = Setting(
    "groups.joining",
    "open",
    "open: whoever finds a free seat takes it; request: a member of the group has to say yes",
    choice("open", "request"),
)
INVITES_AFTER_LOCK: Setting[timedelta] = Setting(
    "groups.invites_after_lock",
    "24h",
    "how long after the lock an invitation sent before it can be accepted",
    parse_span,
)
GROUP_ROLE = Setting("groups.role", "no", "yes: each group gets a Discord role", choice("yes", "no"))
GROUP_ROOM = Setting(
    "groups.room",
    "none",
    "channel or thread: each group gets a private one for itself and the staff",
    choice("none", "channel", "thread"),
)
EVENTS = Setting("events.discord", "no", "yes: the classes ahead are events of the Discord server", choice("yes", "no"))
EVENTS_AHEAD: Setting[timedelta] = Setting(
    "events.ahead", "14d", "how long before class its event is made, where there are events", offset
)
ROSTER_REQUIRED = Setting(
    "roster_required",
    "auto",
    "yes: only who is linked to the roster takes part; auto: yes as soon as there is a roster",
    choice("auto", "yes", "no"),
)
PRESENTS = Setting("rota.presents", "1+", "how often each group presents", bounds)
SUMMARISES = Setting("rota.summarises", "1-2", "how often each group summarises", bounds)
REVIEWS = Setting("rota.reviews", "1+", "how often each group reviews", bounds)
SPACING: Setting[timedelta] = Setting(
    "rota.spacing", "7d", "two duties of a group are at least so far apart, where that can be had", parse_span
)
RANKED = Setting("rota.ranked", "presenter", "the roles that a group's ranking of sessions is about", roles)
RANKS = Setting("rota.ranks", "5", "how many sessions a group may rank", number(1, 20))

VOTE_AUTO = Setting(
    "vote.auto", "yes", "yes: the vote on a student lecture opens by itself when class begins", choice("yes", "no")
)
VOTE_CLOSES: Setting[timedelta] = Setting(
    "vote.closes", "12h", "how long after the end of class the vote closes", parse_span
)
VOTE_CANDIDATES = Setting(
    "vote.candidates", "presenter,summarizer,reviewer", "the roles whose groups can be voted for", roles
)
VOTE_REMINDERS: Setting[tuple[timedelta, ...]] = Setting(
    "vote.reminders", "3h", "how long before a vote closes those who have not voted are reminded, or none", spans
)
VOTE_BONUS = Setting(
    "vote.bonus", "0", "participation points for each member of a group that won a vote", number(0, 100)
)

SLIDES_BEFORE: Setting[timedelta] = Setting("slides.before", "24h", "how long before class the slides are due", offset)
SUMMARY_AFTER: Setting[timedelta] = Setting(
    "summary.after", "24h", "how long after the end of class the summary is due; late: no credit", offset
)
SUMMARY_TEMPLATE = Setting(
    "summary.template",
    "headings",
    "headings: the six of the course page; questions: four and the gist of the discussion; or only a link, or a file",
    choice("headings", "questions", "link", "file"),
)
LEADS: Setting[tuple[timedelta, ...]] = Setting(
    "reminders.leads", "3d,24h,3h", "how long before a deadline who has not done it is reminded, or none", parse_leads
)
ESCALATE: Setting[timedelta | None] = Setting(
    "reminders.escalate",
    "1h",
    "how long before slides, a summary or a milestone is due staff see who is missing, or none",
    span_or_none,
)

SUMMARY_PUBLISH = Setting(
    "summary.publish",
    "no",
    "on_time: summaries that came in time are posted to the class after the deadline; approved: those staff approved",
    choice("no", "on_time", "approved"),
)
FILES_MAX_MB = Setting("files.max_mb", "10", "the largest file that can be handed in, in MB", number(1, 10))
FILES_KEEP: Setting[timedelta | None] = Setting(
    "files.keep",
    "forever",
    "how long after the end of the term files that were handed in are kept, such as 26w, or forever",
    span_or_forever,
)

QUESTION_CUTOFF: Setting[CutOff] = Setting(
    "questions.cutoff",
    "start",
    "until when a question is on time: start (of class), start-2h, or 15:00 day before",
    parse_cut_off,
)
QUESTION_NAMES = Setting(
    "questions.names",
    "anonymous",
    "anonymous: classmates do not see who asked; named: they do; staff always see it",
    choice("anonymous", "named"),
)

ATTENDANCE_CLOSES: Setting[timedelta] = Setting(
    "attendance.closes",
    "20m",
    "how long after it was opened a check-in closes",
    up_to(timedelta(minutes=1), timedelta(hours=24)),
)
ATTENDANCE_CODE = Setting(
    "attendance.code",
    "rotating",
    "rotating: the code of a check-in changes all the time; fixed: one code holds until it closes",
    choice("rotating", "fixed"),
)
ATTENDANCE_WINDOW: Setting[timedelta] = Setting(
    "attendance.window",
    "30s",
    "how long a rotating code is shown; it is taken for as long again",
    up_to(timedelta(seconds=10), timedelta(minutes=10)),
)
ATTENDANCE_SKIPS = Setting("attendance.skips", "2", "how many classes one may skip at no cost", number(0, 100))
PARTICIPATION_NOTES = Setting(
    "participation.notes",
    "3",
    "how many notes and follow-ups on panels are enough; 0: they do not count",
    number(0, 100),
)
PARTICIPATION_WEIGHTS: Setting[Mapping[Part, int]] = Setting(
    "participation.weights",
    "questions=50, attendance=30, votes=10, notes=10",
    "what the parts of participation weigh, against each other",
    parse_weights,
)
PROGRESS_SCORES = Setting(
    "progress.scores",
    "hidden",
    "hidden: /my-progress shows what is done and owed; shown: it shows the points so far too",
    choice("hidden", "shown"),
)

OFFICE_REMINDERS: Setting[tuple[timedelta, ...]] = Setting(
    "office.reminders",
    "1h",
    "how long before an appointment in office hours both sides are reminded, or none",
    parse_leads,
)

RECAP_HISTORY = Setting(
    "recap.history",
    "no",
    "yes: a recap also reads the thread of the class, if the bot may; no: only notes, questions and added messages",
    choice("no", "yes"),
)
RECAP_MISSED = Setting(
    "recap.missed",
    "no",
    "who may read a recap besides the summary's writers and the staff: no one, absent students, or everyone",
    choice("no", "absent", "everyone"),
)

GRADE_WEIGHTS: Setting[Mapping[Component, int]] = Setting(
    "grades.weights",
    "presentation=15, summary=15, participation=10, report=40, talks=20",
    "what the components of the grade weigh, against each other",
    parse_grade_weights,
)
GRADE_CREDIT: Setting[frozenset[Component]] = Setting(
    "grades.credit",
    "summary",
    "what handed in on time is worth full points until staff mark it: presentation, summary, report, or none",
    parse_credit,
)
GRADE_COLUMNS: Setting[Mapping[Component, tuple[str, ...]]] = Setting(
    "grades.columns",
    "presentation=Presentation, summary=Summary|Summaries, participation=Participation, "
    "report=Report|Research paper|Final paper, talks=Project presentation|Talk|Poster",
    "what the names of the columns in Canvas contain; | between several",
    parse_columns,
)
GRADE_REPORT: Setting[tuple[str, ...]] = Setting(
    "grades.report",
    "report, research paper, final paper",
    "a milestone whose name contains one of these is the report, or none",
    parse_words,
)

SETTINGS: tuple[Setting[Any], ...] = (
    JOINING,
    INVITES_AFTER_LOCK,
    GROUP_ROLE,
    GROUP_ROOM,
    EVENTS,
    EVENTS_AHEAD,
    ROSTER_REQUIRED,
    PRESENTS,
    SUMMARISES,
    REVIEWS,
    SPACING,
    RANKED,
    RANKS,
    SLIDES_BEFORE,
    SUMMARY_AFTER,
    SUMMARY_TEMPLATE,
    LEADS,
    ESCALATE,
    SUMMARY_PUBLISH,
    FILES_MAX_MB,
    FILES_KEEP,
    VOTE_AUTO,
    VOTE_CLOSES,
    VOTE_CANDIDATES,
    VOTE_REMINDERS,
    VOTE_BONUS,
    QUESTION_CUTOFF,
    QUESTION_NAMES,
    ATTENDANCE_CLOSES,
    ATTENDANCE_CODE,
    ATTENDANCE_WINDOW,
    ATTENDANCE_SKIPS,
    PARTICIPATION_WEIGHTS,
    PARTICIPATION_NOTES,
    PROGRESS_SCORES,
    OFFICE_REMINDERS,
    GRADE_WEIGHTS,
    GRADE_CREDIT,
    GRADE_COLUMNS,
    GRADE_REPORT,
    RECAP_HISTORY,
    RECAP_MISSED,
)
MOVING = (SLIDES_BEFORE, SUMMARY_AFTER, VOTE_CLOSES, QUESTION_CUTOFF)
"""Those that move deadlines: a change is previewed and announced."""

_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Policies:
    """What is in force: typed values by setting, `policies[JOINING]`."""

    def __init__(self, stored: Mapping[str, str]) -> None:
        self._stored = stored

    def __getitem__(self, setting: Setting[T]) -> T:
        return setting.read(self.text(setting))

    def text(self, setting: Setting[Any]) -> str:
        """The value as staff write it."""
        return self._stored.get(setting.key, setting.default)

    def deadlines(self, zone: ZoneInfo) -> Policy:
        """What deadlines are computed by, in a course of this zone."""
        return Policy(self[SLIDES_BEFORE], self[SUMMARY_AFTER], self[VOTE_CLOSES], self[QUESTION_CUTOFF], zone)

    def put(self, key: str, value: str) -> Policies:
        """These policies with one of them changed."""
        return Policies({**self._stored, key: value})

    def rota(self) -> RotaPolicy:
        """The numbers that a rota is made by."""
        return RotaPolicy(
            bounds={Role.PRESENTER: self[PRESENTS], Role.SUMMARIZER: self[SUMMARISES], Role.REVIEWER: self[REVIEWS]},
            ranked=self[RANKED],
            spacing_days=self[SPACING].days,
        )


def named(key: str) -> Setting[Any]:
    """The setting called `key`.

    Raises:
        CourseError: there is none; the sentence names the nearest, or all.
    """
    setting = _BY_KEY.get(key.strip())
    if setting is None:
        near = difflib.get_close_matches(key, _BY_KEY, n=1, cutoff=0.4)
        meant = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(f'`{known}`' for known in _BY_KEY)}."
        raise CourseError(f"There is no policy `{key[:60]}`. {meant}")
    return setting


def check(key: str, text: str) -> tuple[Setting[Any], str]:
    """The setting called `key`, and `text` as it is stored.

    Raises:
        CourseError: there is no such setting, or it cannot be set to `text`; the sentence says what to write.
    """
    setting, value = named(key), text.strip()
    try:
        setting.read(value)
    except ValueError as error:
        raise CourseError(f"`{setting.key}` cannot be “{value[:60]}”: {error}.") from None
    return setting, value
