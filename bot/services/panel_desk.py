"""What `bot.services.panel` does in the database: one function, one transaction."""

from __future__ import annotations

import secrets
import unicodedata
from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.questions import TEXT_MAX, pick_next
from bot.services import vote_life
from bot.services.panel_parts import (
    HEARD,
    NO_QUESTION,
    Closed,
    FollowedUp,
    Mark,
    Marked,
    Notes,
    Opened,
    Put,
    as_candidate,
    cast_members,
    current_of,
    enter,
    head_id_of,
    head_of,
    heads_of,
    names_shown,
    newest_panel,
    number_of,
    open_panel_of,
    panel_of,
    session_of_question,
    shown,
    title_of,
    waiting_of,
)
from bot.services.vote_desk import Named
from bot.store import audit, courses, panels, people, schedule
from bot.store.panels import PanelRow

SAME_PRESS = timedelta(seconds=3)
"""Two requests for the next question so close together, neither saying what it follows, mean the same one."""

# -- staff -----------------------------------------------------------------------------------------------------


def open_panel(tx: Connection, place: str, actor: Actor, session: str, now: datetime) -> PanelRow:
    """The session's panel, opened (again) if it was not open."""
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    view = vote_life.find_session(tx, course, session)
    found = panels.get(tx, course.id, view.id)
    if found is None:
        panels.create(tx, course.id, view.id, secrets.token_urlsafe(16), now)
    elif found.closed_at is not None:
        panels.change(tx, view.id, closed_at=None, opened_at=found.opened_at if found.opened else now)
    if found is None or found.closed_at is not None:
        title = vote_life.title_of(course, view)
        audit.record(tx, course.id, actor.key, f"opened the panel “{title}”", now)
    return panel_of(tx, course, view.id)


def opened(tx: Connection, course_id: int, session_id: int, base: str | None) -> Opened:
    course = courses.by_id(tx, course_id)
    panel = panel_of(tx, course, session_id)
    cast: defaultdict[Role, defaultdict[str | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in panels.performers(tx, session_id):
        cast[one.role][one.group].append(one.name)
    heads = heads_of(tx, panel)
    return Opened(
        session_id=session_id,
        title=title_of(tx, course, session_id),
        thread=panel.thread,
        parent=course.announce_channel,
        address=f"{base}/projector/{panel.projector}" if base else None,
        authors=tuple(cast_members(cast[Role.PRESENTER]) + cast_members(cast[Role.SUMMARIZER])),
        reviewers=tuple(cast_members(cast[Role.REVIEWER])),
        waiting=len(waiting_of(heads)),
        current=current_of(tx, panel, heads),
    )


def tie(tx: Connection, place: str, session_id: int, thread: str, instead_of: str | None) -> str | None:
    courses.hold(tx, place=place)
    found = panels.get(tx, courses.at_place(tx, place).id, session_id)
    if found is None or found.thread != instead_of:
        return found.thread if found else None
    panels.change(tx, session_id, thread=thread)
    return thread


def next_question(
    tx: Connection, place: str, session: str | None, after: int | None, now: datetime
) -> tuple[Put, PanelRow]:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    panel = open_panel_of(tx, course, find_open(tx, place, session))
    heads = heads_of(tx, panel)
    current = current_of(tx, panel, heads)
    if _was_pressed_already(tx, panel, after, now):
        there = f": “{current.text[:80]}”" if current else ""
        raise CourseError(
            f"Somebody pressed first{there}. That question is on the table; press Next under it when it is done."
        )
    asked = [as_candidate(head) for head in heads if head.state in HEARD]
    chosen = pick_next([as_candidate(head) for head in waiting_of(heads)], asked)
    if chosen is None:
        raise CourseError("No question is waiting. When a new one comes in with `/ask`, press Next again.")
    panels.mark(tx, chosen.id, "asked", now)
    panels.change(tx, panel.session_id, current_id=chosen.id)
    heads = heads_of(tx, panel)
    named = names_shown(tx, course)
    put = shown(next(head for head in heads if head.id == chosen.id), named=named)
    return Put(put, current, panel.thread, len(waiting_of(heads))), panel


def _was_pressed_already(tx: Connection, panel: PanelRow, after: int | None, now: datetime) -> bool:
    if after is not None:  # a button says which question it stood under, 0 for none
        return after != (panel.current_id or 0)
    put_at = panels.put_at(tx, panel.current_id) if panel.current_id else None
    return put_at is not None and now - put_at < SAME_PRESS


def mark(tx: Connection, place: str, question_id: int, state: Mark, now: datetime) -> tuple[Marked, PanelRow]:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    session_id = session_of_question(tx, course, question_id)
    panel = open_panel_of(tx, course, session_id)
    head = head_of(tx, panel, question_id)
    if head.state == "waiting":
        raise CourseError("This question has not been asked yet. Put it on the table with Next first.")
    panels.mark(tx, head.id, state, now)
    head = head_of(tx, panel, question_id)
    return Marked(shown(head, named=names_shown(tx, course)), head_id_of(tx, panel.current_id) == head.id), panel


def close(tx: Connection, place: str, actor: Actor, session: str | None, now: datetime) -> tuple[Closed, PanelRow]:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    panel = open_panel_of(tx, course, find_open(tx, place, session))
    panels.change(tx, panel.session_id, closed_at=now)
    title = title_of(tx, course, panel.session_id)
    audit.record(tx, course.id, actor.key, f"closed the panel “{title}”", now)
    states = [head.state for head in heads_of(tx, panel)]
    counts = {state: states.count(state) for state in ("asked", "answered", "skipped", "waiting")}
    return Closed(panel.session_id, title, panel.thread, counts), panel


def find_open(tx: Connection, place: str, session: str | None) -> int:
    """The session that was picked or dated; when none was, the one whose panel is open.

    Raises:
        CourseError: none is open, or several are.
    """
    course = courses.at_place(tx, place)
    if session is not None:
        return number_of(session) or vote_life.find_session(tx, course, session).id
    there = [panel.session_id for panel in panels.of_course(tx, course.id) if panel.closed_at is None]
    if len(there) == 1:
        return there[0]
    if there:
        raise CourseError("Several panels are open. Say which class: pick one of the suggestions.")
    raise CourseError("No panel is open. Open one with `/staff panel open`.")


def session_names(tx: Connection, place: str, typed: str, now: datetime) -> list[Named]:
    course = courses.at_place(tx, place)
    near = sorted(schedule.every(tx, course.id), key=lambda view: abs(view.starts_at - now))
    named = [Named(str(view.id), vote_life.title_of(course, view)) for view in near if view.kind.meets]
    return _matching(named, typed)


def panel_names(tx: Connection, place: str, typed: str, *, only_open: bool) -> list[Named]:
    course = courses.at_place(tx, place)
    there = [panel for panel in panels.of_course(tx, course.id) if panel.closed_at is None or not only_open]
    titles = {view.id: vote_life.title_of(course, view) for view in schedule.every(tx, course.id, cancelled=True)}
    return _matching([Named(str(panel.session_id), titles[panel.session_id]) for panel in there], typed)


def _matching(named: list[Named], typed: str) -> list[Named]:
    return [one for one in named if typed.casefold() in one.label.casefold()]


# -- everyone --------------------------------------------------------------------------------------------------


def note(
    tx: Connection,
    place: str,
    actor: Actor,
    session_id: int,
    question_id: int | None,
    text: str,
    interaction_id: str,
    now: datetime,
) -> None:
    text = clean_note(text)
    course, person_id = enter(tx, place, actor, now)
    panel_of(tx, course, session_id)
    if question_id is not None:
        if session_of_question(tx, course, question_id) != session_id:
            raise NO_QUESTION
        question_id = panels.head_of(tx, question_id)
    panels.add_note(tx, course.id, session_id, question_id, person_id, "note", text, interaction_id, now)


def follow_up(
    tx: Connection, place: str, actor: Actor, question_id: int, text: str, interaction_id: str, now: datetime
) -> FollowedUp:
    text = clean_note(text)
    course, person_id = enter(tx, place, actor, now)
    session_id = session_of_question(tx, course, question_id)
    panel = open_panel_of(tx, course, session_id)
    head = head_of(tx, panel, question_id)
    fresh = panels.add_note(tx, course.id, session_id, head.id, person_id, "follow_up", text, interaction_id, now)
    return FollowedUp(
        fresh=fresh,
        thread=panel.thread,
        title=title_of(tx, course, session_id),
        question=shown(head, named=names_shown(tx, course)),
        text=text,
        askers=tuple(panels.askers(tx, head.id, actor.platform, but=person_id)),
    )


def notes(tx: Connection, place: str, actor: Actor, session: str | None) -> Notes:
    course, known = people.who(tx, place, actor)
    if session is not None:
        found = panels.get(tx, course.id, number_of(session) or vote_life.find_session(tx, course, session).id)
    else:
        found = newest_panel(tx, course)
    if found is None and session is None:
        raise CourseError("No panel has been held yet, so there are no notes.")
    if found is None or not found.opened:
        raise CourseError("There was no panel in this class, so there are no notes. Pick one of the suggestions.")
    here = known is not None and known.dropped_at is None
    if not actor.staff and not (here and known and panels.summarizes(tx, found.session_id, known.id)):
        raise CourseError("The notes are for those who write this class's summary, and for the staff.")
    return Notes(title_of(tx, course, found.session_id), course.zone, tuple(panels.notes(tx, found.session_id)))


def clean_note(raw: str) -> str:
    """A note's text without what cannot be stored.

    Raises:
        CourseError: nothing is left, or it is too long.
    """
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if not text:
        raise CourseError("There is nothing in it yet. Write it in the box and send it again.")
    if len(text) > TEXT_MAX:
        raise CourseError(f"That has {len(text):,} characters; at most {TEXT_MAX:,} fit. Shorten it and send it again.")
    return text
