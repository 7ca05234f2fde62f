"""Votes. Who has voted (`vote_voter`) and what was voted (`ballot`) are apart, and only a vote's key links them.

The key is destroyed and the ballots are deleted when the vote is closed; the counts stay (docs/voting.md).
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text, false

from bot.store.tables.base import id_column, metadata, of_course, one_open
from bot.store.types import Id, UtcDateTime

vote = Table(
    "vote",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id")),
    Column("title", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    # How many ballots were counted at the close.
    Column("ballots", Integer),
    CheckConstraint("method IN ('single', 'multiple', 'approval')", name="method"),
    CheckConstraint("state IN ('open', 'closed', 'void')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    CheckConstraint("closes_at > opened_at", name="times"),
    # A vote about a session is held once at a time; polls (no session) are not limited.
    one_open("uq_vote_open_session", "session_id", open_while="closed_at"),
)

vote_choice = Table(
    "vote_choice",
    metadata,
    Column("vote_id", Id, ForeignKey("vote.id"), primary_key=True, autoincrement=False),
    Column("choice", Integer, primary_key=True, autoincrement=False),
    Column("label", Text, nullable=False),
    Column("group_id", Id, ForeignKey("study_group.id")),
    # Counted at the close; nothing until then.
    Column("votes", Integer),
)

# The electorate, fixed when the vote opens. There is no time here on purpose.
vote_voter = Table(
    "vote_voter",
    metadata,
    Column("vote_id", Id, ForeignKey("vote.id"), primary_key=True, autoincrement=False),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("voted", Boolean, nullable=False, server_default=false()),
)

vote_key = Table(
    "vote_key",
    metadata,
    Column("vote_id", Id, ForeignKey("vote.id"), primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)

# Stored by tag (an HMAC of the voter under the vote's key), so not in the order of voting: no rowid, no time.
ballot = Table(
    "ballot",
    metadata,
    Column("vote_id", Id, ForeignKey("vote.id"), primary_key=True, autoincrement=False),
    Column("tag", LargeBinary, primary_key=True),
    Column("choices", Text, nullable=False),
    sqlite_with_rowid=False,
)
