"""What changed in the schedule, in words for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core.course import PageSession, Role
from bot.core.schedule_diff import Change, SessionChange, when_of


def describe(change: SessionChange) -> str:
    """One line for people, for example "Moved: FlashAttention from Mar 19 to Mar 21; presenter Ann → Bob"."""
    before, after = change.before, change.after
    if after is None:
        assert before is not None
        free = ", ".join(f"{role} {', '.join(people)}" for role, people in before.duties.items() if people)
        return f"Cancelled: {said_name(before)} on {said_date(before)}" + (
            f"; no longer on duty: {free}" if free else ""
        )
    if before is None:
        people = after.duties.get(Role.PRESENTER, ())
        return f"Added: {said_name(after)} on {said_date(after)}" + (
            f", presented by {', '.join(people)}" if people else ""
        )
    details = [say(before, after) for kind, say in _DETAILS.items() if kind in change.changes]
    heads = []
    if Change.MEETS in change.changes and not after.kind.meets:
        heads.append(f"No class any more: {said_name(before)} on {said_date(before)}")
    elif Change.RESTORED in change.changes:
        heads.append(f"Restored: {said_name(after)} on {said_date(after)}")
    if heads:
        return "; ".join(heads + [detail.removeprefix(f"on {said_date(after)}, ") for detail in details])
    if Change.MOVED in change.changes and when_of(before)[:3] != when_of(after)[:3]:
        return "; ".join([f"Moved: {said_name(after)} {details[0]}", *details[1:]])
    if Change.MOVED in change.changes:  # to another room only
        return "; ".join([f"Changed: {said_name(after)} {details[0]}", *details[1:]])
    return f"Changed: {said_name(after)} on {said_date(after)}: {'; '.join(details)}"


def said_name(session: PageSession) -> str:
    """What a session is called in a sentence."""
    label = " ".join(session.label.split())
    return label if len(label) <= 60 else label[:59].rstrip() + "…"


def said_date(session: PageSession) -> str:
    """ "Jan 25"."""
    return f"{session.date:%b} {session.date.day}"


def _moved(before: PageSession, after: PageSession) -> str:
    parts = []
    if before.date != after.date:
        parts.append(f"from {said_date(before)} to {said_date(after)}")
    else:
        parts.append(f"on {said_date(after)}")
    if (before.starts, before.ends) != (after.starts, after.ends):
        parts.append(f"time {said_hours(before)} → {said_hours(after)}")
    if before.room != after.room:
        parts.append(f"room {before.room or 'none'} → {after.room or 'none'}")
    return ", ".join(parts)


def said_hours(session: PageSession) -> str:
    """ "10:30-12:00"."""
    if session.starts is None:
        return "as usual"
    return f"{session.starts:%H:%M}" + (f"-{session.ends:%H:%M}" if session.ends else "")


def _renamed(before: PageSession, after: PageSession) -> str:
    parts = []
    for what, old, new in (
        ("title", before.title, after.title),
        ("topic", before.topic, after.topic),
        ("kind", before.kind.replace("_", " "), after.kind.replace("_", " ")),
    ):
        if old != new:
            parts.append(f"{what} {old or 'none'} → {new or 'none'}")
    return ", ".join(parts)


def _reassigned(before: PageSession, after: PageSession) -> str:
    parts = []
    for role in Role:
        old, new = before.duties.get(role, ()), after.duties.get(role, ())
        if frozenset(old) != frozenset(new):
            parts.append(f"{role} {', '.join(old) or 'nobody'} → {', '.join(new) or 'nobody'}")
    return ", ".join(parts)


def _readings(before: PageSession, after: PageSession) -> str:
    old = {reading.title: reading for reading in before.readings}
    new = {reading.title: reading for reading in after.readings}
    added = [f"+ {title}" for title in new if title not in old]
    gone = [f"- {title}" for title in old if title not in new]
    parts = [part if len(part) <= 60 else part[:59].rstrip() + "…" for part in (*added, *gone)]
    for title in new:
        if title in old and old[title].required != new[title].required:
            word = "required" if new[title].required else "optional"
            parts.append(f"{title if len(title) <= 50 else title[:49].rstrip() + '…'} now {word}")
    return "readings " + (", ".join(parts) or "edited")


_DETAILS: Mapping[Change, Callable[[PageSession, PageSession], str]] = {
    Change.MOVED: _moved,
    Change.RENAMED: _renamed,
    Change.REASSIGNED: _reassigned,
    Change.READINGS: _readings,
}
