"""Handing in a milestone of the project: a link, a file, an archive of code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import Work, slug
from bot.core.errors import CourseError
from bot.core.files import CODE, REPORT
from bot.core.links import read_link
from bot.core.milestone_parts import checklist
from bot.core.people import Actor
from bot.core.receipts import Content, FileRef
from bot.core.review_notices import Decision
from bot.services import hand_in_box, reviews
from bot.services.files import FileService, Upload
from bot.services.hand_in_desk import Received
from bot.services.question_desk import Named, enter_as_reader
from bot.services.slots import fits
from bot.store import courses, excuses, groups, hand_ins, milestones, people
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.milestones import MilestoneRow
from bot.store.people import Known


@dataclass(frozen=True, slots=True)
class MilestoneHandedIn:
    """What became of it. `missing` is what the version before had and this one has not (a link, names of files);
    `earlier` what staff said about an earlier version, which does not hold for this one."""

    received: Received
    checklist: tuple[str, ...]
    missing: tuple[str, ...]
    earlier: Decision | None


class MilestoneHandIns:
    """`changed` is called when there is something to tell."""

    def __init__(self, database: Database, files: FileService, changed: Callable[[], None]) -> None:
        self._database = database
        self._files = files
        self._changed = changed

    async def check(self, place: str, actor: Actor, milestone: str | None, at: datetime) -> None:
        """Whether the actor may hand this in, before their files are fetched.

        Raises:
            CourseError: as `submit`.
        """
        await self._database.read(_check, place, actor, milestone, at)

    async def submit(
        self,
        place: str,
        actor: Actor,
        milestone: str | None,
        at: datetime,
        interaction_id: str,
        *,
        link: str | None = None,
        file: Upload | None = None,
        code: Upload | None = None,
    ) -> MilestoneHandedIn:
        """Hand in a version for the actor's group, or for themselves; late ones are taken, and shown as late.

        `milestone` is its name, by default the one that is owed.

        Raises:
            CourseError: no course here, not a student of it, no such milestone, none is owed, it is not clear which is
                meant, there is nothing in it, or a link or file is not taken.
        """
        url = read_link(link) if link else None
        uploads = [*([(file, REPORT)] if file else []), *([(code, CODE)] if code else [])]
        if url is None and not uploads:
            raise CourseError("There is nothing to hand in: give a `link`, a `file` (PDF or zip), or a `code` archive.")
        kept = await self._files.keep(place, uploads, at)
        content = Content(link=url.url if url else None, files=_distinct(kept))
        hint = url.hint if url else None
        done = await self._database.write(_submit, place, actor, milestone, at, interaction_id, content, hint)
        self._changed()
        return done

    async def suggest(self, place: str, actor: Actor, typed: str) -> list[Named]:
        """The milestones that fit what was typed: what is owed first, in order of time."""
        try:
            return await self._database.read(_suggest, place, actor, typed)
        except CourseError:
            return []


def _distinct(files: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
    """No two of the same name."""
    seen: list[FileRef] = []
    for one in files:
        stem, _, ending = one.name.rpartition(".")
        taken = any(one.name == other.name for other in seen)
        seen.append(FileRef(f"{stem} (2).{ending}", one.sha256) if taken else one)
    return tuple(seen)


def _enter(tx: Connection, place: str, actor: Actor, at: datetime) -> tuple[CourseRow, Known]:
    """The course and the actor, who may have been unknown until now."""
    course, known = people.who(tx, place, actor)
    if known is None:
        people.enter(tx, course, actor, None, at)
        _, known = people.who(tx, place, actor)
    assert known is not None
    return course, known


def _check(tx: Connection, place: str, actor: Actor, name: str | None, at: datetime) -> None:
    course, known = enter_as_reader(tx, place, actor)
    if known is not None:
        wanted = _find(tx, course, known, name, at)
        hand_in_box.owner(tx, known, hand_in_box.of_milestone(tx, course, wanted.id))


def _submit(
    tx: Connection,
    place: str,
    actor: Actor,
    name: str | None,
    at: datetime,
    interaction_id: str,
    content: Content,
    hint: str | None,
) -> MilestoneHandedIn:
    courses.hold(tx, place=place)
    course, known = _enter(tx, place, actor, at)
    earlier = hand_ins.by_interaction(tx, course.id, interaction_id)
    wanted = earlier.about if earlier else _find(tx, course, known, name, at).id
    subject = hand_in_box.of_milestone(tx, course, wanted)
    group_id = hand_in_box.owner(tx, known, subject)
    before = hand_ins.of_owner(tx, course.id, Work.MILESTONE, wanted, group_id, known.id)
    done = hand_in_box.put(
        tx,
        course,
        subject=subject,
        group_id=group_id,
        person_id=known.id,
        at=at,
        interaction_id=interaction_id,
        content=content,
    )
    last = before[-1] if before and not done.again else None
    row = hand_ins.one(tx, course.id, done.hand_in_id)
    assert row is not None
    group = groups.names(tx, course.id).get(group_id) if group_id is not None else None
    return MilestoneHandedIn(
        Received(row.id, done.receipt, group, row.content, hint, done.again, stays=done.stays),
        checklist=checklist(subject.title),
        missing=_missing(last.content, content) if last else (),
        earlier=reviews.card(tx, course, row).earlier,
    )


def _missing(before: Content, now: Content) -> tuple[str, ...]:
    """What of the version before has no counterpart in this one: each counts as it is (a link, a PDF, an archive)."""
    kinds = {one.name.rpartition(".")[2] for one in now.files}
    gone = [one.name for one in before.files if one.name.rpartition(".")[2] not in kinds]
    return (*(["the link"] if before.link and not now.link else []), *gone)


def _find(tx: Connection, course: CourseRow, known: Known, name: str | None, at: datetime) -> MilestoneRow:
    every = milestones.every(tx, course.id)
    if name and name.strip():
        found = [one for one in every if one.key == slug(name) or str(one.id) == name.strip()]
        if not found:
            alike = [one for one in every if fits(one.name, name)]
            found = alike if len(alike) == 1 else []
        if not found:
            names = ", ".join(f"“{one.name}”" for one in every)
            there = f"There are: {names}." if names else "The staff have set none yet."
            raise CourseError(f"There is no milestone “{name.strip()[:60]}”. {there}")
        return found[0]
    owed = _owed(tx, course, known, every)
    # A new version of one whose deadline is still ahead, an overdue one, or the next?
    done = hand_ins.every(tx, course.id)
    again = [one for one in every if one.due_at >= at and done.by(Work.MILESTONE, one.id, known.id, known.group_id)]
    if not again and (len(owed) == 1 or (owed and owed[0].due_at >= at)):
        return owed[0]  # the next one
    if owed:
        meant = [*again[-1:], *owed[:1]] if again else owed[:2]
        names = " or ".join(f"“{one.name}”" for one in meant)
        raise CourseError(f"Which one do you mean: {names}? Pick it with the option `milestone`.")
    if every:
        raise CourseError("You have handed in every milestone. For a new version, pick one with `milestone`.")
    raise CourseError("The staff have set no milestones yet. See `/deadlines`.")


def _owed(tx: Connection, course: CourseRow, known: Known, every: Sequence[MilestoneRow]) -> list[MilestoneRow]:
    """The milestones that the person has still to hand in, in order of time."""
    done, excused = hand_ins.every(tx, course.id), excuses.every(tx, course.id)
    return [
        one
        for one in every
        if not done.by(Work.MILESTONE, one.id, known.id, known.group_id)
        and not excused.cover(known.id, Work.MILESTONE, milestone_id=one.id)
    ]


def _suggest(tx: Connection, place: str, actor: Actor, typed: str) -> list[Named]:
    course, known = people.who(tx, place, actor)
    every = [one for one in milestones.every(tx, course.id) if fits(one.name, typed)]
    owed = _owed(tx, course, known, every) if known else every
    done = [one for one in every if one not in owed]
    return [Named(one.name, one.name) for one in owed] + [Named(one.name, f"✓ {one.name}") for one in done]
