"""INSERT … ON CONFLICT, which SQLAlchemy spells once for each database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


def insert_for(tx: Connection, table: Table) -> Any:
    """An `insert(table)` with `on_conflict_do_update`; only the dialect in use is loaded."""
    return import_module(f"sqlalchemy.dialects.{tx.dialect.name}").insert(table)
