"""The lock date, kept by the database: after it, a membership opens or ends only by staff, or by an earlier invitation.

A CHECK constraint cannot look at another table, so this one rule is a trigger. SQLite drops triggers when a table is
rebuilt (Alembic's batch mode): a migration that rebuilds `membership` must call `create` again, and
tests/store/test_schema.py fails when it does not.
"""

from __future__ import annotations

LOCKED = "groups_locked"
"""The text in the IntegrityError that the database raises."""

# From when on nobody takes the seat: an invitation that was sent before the lock holds a while longer.
_CLOSED = """
    SELECT CASE WHEN EXISTS (
        SELECT 1 FROM invitation
        WHERE invitation.id = NEW.invitation_id AND invitation.group_id = NEW.group_id
            AND invitation.person_id = NEW.person_id AND invitation.asked_at < course.group_lock_at
    ) THEN COALESCE(course.invites_until, course.group_lock_at) ELSE course.group_lock_at END
    FROM course WHERE course.id = NEW.course_id
"""

_SQLITE = (
    f"""
    CREATE TRIGGER membership_lock_join BEFORE INSERT ON membership
    WHEN NOT NEW.by_staff AND NEW.joined_at >= ({_CLOSED})
    BEGIN SELECT RAISE(ABORT, 'groups_locked'); END
    """,
    """
    CREATE TRIGGER membership_lock_leave BEFORE UPDATE OF left_at ON membership
    WHEN NEW.left_at IS NOT NULL AND NOT NEW.by_staff
         AND NEW.left_at >= (SELECT group_lock_at FROM course WHERE id = NEW.course_id)
    BEGIN SELECT RAISE(ABORT, 'groups_locked'); END
    """,
)

_POSTGRESQL = (
    f"""
    CREATE FUNCTION membership_lock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.by_staff THEN RETURN NEW; END IF;
        IF (NEW.left_at IS NULL AND NEW.joined_at >= ({_CLOSED}))
            OR NEW.left_at >= (SELECT group_lock_at FROM course WHERE id = NEW.course_id)
        THEN RAISE EXCEPTION 'groups_locked' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER membership_lock BEFORE INSERT OR UPDATE OF left_at ON membership
    FOR EACH ROW EXECUTE FUNCTION membership_lock()
    """,
)


def create(dialect: str) -> tuple[str, ...]:
    """The statements that create the triggers on `dialect` ("sqlite" or "postgresql")."""
    return _POSTGRESQL if dialect == "postgresql" else _SQLITE


def drop(dialect: str) -> tuple[str, ...]:
    """The statements that undo `create`."""
    if dialect == "postgresql":
        return ("DROP TRIGGER membership_lock ON membership", "DROP FUNCTION membership_lock()")
    return ("DROP TRIGGER membership_lock_join", "DROP TRIGGER membership_lock_leave")
