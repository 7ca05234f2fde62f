"""The schema. Constraints here are the rules that hold whatever the code does.

Rows that people may ask about later (memberships, duties, sessions) are ended, not deleted: a partial unique index
over the rows still open keeps the rule, the ended ones keep the history.
"""

from __future__ import annotations

from bot.store.tables.base import metadata
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
from bot.store.tables.questions import panel, panel_note, question, question_vote
from bot.store.tables.reminders import excuse, hand_in, milestone, policy_change, preference, snooze
from bot.store.tables.running import announcement, audit, fact, outbox, proposal
from bot.store.tables.schedule import reading, session, session_change
from bot.store.tables.voting import ballot, vote, vote_choice, vote_key, vote_voter

__all__ = [
    "account",
    "announcement",
    "audit",
    "ballot",
    "course",
    "duty",
    "duty_seat",
    "excuse",
    "fact",
    "group_duty",
    "group_seat",
    "group_space",
    "group_space_member",
    "hand_in",
    "invitation",
    "link_attempt",
    "link_code",
    "membership",
    "metadata",
    "milestone",
    "outbox",
    "panel",
    "panel_note",
    "person",
    "person_alias",
    "policy",
    "policy_change",
    "preference",
    "proposal",
    "question",
    "question_vote",
    "ranking",
    "reading",
    "rota_change",
    "seeking",
    "seeking_with",
    "session",
    "session_change",
    "snooze",
    "study_group",
    "swap",
    "vote",
    "vote_choice",
    "vote_key",
    "vote_voter",
]
