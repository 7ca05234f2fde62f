"""Questions still owed to the papers of a class."""

from __future__ import annotations

from bot.core.deadlines import Work
from bot.core.reminders import ReminderKind
from bot.outbox.reminding import Reminders

QUESTIONS = Reminders(ReminderKind.QUESTIONS, Work.QUESTIONS)
