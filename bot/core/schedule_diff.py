"""What a newly published schedule changes: which session is which, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

from bot.core.course import Kind, PageSession, Reading, Role

SAME = 0.5
"""From this likeness on (0 to 1), two contents are taken to be those of one session."""


class Change(StrEnum):
    """What became of a session; one may have changed in several ways."""

    ADDED = "added"
    MOVED = "moved"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    REASSIGNED = "reassigned"
    READINGS = "readings"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Stored:
    """A session as stored, under its id."""

    id: int
    session: PageSession
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class SessionChange:
    """One session's change. `stored_id` and `before` are None for a new one, `after` for a cancelled one."""

    stored_id: int | None
    before: PageSession | None
    after: PageSession | None
    changes: frozenset[Change]


@dataclass(frozen=True, slots=True)
class ScheduleDiff:
    """All real changes in order of date, and how many sessions stay as they are."""

    changes: tuple[SessionChange, ...]
    unchanged: int


def diff_schedule(stored: Sequence[Stored], page: Sequence[PageSession]) -> ScheduleDiff:
    """What to change so that the stored sessions become those of the page.

    A session keeps its id when it is edited or moved. It is found on the page by its content on the same date, then
    by its content elsewhere (so two sessions that swap dates are two moves), and last by its date alone (a rewrite).
    What the page no longer has is cancelled; a cancelled session that is back, by content, is restored.
    """
    pairs = _pair(stored, page)
    changes: list[SessionChange] = []
    unchanged = 0
    for index, session in enumerate(page):
        old = pairs.get(index)
        if old is None:
            changes.append(SessionChange(None, None, session, frozenset({Change.ADDED})))
            continue
        kinds = compare(old.session, session)
        if old.cancelled:
            kinds |= {Change.RESTORED}
        if kinds:
            changes.append(SessionChange(old.id, old.session, session, kinds))
        else:
            unchanged += 1
    kept = {old.id for old in pairs.values()}
    for old in stored:
        if old.id not in kept and not old.cancelled:
            changes.append(SessionChange(old.id, old.session, None, frozenset({Change.CANCELLED})))
    changes.sort(key=lambda change: (_day(change), change.after is None, change.stored_id or 0))
    return ScheduleDiff(tuple(changes), unchanged)


def keep_unsaid(diff: ScheduleDiff, held: Mapping[int, Collection[Role]]) -> ScheduleDiff:
    """Let stand the duties in `held` (roles by stored id) that a page says nothing about.

    They were taken or given out by command, and a page that was never told of them leaves its cells empty. Where the
    page says that there is no class any more, it says that nobody is on duty.
    """
    changes, unchanged = [], diff.unchanged
    for change in diff.changes:
        before, after = change.before, change.after
        if before is None or after is None or change.stored_id is None:
            changes.append(change)
            continue
        unsaid = {role: before.duties[role] for role in held.get(change.stored_id, ()) if not after.duties.get(role)}
        if after.kind in (Kind.NO_CLASS, Kind.BUFFER) and before.kind is not after.kind:
            unsaid = {}
        after = replace(after, duties={**after.duties, **unsaid})
        kinds = compare(before, after) | (change.changes & {Change.RESTORED})
        if kinds:
            changes.append(SessionChange(change.stored_id, before, after, kinds))
        else:
            unchanged += 1
    return ScheduleDiff(tuple(changes), unchanged)


def compare(before: PageSession, after: PageSession) -> frozenset[Change]:
    """How two versions of one session differ. The order of people, and the line on the page, do not count."""
    changes = set()
    if _when(before) != _when(after):
        changes.add(Change.MOVED)
    if _holders(before) != _holders(after):
        changes.add(Change.REASSIGNED)
    if before.readings != after.readings:
        changes.add(Change.READINGS)
    if (before.kind, before.title, before.topic) != (after.kind, after.title, after.topic):
        changes.add(Change.RENAMED)
    return frozenset(changes)


def _when(session: PageSession) -> tuple[date, time | None, time | None, str | None]:
    return session.date, session.starts, session.ends, session.room


def _holders(session: PageSession) -> Mapping[Role, frozenset[str]]:
    return {role: frozenset(people) for role, people in session.duties.items() if people}


def _day(change: SessionChange) -> date:
    session = change.after or change.before
    assert session is not None
    return session.date


def _pair(stored: Sequence[Stored], page: Sequence[PageSession]) -> dict[int, Stored]:
    """Which stored session each session of the page is, by its index on the page."""
    pairs: dict[int, Stored] = {}
    used: set[int] = set()
    faces = [_Face(session) for session in page]
    active = [(old, _Face(old.session)) for old in stored if not old.cancelled]
    cancelled = [(old, _Face(old.session)) for old in stored if old.cancelled]

    def settle(olds: Iterable[tuple[Stored, _Face]], score: Callable[[_Face, _Face], float]) -> None:
        """Pair the best fitting first; equal fits by nearness of date, then in order."""
        fits = []
        for at, (old, old_face) in enumerate(olds):
            if old.id in used:
                continue
            for index, face in enumerate(faces):
                if index not in pairs and (fit := score(old_face, face)) > 0:
                    apart = abs((old_face.session.date - face.session.date).days)
                    fits.append((-fit, apart, at, index, old))
        for _, _, _, index, old in sorted(fits, key=lambda item: item[:4]):
            if index not in pairs and old.id not in used:
                pairs[index] = old
                used.add(old.id)

    for olds in (active, cancelled):
        settle(olds, _identical)
        settle(olds, _same_day_and_content)
        settle(olds, _same_content)
    settle(active, _same_day)
    return pairs


class _Face:
    """What a session is recognised by, worked out once."""

    __slots__ = ("presenters", "readings", "session", "title")

    def __init__(self, session: PageSession) -> None:
        self.session = session
        self.readings = [_keys(reading) for reading in session.readings]
        self.title = _plain(session.title or "")
        self.presenters = frozenset(session.duties.get(Role.PRESENTER, ()))


def _identical(old: _Face, new: _Face) -> float:
    return float(old.session.date == new.session.date and not compare(old.session, new.session))


def _same_day_and_content(old: _Face, new: _Face) -> float:
    if old.session.date != new.session.date:
        return 0
    if old.session.kind is new.session.kind and old.session.kind in (Kind.BUFFER, Kind.NO_CLASS):
        return 1
    return _likeness(old, new)


def _same_content(old: _Face, new: _Face) -> float:
    return _likeness(old, new)


def _same_day(old: _Face, new: _Face) -> float:
    """For rewrites: any pair on the same day, the likelier first."""
    if old.session.date != new.session.date:
        return 0
    return 0.1 + _shared(old, new) + (0.5 if old.presenters & new.presenters else 0)


def _likeness(old: _Face, new: _Face) -> float:
    """How surely two contents are one session's: by readings, else by title, else by presenters. 0 below `SAME`."""
    if old.readings and new.readings:
        same_title = bool(old.title) and old.title == new.title
        fit = max(_shared(old, new), 0.6 if same_title else 0)
        return fit if fit >= SAME else 0
    if old.title or new.title:
        return 0.9 if old.title == new.title else 0
    if old.readings or new.readings:
        return 0
    return 0.8 if old.presenters and old.presenters == new.presenters else 0


def _shared(old: _Face, new: _Face) -> float:
    """How much of the shorter list of readings is in both, a little less where the other is longer."""
    if not old.readings or not new.readings:
        return 0
    known = set().union(*new.readings)
    both = sum(1 for keys in old.readings if keys & known)
    shorter, longer = sorted((len(old.readings), len(new.readings)))
    return min(both / shorter, 1) * (0.9 + 0.1 * shorter / longer)


def _keys(reading: Reading) -> frozenset[str]:
    """A reading is the same if its address or its title is."""
    keys = {f"title {_plain(reading.title)}"}
    if reading.url:
        address = re.sub(r"^https?://(?:www\.)?", "", reading.url.split("#")[0])
        host, slash, path = address.partition("/")
        path = re.sub(r"(?:v\d+)?(?:\.pdf)?$", "", path.replace("pdf/", "abs/")) if "arxiv.org" in host else path
        keys.add(f"url {host.casefold()}{slash}{path.rstrip('/')}")
    return frozenset(keys)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]+", " ", text.casefold()).split()) or text


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
    if Change.RESTORED in change.changes:
        return "; ".join([f"Restored: {said_name(after)} on {said_date(after)}", *details])
    if Change.MOVED in change.changes and _when(before)[:3] != _when(after)[:3]:
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
