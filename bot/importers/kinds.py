"""What kind of meeting a row is: from the words of its title, else from who presents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.course import Kind
from bot.importers.names import Named, Standing
from bot.importers.plan import Notes, quote

_HOLIDAYS = (
    r"thanksgiving|labou?r day|memorial day|m\.?l\.?k\.?(?: day)?|martin luther king.*|presidents?['’]? day|"
    r"veterans['’]? day|"
    r"indigenous peoples?['’]? day|columbus day|juneteenth|election day|easter(?: monday)?|"
    r"good friday|christmas|new year.*"
)
_WORDS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(words, re.I), kind)
    for words, kind in (
        (
            r"^no (?:class|classes|lecture|lectures|meeting|seminar|session)\b|\b(?:class|lecture|seminar) cancel\w*|"
            r"^cancel(?:l?ed)\b|"
            r"^(?:(?:spring|fall|autumn|winter|summer|thanksgiving|mid-?(?:term|semester)|semester|"
            r"term|holiday|study|easter|christmas|reading)\s+)+(?:break|recess|vacation|holidays?|week|days?)\b|^(?:break|recess|vacation)$|"
            rf"\bholidays?\b|^(?:{_HOLIDAYS})\b(?:\s*[-–—:(,/].*)?$|\bno (?:class|lecture)\b",
            Kind.NO_CLASS,
        ),
        (r"\bmake-?up\b", Kind.MAKEUP),
        (
            r"^buffer(?:\s+(?:day|class|lecture|session|slot|week))?\s*(?:[-–—:(/].*)?$|^(?:catch[- ]?up|slack|flex)\b",
            Kind.BUFFER,
        ),
        (r"\bposters?\b", Kind.POSTER),
        (
            r"\b(?:mid[- ]?(?:semester|term)|final|project|class project|milestone|progress|proposal|"
            r"student|group|team)s?\s+"
            r"(?:project\s+)?(?:presentations?|pitch(?:es)?|demos?|updates?|reports?|talks|showcase)\b|^demo day\b|"
            r"^presentations?\b|^in-?class presentations?\b",
            Kind.PRESENTATION,
        ),
        (r"\bguest (?:lecture|speaker|talk)\b|\binvited (?:talk|speaker)\b", Kind.GUEST),
    )
)
KIND_WORDS: Mapping[Kind, str] = {
    Kind.LECTURE: "lecture",
    Kind.STUDENT_LECTURE: "student lecture",
    Kind.GUEST: "guest lecture",
    Kind.NO_CLASS: "no class",
    Kind.BUFFER: "buffer",
    Kind.PRESENTATION: "presentations",
    Kind.POSTER: "posters",
    Kind.MAKEUP: "make-up",
}
"""What a column headed Kind says of each kind."""

_OPENING = re.compile(
    r"^(?:(?:course|class|seminar)\s+)?(?:introduction|intro|overview|logistics|"
    r"kick-?off|welcome|first day|orientation)\b"
    r"(?:\s*(?:[-–—:,&/(]|and\b|to the (?:course|class|seminar)\b).*)?$",
    re.I,
)
_MAX_PLAIN = 80


def event_kind(title: str) -> Kind | None:
    """The kind that a title's words tell; None for the title of an ordinary lecture."""
    return next((kind for words, kind in _WORDS if words.search(title)), None)


def stated_kind(text: str) -> Kind | None:
    """The kind that a cell of a Kind column names; None for words that are none of `KIND_WORDS`."""
    return next((kind for kind, words in KIND_WORDS.items() if words == text.casefold()), None)


def plain_event(text: str) -> bool:
    """Whether a line without bold or link is a title and not a paper: "Spring break", "Buffer", "Introduction"."""
    if len(text) > _MAX_PLAIN:
        return False
    if _OPENING.fullmatch(text):
        return True
    kind = event_kind(text)
    # A paper may well have "poster" or "holiday" somewhere in its title, so these must be most of the line.
    return kind is not None and (kind in (Kind.NO_CLASS, Kind.BUFFER) or len(text.split()) <= 6)


def is_opening(title: str | None) -> bool:
    """Whether a title is that of a first meeting."""
    return title is not None and _OPENING.fullmatch(title) is not None


@dataclass(frozen=True, slots=True)
class Casting:
    """What one session contributes to telling students, staff and guests apart."""

    line: int
    title: str | None
    presenters: Sequence[Named]
    helpers: Sequence[Named]
    """Summarisers and reviewers."""


def read_standings(sessions: Sequence[Casting], staff: frozenset[str], notes: Notes) -> Mapping[str, Standing]:
    """Who each presenter is.

    Names in `staff` are staff, and a cell may say who someone is ("Guest: …"). Where the page has summaries or
    reviews, whoever has one is a student, and so is who only ever presents beside others. Of the rest, those who
    present more than once, or at the opening session, are staff and those who present once are guests: a guess,
    so each gets a warning. Where there are no such duties, everyone else is a student.
    """
    known = {_key(name) for name in staff}
    helpers = {_key(person.name) for session in sessions for person in session.helpers}
    standings: dict[str, Standing] = {}
    shown: dict[str, list[Casting]] = {}
    for session in sessions:
        for person in session.presenters:
            shown.setdefault(person.name, []).append(session)
            if _key(person.name) in known:
                standings[person.name] = Standing.STAFF
            elif person.said is not None and _key(person.name) not in helpers:
                standings.setdefault(person.name, person.said)
            elif session.title and event_kind(session.title) is Kind.GUEST and _key(person.name) not in helpers:
                standings.setdefault(person.name, Standing.GUEST)
    for name, at in shown.items():
        if name in standings:
            continue
        alone = any(len(session.presenters) == 1 for session in at)
        if not helpers or _key(name) in helpers or not alone or re.match(r"(?:group|team)\b", name, re.I):
            standings[name] = Standing.STUDENT
            continue
        opens = any(session is sessions[0] or is_opening(session.title) for session in at)
        if len(at) > 1 or opens:
            standings[name] = Standing.STAFF
            why = f"presents {len(at)} times" if len(at) > 1 else "presents the opening session"
            what = "course staff"
        else:
            standings[name] = Standing.GUEST
            why, what = "presents once", "a guest"
        notes.add(
            at[0].line,
            f"{quote(name)} {why} and has no summary or review, so is read as {what}: "
            "course.staff in config.toml settles who is staff.",
        )
    return standings


def session_kind(
    title: str | None, presenters: Sequence[Named], standings: Mapping[str, Standing], has_readings: bool
) -> Kind:
    """The kind of one session."""
    event = event_kind(title) if title else None
    if event is not None:
        return event
    cast = {standings[person.name] for person in presenters}
    if Standing.STUDENT in cast:
        return Kind.STUDENT_LECTURE
    if Standing.GUEST in cast:
        return Kind.GUEST
    if cast or (title and (is_opening(title) or not has_readings)):
        return Kind.LECTURE
    return Kind.STUDENT_LECTURE


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
