"""Errors that carry a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class CourseError(Exception):
    """A rule of the seminar, or a mistake in the input, stands in the way.

    The text is one or two sentences for the person who asked: what is wrong and what to do. A `{at}` in it stands
    for the instant `at`, which each front end writes in its own way. Anything that is not a `CourseError` is a bug.
    """

    def __init__(self, text: str, *, at: datetime | None = None) -> None:
        super().__init__(text)
        self.at = at

    def say(self, write: Callable[[datetime], str] = lambda at: f"{at:%Y-%m-%d %H:%M} UTC") -> str:
        """The sentence, with the instant written by `write`."""
        text = str(self.args[0])
        return text.replace("{at}", write(self.at)) if self.at else text

    def __str__(self) -> str:
        return self.say()


class NotStaff(CourseError):
    """The actor is not a member of the course staff."""

    def __init__(self) -> None:
        super().__init__("Only the course staff can do this. If you are staff, ask for the staff role.")


class NotSetUp(CourseError):
    """No course is tied to this server yet."""

    def __init__(self) -> None:
        super().__init__("No course is set up on this server yet. A member of staff starts with `/staff setup`.")
