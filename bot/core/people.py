"""Who acts, and what only staff may do."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import CourseError, NotStaff


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind one interaction, as the platform reports them.

    `user_id` is the platform's id as text; `name` is what the platform shows for them; `staff` is what the front end
    concluded from roles and permissions *at this press*, never from an earlier one.
    """

    platform: str
    user_id: str
    name: str
    staff: bool = False

    @property
    def key(self) -> str:
        """The roster key of someone met on a platform before any roster names them."""
        return f"{self.platform}:{self.user_id}"


def require_staff(actor: Actor) -> None:
    """Raises NotStaff unless `actor` is staff. Every staff service calls it, whatever the front end hid."""
    if not actor.staff:
        raise NotStaff


class NotLinked(CourseError):
    """The course takes only people on its roster."""

    def __init__(self) -> None:
        super().__init__(
            "I cannot find you on the course's roster yet. Use `/link` with the code that the staff sent you; "
            "if you have none, ask them."
        )


class NoLongerInCourse(NotLinked):
    """Staff took the actor off the course."""

    def __init__(self) -> None:
        CourseError.__init__(self, "You are no longer in this course. If that is a mistake, ask the staff.")
