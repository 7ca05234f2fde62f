"""What a newly published schedule changes: which session is which, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

from bot.core.course import Kind, PageSession, Reading, Role

When = tuple[date, time | None, time | None, str | None]
"""Date, start, end and room."""

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
    MEETS = "meets or not"


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
    if when_of(before) != when_of(after):
        changes.add(Change.MOVED)
    if _holders(before) != _holders(after):
        changes.add(Change.REASSIGNED)
    if before.readings != after.readings:
        changes.add(Change.READINGS)
    if (before.kind, before.title, before.topic) != (after.kind, after.title, after.topic):
        changes.add(Change.RENAMED)
    if before.kind.meets is not after.kind.meets:
        changes.add(Change.MEETS)
    return frozenset(changes)


def when_of(session: PageSession) -> When:
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
