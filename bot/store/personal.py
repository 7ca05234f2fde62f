"""Where personal data lies: for every table what `/my-data export` shows and what `/my-data delete` does to it.

A table or a text column that is missing here, or a person column that nobody decided about, fails a test
(tests/store/test_personal.py). What is done with it is in `bot.store.erasing` and `bot.store.my_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Table, select

from bot.store.tables import (
    account,
    announcement,
    attendance,
    audit,
    ballot,
    booking,
    check_in,
    check_in_attempt,
    course,
    course_secret,
    draft,
    duty,
    duty_seat,
    excuse,
    fact,
    feed,
    group_duty,
    group_seat,
    group_space,
    group_space_member,
    hand_in,
    hand_in_file,
    invitation,
    link_attempt,
    link_code,
    mark,
    membership,
    milestone,
    office_hours,
    outbox,
    panel,
    panel_note,
    person,
    person_alias,
    platform_event,
    policy,
    policy_change,
    preference,
    proposal,
    question,
    question_vote,
    ranking,
    reading,
    recap,
    recap_opt_out,
    recap_source,
    recap_spending,
    review,
    rota_change,
    seeking,
    seeking_with,
    session,
    session_change,
    snooze,
    stored_file,
    study_group,
    swap,
    vote,
    vote_choice,
    vote_key,
    vote_voter,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one table holds about people. Columns are given by name, several with blanks between them.

    Person columns: a row belongs to whoever is in one of `mine`; `others` name somebody in a row that is another's.
    Text columns: `keys` hold an account's key ("discord:123"), `user_ids` its id, `sentences` what the bot wrote with
    names in it, `folded` names in lower case, `words` what people wrote, `plain` nothing about anybody.

    When a person's data is deleted, the rows found by `goes` (person columns, or those of `user_ids`) are deleted if
    `goes_if` holds; the others stay, under a pseudonym. `blank` columns are emptied in the rows found by `mine`;
    `named` says which column has the name of the account in which key column. `purged` columns are emptied for all at
    the end of the term; with `purge` every row goes then.

    `title` is what the export calls it ("" for nothing of anybody's), `hidden` are columns that it leaves out, `also`
    further rows that are a person's by way of another table (a person's id is put in for the one given).
    """

    table: Table
    title: str = ""
    mine: str = ""
    others: str = ""
    keys: str = ""
    user_ids: str = ""
    sentences: str = ""
    folded: str = ""
    words: str = ""
    plain: str = ""
    goes: str = ""
    goes_if: ColumnElement[bool] | None = None
    blank: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    purge: bool = False
    purged: str = ""
    hidden: str = ""
    also: str = ""


RULES: tuple[Rule, ...] = (
    # Who somebody is.
    Rule(person, "who you are", mine="id", keys="roster_key", sentences="name email section", plain="kind origin"),
    Rule(account, "accounts", mine="person_id", goes="person_id", user_ids="user_id", plain="platform"),
    Rule(person_alias, "other names", mine="person_id", goes="person_id", folded="name_key", purge=True),
    Rule(link_code, "code for /link", mine="person_id", goes="person_id", plain="code", purge=True, hidden="code"),
    Rule(link_attempt, "wrong codes", user_ids="user_id", goes="user_id", plain="platform", purge=True),
    # Groups.
    Rule(membership, "groups you were in", mine="person_id"),
    Rule(study_group, "groups you founded", mine="created_by", words="name", folded="name_key"),
    Rule(invitation, "invitations", mine="person_id asked_by answered_by", plain="kind outcome"),
    Rule(seeking, "looking for a group", mine="person_id", goes="person_id", words="note", purge=True),
    # Whom somebody else would like to be with is theirs to know.
    Rule(
        seeking_with, "whom you would like", mine="person_id", others="other_id", goes="person_id other_id", purge=True
    ),
    # A row here is what the bot has to take back on the platform; it goes when that is done.
    Rule(group_space_member, "rooms you were let into", user_ids="user_id", purge=True),
    Rule(group_seat),
    Rule(group_space, plain="role_id room_id"),
    # Duties.
    Rule(duty, "duties", mine="person_id", plain="role"),
    Rule(swap, "swaps you asked for or answered", mine="asked_by answered_by", plain="outcome"),
    Rule(duty_seat, plain="role"),
    Rule(group_duty, plain="role origin", sentences="reason"),
    Rule(ranking),
    Rule(rota_change, "rotas you put in force", keys="actor", sentences="before after"),
    # Questions and the panel.
    Rule(question, "questions", mine="person_id", words="text", plain="interaction_id state"),
    Rule(question_vote, "votes for questions", mine="person_id", others="author_id"),
    Rule(panel, plain="thread projector"),
    Rule(panel_note, "panel notes", mine="person_id", words="text", plain="kind interaction_id"),
    # What was handed in stays for the course: it is the group's, and what is graded.
    Rule(
        hand_in,
        "hand-ins of yours and of your groups",
        mine="person_id",
        words="link body",
        plain="kind interaction_id digest code receipt thread",
        purged="link body",
        also="group",
    ),
    Rule(hand_in_file, "files of those hand-ins", words="name", plain="sha256", also="hand_in"),
    Rule(
        review,
        "what staff said of those hand-ins",
        keys="by",
        words="note",
        plain="verdict",
        purged="note",
        also="hand_in",
    ),
    Rule(stored_file, plain="sha256 media"),
    # What a group writes together stays with the group.
    Rule(
        draft,
        "drafts",
        mine="person_id",
        goes="person_id",
        goes_if=draft.c.group_id.is_(None),
        words="text",
        plain="heading",
        purge=True,
    ),
    Rule(mark, "marks", mine="person_id", keys="by", words="note", plain="item", blank="note", purged="note"),
    Rule(excuse, "excuses", mine="person_id", keys="by", words="reason", plain="what", blank="reason", purged="reason"),
    Rule(course_secret, plain="purpose value"),
    # Attendance.
    Rule(attendance, plain="key"),
    Rule(check_in, "attendance", mine="person_id", plain="how"),
    Rule(check_in_attempt, "wrong check-in codes", mine="person_id", goes="person_id", purge=True),
    # Secret votes: that somebody may vote and has, never what. A ballot leads back to nobody.
    Rule(vote_voter, "votes you could cast", mine="person_id"),
    Rule(vote, "votes you opened", keys="opened_by", words="title", plain="method state"),
    Rule(vote_choice, words="label"),
    Rule(vote_key, plain="key"),
    Rule(ballot, plain="tag choices"),
    # Reminders, calendars, office hours.
    Rule(preference, "how you are reminded", mine="person_id", goes="person_id", plain="leads via zone", purge=True),
    Rule(snooze, "reminders put off", mine="person_id", goes="person_id", plain="subject", purge=True),
    Rule(feed, "calendar feeds", mine="person_id", goes="person_id", plain="token", purge=True, hidden="token"),
    Rule(platform_event, plain="event digest"),
    Rule(
        office_hours,
        "office hours you held",
        keys="host cancelled_by",
        sentences="host_name",
        words="room reason",
        named={"host": "host_name"},
    ),
    Rule(booking, "appointments", mine="person_id", goes="person_id", words="note", purge=True),
    # Recaps. What others added of theirs stays theirs.
    Rule(
        recap_source,
        "messages in recaps",
        mine="person_id added_by_id",
        goes="person_id",
        words="text",
        plain="message link",
        purge=True,
    ),
    Rule(recap_opt_out, "no recaps of your words", mine="person_id", goes="person_id", purge=True),
    Rule(recap, sentences="body", plain="digest", purge=True),
    Rule(recap_spending),
    # The course, and what staff did.
    Rule(course, plain="key code title term zone place announce_channel staff_channel staff_role"),
    Rule(policy, plain="key value source"),
    Rule(policy_change, "policies you changed", keys="by", plain="key before after"),
    Rule(milestone, plain="key name source"),
    Rule(session, words="title topic room bonus", plain="kind"),
    Rule(reading, words="title note", plain="url"),
    Rule(session_change, "changes you made to the schedule", keys="actor", sentences="what before after"),
    Rule(announcement, "announcements you made", keys="actor", words="text", plain="ping"),
    Rule(audit, "what you did, as the audit has it", keys="actor", sentences="what", purge=True),
    # Previews name and quote people in a form of their own: whoever deletes their data ends all that are open.
    Rule(
        proposal,
        "previews you asked for",
        keys="requested_by",
        plain="token kind digest payload",
        hidden="payload token",
    ),
    # Whom a message names is decided when it is sent. `parts` is what was sent; see `erasing`.
    Rule(outbox, sentences="error", words="key subject", plain="kind state parts destination message_ids"),
    Rule(fact, plain="key", sentences="value"),
)

BY_TABLE: dict[Table, Rule] = {rule.table: rule for rule in RULES}


def hand_ins_of(person_id: int) -> ColumnElement[bool]:
    """The hand-ins that a person made, or that a group made which they were in."""
    groups = select(membership.c.group_id).where(membership.c.person_id == person_id)
    return (hand_in.c.person_id == person_id) | hand_in.c.group_id.in_(groups)
