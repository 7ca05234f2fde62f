"""What all tables share: the metadata with its naming convention, and columns that recur."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, MetaData, text
from sqlalchemy.sql.elements import TextClause

from bot.store.types import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def of_course() -> Column[int]:
    return Column("course_id", Id, ForeignKey("course.id"), nullable=False)


def one_open(name: str, *columns: str, open_while: str) -> Index:
    """At most one row with these columns is open (its `open_while` column is still empty)."""
    where: TextClause = text(f"{open_while} IS NULL")
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)
