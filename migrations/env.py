"""Alembic's entry: the project's own async engine, its tables, one transaction for a whole upgrade."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

from bot.store.engine import make_async_engine
from bot.store.tables import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    engine = make_async_engine(context.config.get_main_option("sqlalchemy.url") or "")
    try:
        # begin(), not connect(): on SQLite too the schema changes and their version number commit together.
        async with engine.begin() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


asyncio.run(_main())
