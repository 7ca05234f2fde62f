"""Study groups: what a name may be, and each way a request can be refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import CourseError

NAME_MAX = 40
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


def name_key(name: str) -> str:
    """What makes two names the same: case and compatibility forms do not count."""
    return unicodedata.normalize("NFKC", name).casefold()


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
