"""Planning reminders: the same input plans the same, and nothing is planned that helps nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.reminders import ReminderKind, nonce, plan

LOCK = datetime(2024, 1, 24, 4, 59, tzinfo=UTC)
LEADS = [timedelta(days=3), timedelta(hours=24), timedelta(hours=3)]


def _plan(now: datetime) -> list[tuple[timedelta, bool]]:
    return [(LOCK - item.due_at, item.overdue) for item in plan(ReminderKind.GROUP_LOCK, "c", LOCK, LEADS, now)]


def test_all_leads_lie_ahead() -> None:
    assert _plan(LOCK - timedelta(days=9)) == [(lead, False) for lead in LEADS]


def test_of_those_already_due_only_the_last_is_still_owed() -> None:
    assert _plan(LOCK - timedelta(hours=48)) == [(LEADS[0], True), (LEADS[1], False), (LEADS[2], False)]
    assert _plan(LOCK - timedelta(hours=10)) == [(LEADS[1], True), (LEADS[2], False)]


def test_when_none_lies_ahead_the_last_is_due_now() -> None:
    assert _plan(LOCK - timedelta(hours=1)) == [(timedelta(hours=1), False)]


def test_nothing_once_it_is_too_late() -> None:
    assert _plan(LOCK) == []


def test_a_moved_deadline_has_other_names() -> None:
    now = LOCK - timedelta(days=9)
    names = {item.key for item in plan(ReminderKind.GROUP_LOCK, "c", LOCK, LEADS, now)}
    moved = {item.key for item in plan(ReminderKind.GROUP_LOCK, "c", LOCK + timedelta(days=1), LEADS, now)}
    assert len(names | moved) == 6


@given(
    leads=st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=20)), max_size=6),
    ahead=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
)
def test_plans_are_unique_timely_and_stable(leads: list[timedelta], ahead: timedelta) -> None:
    now = LOCK - ahead
    planned = plan(ReminderKind.GROUP_LOCK, "c", LOCK, leads, now)
    assert planned == plan(ReminderKind.GROUP_LOCK, "c", LOCK, leads, now)
    assert sum(item.due_at <= now for item in planned) <= 1
    assert not planned or not planned[-1].overdue
    assert all(item.due_at < item.expires_at == LOCK for item in planned)
    assert bool(planned) == bool(leads)
    assert len({item.key for item in planned}) == len(planned)


@given(key=st.text(max_size=80), part=st.integers(0, 99))
def test_a_nonce_fits_discord_and_tells_parts_apart(key: str, part: int) -> None:
    assert len(nonce(key, part)) <= 25
    assert nonce(key, part) == nonce(key, part)
    assert nonce(key, part) != nonce(key, part + 1)
