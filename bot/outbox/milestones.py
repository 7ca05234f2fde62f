"""Milestones of the project that groups still owe."""

from __future__ import annotations

from bot.core.deadlines import Work
from bot.core.reminders import ReminderKind
from bot.outbox.reminding import Reminders

MILESTONES = Reminders(ReminderKind.MILESTONE, Work.MILESTONE)
