"""Which account is whose: `/link` with a code, staff by hand, and two rows for one human made one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.roster import WRONG_CODES, WRONG_CODES_SPAN, Human, same_name
from bot.store import audit, courses, people, proposals, roster
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.merge import TwoGroups, check, merge
from bot.store.people import Known

_KIND = "merge"
_RANK = {"met": 0, "page": 1, "roster": 2}


class WrongCode(CourseError):
    def __init__(self, left: int) -> None:
        tries = f"{left} more {'try' if left == 1 else 'tries'}" if left else "no more tries"
        super().__init__(
            "This code is wrong, or it has been used already. It has ten letters and digits, like K7QX2-M2PDA. "
            f"You have {tries} for now; if you have lost it, ask the staff."
        )


class TooManyCodes(CourseError):
    def __init__(self, until: datetime) -> None:
        super().__init__(
            "You have tried too many wrong codes. Try again after {at}, or ask the staff to link you.", at=until
        )


@dataclass(frozen=True, slots=True)
class Linked:
    """An account is tied to the person called `name`; `already` when it was before."""

    name: str
    group: str | None
    already: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One person to pick: what is shown, and what stands for them in a command."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Merging:
    """Two rows that are one human: `gone` goes into `keep`, with this many duties.

    `turned`: staff named them the other way round, but the roster's entry (or else the page's) is the one that stays.
    """

    keep: Human
    gone: Human
    duties: int
    turned: bool
    token: str | None = None


class Linking:
    """One account a person, one person an account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def link(self, place: str, actor: Actor, code: str, now: datetime) -> Linked:
        """Tie the actor's account to the roster entry with this one-time code. What they did before stays theirs.

        Raises:
            CourseError: a wrong code, too many of them, someone who was dropped, no course here.
        """
        done = await self._database.write(_link, place, actor, code, now)
        if isinstance(done, CourseError):
            raise done
        return done

    async def link_by_hand(
        self, place: str, actor: Actor, person: str, member: Actor, now: datetime, *, replace: bool = False
    ) -> Linked:
        """Tie the account of `member` to `person` (a suggestion, login or name). `replace` undoes earlier links.

        Raises:
            CourseError: the actor is not staff, no such person, or one of the two is linked already.
        """
        require_staff(actor)
        return await self._database.write(_by_hand, place, actor, person, member, replace, now)

    async def unlink(self, place: str, actor: Actor, member: Actor, now: datetime) -> str:
        """Untie the account of `member`; returns whose it was. They keep group and duties, and get a new code.

        Raises:
            CourseError: the actor is not staff, or the account is tied to nobody on the roster.
        """
        require_staff(actor)
        return await self._database.write(_unlink, place, actor, member, now)

    async def suggest(self, place: str, actor: Actor, typed: str, *, unlinked: bool = False) -> list[Suggestion]:
        """People whose name, login or e-mail address contains what was `typed`; with `unlinked`, those whom an account
        can be tied to. Nobody for who is not staff, or where there is no course."""
        if not actor.staff:
            return []
        try:
            found = await self._database.read(_everyone, place, actor.platform)
        except CourseError:
            return []
        wanted = same_name(typed)
        return [
            Suggestion(one.label, f"id:{one.id}")
            for one in found
            if not (one.dropped or (unlinked and (one.user_id or one.origin == "met")))
            and any(wanted in same_name(text or "") for text in (one.entry.name, one.entry.key, one.entry.email))
        ]

    async def preview_merge(self, place: str, actor: Actor, keep: str, duplicate: str, now: datetime) -> Merging:
        """Show what becomes of two rows that are one human, and keep it for confirmation.

        Raises:
            CourseError: the actor is not staff, no such people, or the two cannot be one.
        """
        require_staff(actor)
        return await self._database.write(_preview_merge, place, actor, keep, duplicate, now)

    async def confirm_merge(self, place: str, actor: Actor, token: str, now: datetime) -> Merging:
        """Merge the previewed two.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or one of the two has changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm_merge, place, actor, token, now)


def _everyone(tx: Connection, place: str, platform: str) -> list[Human]:
    return roster.everyone(tx, courses.at_place(tx, place).id, platform)


def _link(tx: Connection, place: str, actor: Actor, code: str, now: datetime) -> Linked | CourseError:
    """A wrong code is returned, not raised: it has to be counted, and raising undoes what was written."""
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    if known and known.origin == "roster":
        return Linked(known.name, known.group_name, already=True)
    tries = roster.wrong_codes(tx, course.id, actor, now)
    if len(tries) >= WRONG_CODES:
        raise TooManyCodes(tries[-WRONG_CODES] + WRONG_CODES_SPAN)
    person_id = roster.by_code(tx, course.id, code)
    if person_id is None:
        roster.count_wrong_code(tx, course.id, actor, now)
        return WrongCode(WRONG_CODES - len(tries) - 1)
    person = _with_id(roster.everyone(tx, course.id, actor.platform), person_id)
    if person.dropped:
        raise CourseError(
            "This code is of someone who is no longer in the course. If that is a mistake, ask the staff to put you "
            "on the roster again."
        )
    try:
        _tie(tx, course, person, known, actor, now)
    except TwoGroups:
        raise CourseError(
            f"You are in {known.group_name if known else ''} here, but the staff have put you in {person.group}. "
            "Leave yours with `/leave-group`, or ask the staff; then use the code again."
        ) from None
    roster.forget_wrong_codes(tx, course.id, actor)
    return Linked(person.entry.name, person.group or (known.group_name if known else None))


def _tie(tx: Connection, course: CourseRow, person: Human, known: Known | None, member: Actor, now: datetime) -> None:
    """Whoever the account was before becomes the person."""
    if known is None:
        roster.link(tx, course.id, person.id, member.platform, member.user_id, now)
    else:
        merge(tx, person.id, known.id, now)
    roster.drop_code(tx, person.id)


def _by_hand(
    tx: Connection, place: str, actor: Actor, wanted: str, member: Actor, replace: bool, now: datetime
) -> Linked:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, member)
    person = _one(roster.everyone(tx, course.id, member.platform), wanted)
    name = person.entry.name
    if known and known.id == person.id:
        return Linked(name, person.group, already=True)
    if person.origin == "met":
        raise CourseError(f"{name} is not on the roster, so there is nobody to link to. Pick one of the suggestions.")
    if person.dropped:
        raise CourseError(f"{name} is no longer in the course. Import a roster that names them first.")
    elsewhere = known is not None and known.origin != "met"
    if known and elsewhere and not replace:
        raise CourseError(
            f"This account is linked to {known.name} already. To move it to {name}, give `replace: True`; if the two "
            "are one person, use `/staff student merge`."
        )
    if person.user_id and not replace:
        raise CourseError(
            f"{name} has another account already. To put this one in its place, give `replace: True`; or take the "
            "other off with `/staff student unlink`."
        )
    if person.user_id:
        roster.unlink(tx, course.id, member.platform, person.user_id)
    if elsewhere:
        roster.unlink(tx, course.id, member.platform, member.user_id)
        known = None
    _tie(tx, course, person, known, member, now)
    audit.record(tx, course.id, actor.key, f"linked {member.key} to {person.label}", now)
    return Linked(name, person.group or (known.group_name if known else None))


def _unlink(tx: Connection, place: str, actor: Actor, member: Actor, now: datetime) -> str:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, member)
    if known is None or known.origin == "met":
        raise CourseError("This account is linked to nobody on the roster, so there is nothing to take off.")
    roster.unlink(tx, course.id, member.platform, member.user_id)
    audit.record(tx, course.id, actor.key, f"unlinked {member.key} from {known.name}", now)
    return known.name


def _preview_merge(tx: Connection, place: str, actor: Actor, keep: str, duplicate: str, now: datetime) -> Merging:
    course = courses.at_place(tx, place)
    everyone = roster.everyone(tx, course.id, actor.platform)
    kept, gone = _one(everyone, keep), _one(everyone, duplicate)
    if kept.id == gone.id:
        raise CourseError("These are the same person already. Pick two different ones.")
    turned = _RANK[gone.origin] > _RANK[kept.origin]
    if turned:
        kept, gone = gone, kept
    if kept.dropped and not gone.dropped:
        raise CourseError(f"{kept.entry.name} is no longer in the course. Import a roster that names them first.")
    check(tx, kept.id, gone.id)
    payload = json.dumps([kept.id, gone.id, turned]).encode()
    token = proposals.keep(tx, course.id, _KIND, actor.key, payload, _digest(kept, gone), now)
    return Merging(kept, gone, roster.duties(tx, gone.id), turned, token)


def _confirm_merge(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Merging:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, digest = proposals.take(tx, course.id, _KIND, token)
    keep, duplicate, turned = json.loads(payload)
    everyone = roster.everyone(tx, course.id, actor.platform)
    kept, gone = _one(everyone, f"id:{keep}"), _one(everyone, f"id:{duplicate}")
    if _digest(kept, gone) != digest:
        raise CourseError("One of the two has changed since this preview. Give the command again.")
    merging = Merging(kept, gone, roster.duties(tx, gone.id), turned)
    merge(tx, kept.id, gone.id, now)
    audit.record(tx, course.id, actor.key, f"merged {gone.label} into {kept.label}", now)
    return merging


def _digest(kept: Human, gone: Human) -> str:
    return hashlib.sha256(repr((kept, gone)).encode()).hexdigest()


def _with_id(people: Sequence[Human], person_id: int) -> Human:
    return next(one for one in people if one.id == person_id)


def _one(people: Sequence[Human], wanted: str) -> Human:
    """Who is meant by a suggestion's value ("id:12"), a login, an e-mail address or a name.

    Raises:
        CourseError: nobody, or more than one.
    """
    wanted = wanted.strip()
    key, name = wanted.casefold(), same_name(wanted)
    found = [one for one in people if wanted == f"id:{one.id}"]
    found = found or [one for one in people if key and key in (one.entry.key, (one.entry.email or "").casefold())]
    found = found or [one for one in people if same_name(one.entry.name) == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise CourseError(f"{len(found)} people are called “{wanted[:80]}”. Pick one of the suggestions.")
    raise CourseError(f"Nobody here is called “{wanted[:80]}”. Pick one of the suggestions.")
