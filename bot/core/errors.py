"""Errors that carry a sentence a person can act on."""

from __future__ import annotations


class CourseError(Exception):
    """A rule of the seminar, or a mistake in the input, stands in the way.

    `str(error)` is one or two sentences for the person who asked: what is wrong and what to do.
    Each front end shows it as it is; anything that is not a `CourseError` is a bug.
    """


class NotStaff(CourseError):
    """The actor is not a member of the course staff."""


class NotSetUp(CourseError):
    """No course is tied to this server yet."""
