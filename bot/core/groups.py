"""Study groups: what a name may be, and each way a request can be refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import CourseError

NAME_MAX = 40
INVITATIONS = 5
"""How many invitations of a group may be open at a time, and how many groups a person may wait for: each is a ping."""

NOTE_MAX = 300
"""Characters of a note on the board of people who look for a group."""

_NAME = re.compile(r"[\w \-'&.,!+()]{2,40}")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group; `user_id` is None for someone without a linked account."""

    name: str
    user_id: str | None


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as people see it; `size` is how many seats it has."""

    id: int
    name: str
    size: int
    members: tuple[Member, ...]

    @property
    def free(self) -> int:
        return self.size - len(self.members)


def clean_name(raw: str) -> str:
    """`raw` as a group's name: normalised (NFKC), runs of blanks made one.

    Raises:
        CourseError: too short, too long, or with characters that chat would read as mark-up or mentions.
    """
    name = " ".join(unicodedata.normalize("NFKC", raw).split())
    if not _NAME.fullmatch(name):
        raise CourseError(
            f"A group's name has 2 to {NAME_MAX} letters, digits, blanks or any of - ' & . , ! + ( ). "
            f"Try again with another name than “{raw[:80]}”."
        )
    return name


def name_order(name: str) -> tuple[str | int, ...]:
    """Where a name stands among others: "Group 2" before "Group 10"."""
    return tuple(int(part) if turn % 2 else part for turn, part in enumerate(re.split(r"(\d+)", name_key(name))))


def name_key(name: str) -> str:
    """What makes two names the same: case and compatibility forms do not count."""
    return unicodedata.normalize("NFKC", name).casefold()


def locked(lock_at: datetime | None, at: datetime) -> bool:
    """Whether groups are closed to everyone but staff at `at`."""
    return lock_at is not None and at >= lock_at


def answerable(asked_at: datetime, at: datetime, lock_at: datetime | None, until: datetime | None) -> bool:
    """Whether an invitation or request of `asked_at` can still be accepted at `at`.

    What was asked before the lock holds `until` then, which is by policy.
    """
    if lock_at is None or at < lock_at:
        return True
    return asked_at < lock_at and until is not None and at < until


class GroupsLocked(CourseError):
    """The lock date has passed. Source: the course's first slides ("form groups by Jan 23")."""

    def __init__(self, lock_at: datetime | None) -> None:
        since = " since {at}" if lock_at else ""
        super().__init__(f"Groups are locked{since}: only the course staff can change them now.", at=lock_at)


class GroupFull(CourseError):
    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"{name} is full ({size} of {size}). See `/groups` for one with a free seat.")


class AlreadyInGroup(CourseError):
    def __init__(self, name: str) -> None:
        super().__init__(f"You are in {name}. Leave it first with `/leave-group`.")


class NotInGroup(CourseError):
    def __init__(self) -> None:
        super().__init__("You are not in a group. See `/groups` for one with a free seat.")


class NameTaken(CourseError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is already a group called {name}. Join it with `/join-group`, or choose another name.")


class NoSuchGroup(CourseError):
    def __init__(self, named: str) -> None:
        super().__init__(f"There is no group “{named[:80]}”. `/groups` lists them; `/create-group` starts a new one.")


class InvitationClosed(CourseError):
    """Answered, taken back, or too late: the message that shows it is out of date."""

    def __init__(
        self, text: str = "This is closed: it was answered or taken back.", at: datetime | None = None
    ) -> None:
        super().__init__(text, at=at)


class TooLate(InvitationClosed):
    """Groups are locked, and what was asked before holds no longer."""

    def __init__(self, until: datetime | None) -> None:
        when = "until {at}" if until else "before groups were locked"
        super().__init__(f"This could be accepted {when}; only the course staff can change groups now.", until)


class NotForYou(CourseError):
    def __init__(self, kind: str) -> None:
        who = "Only the person who is invited" if kind == "invite" else "Only a member of the group"
        super().__init__(f"{who} can answer this.")


class NotAStudent(CourseError):
    def __init__(self) -> None:
        super().__init__("They are not a student of this course, and only students are in groups.")


class CannotTakePart(CourseError):
    def __init__(self) -> None:
        super().__init__("They are not linked to the course's roster yet. Ask them to use `/link`, then try again.")
