"""The schema. Constraints here are the rules that hold whatever the code does.

Rows that people may ask about later (memberships, duties, sessions) are ended, not deleted: a partial unique index
over the rows still open keeps the rule, the ended ones keep the history.
"""

from __future__ import annotations

from bot.store.tables.attending import attendance, check_in, check_in_attempt
from bot.store.tables.base import metadata
from bot.store.tables.calendars import booking, feed, office_hours, platform_event
from bot.store.tables.course import account, course, link_attempt, link_code, person, person_alias, policy
from bot.store.tables.duties import duty, duty_seat, group_duty, ranking, rota_change, swap
from bot.store.tables.groups import (
    group_seat,
    group_space,
    group_space_member,
    invitation,
    membership,
    seeking,
    seeking_with,
    study_group,
)
from bot.store.tables.handing_in import course_secret, draft, hand_in, hand_in_file, mark, review, stored_file
from bot.store.tables.questions import panel, panel_note, question, question_vote
from bot.store.tables.recaps import recap, recap_opt_out, recap_source, recap_spending
from bot.store.tables.reminders import excuse, milestone, policy_change, preference, snooze
from bot.store.tables.running import announcement, audit, fact, outbox, proposal
from bot.store.tables.schedule import reading, session, session_change
from bot.store.tables.voting import ballot, vote, vote_choice, vote_key, vote_voter

__all__ = [
    "account",
    "announcement",
    "attendance",
    "audit",
    "ballot",
    "booking",
    "check_in",
    "check_in_attempt",
    "course",
    "course_secret",
    "draft",
    "duty",
    "duty_seat",
    "excuse",
    "fact",
    "feed",
    "group_duty",
    "group_seat",
    "group_space",
    "group_space_member",
    "hand_in",
    "hand_in_file",
    "invitation",
    "link_attempt",
    "link_code",
    "mark",
    "membership",
    "metadata",
    "milestone",
    "office_hours",
    "outbox",
    "panel",
    "panel_note",
    "person",
    "person_alias",
    "platform_event",
    "policy",
    "policy_change",
    "preference",
    "proposal",
    "question",
    "question_vote",
    "ranking",
    "reading",
    "recap",
    "recap_opt_out",
    "recap_source",
    "recap_spending",
    "review",
    "rota_change",
    "seeking",
    "seeking_with",
    "session",
    "session_change",
    "snooze",
    "stored_file",
    "study_group",
    "swap",
    "vote",
    "vote_choice",
    "vote_key",
    "vote_voter",
]
