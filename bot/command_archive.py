"""`python -m bot export | import | course purge`: the whole course out and in again, and what is left after the term.

As in `bot.__main__`, what only some commands need is imported when they run.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command_line import OK, say
from bot.config import Settings, load
from bot.core.errors import CourseError
from bot.core.times import SystemClock

if TYPE_CHECKING:
    from bot.services.course_archive import CourseArchive, Exported, Imported, Purged

Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def add(
    commands: Commands[argparse.ArgumentParser],
    course: Commands[argparse.ArgumentParser],
    config: argparse.ArgumentParser,
) -> None:
    """Add `export` and `import` to the commands, and `purge` to those of `course`."""
    exporting = commands.add_parser("export", parents=[config], help="write the whole course: tables, files, CSV")
    exporting.add_argument("out", type=Path, metavar="OUT", help="a new folder, or a file that ends in .zip")
    exporting.add_argument("--with-keys", action="store_true", help="also keys.json: what signs receipts, codes, feeds")
    exporting.set_defaults(run=_export)
    importing = commands.add_parser("import", parents=[config], help="put an export into an empty database")
    importing.add_argument("source", type=Path, metavar="IN", help="what `export` wrote")
    importing.add_argument("--replace", action="store_true", help="lose what is in the database")
    importing.set_defaults(run=_import)
    purging = course.add_parser("purge", parents=[config], help="after the term: pseudonyms for all, files deleted")
    purging.add_argument("--yes", action="store_true", help="do it; there is no way back")
    purging.set_defaults(run=_purge)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[CourseArchive]:
    from bot.app import open_database
    from bot.services.course_archive import CourseArchive
    from bot.store.files import FileStore

    async with open_database(settings, SystemClock()) as database:
        yield CourseArchive(database, settings.course.key, FileStore(settings.files_folder))


def _export(args: argparse.Namespace) -> int:
    settings = load(args.config)

    async def export() -> Exported:
        async with _opened(settings) as archive:
            return await archive.export(args.out, with_keys=args.with_keys)

    done = asyncio.run(export())
    for sha256 in done.missing:
        say(f"Missing from {settings.files_folder}, so not exported: {sha256}")
    if done.open_votes:
        say(f"Not exported: the ballots of {_count(done.open_votes, 'open vote')}. After an import people vote again.")
    say(f"Wrote {_count(done.rows, 'row')} and {_count(done.files, 'file')} to {args.out}.")
    if args.with_keys:
        say("keys.json in it holds secrets: keep it apart from what you pass on.")
    return OK


def _import(args: argparse.Namespace) -> int:
    from bot.exporters.archive import Archive
    from bot.services.course_archive import check_course

    settings = load(args.config)
    with Archive(args.source) as source:
        # Checked first: what is no good must not so much as create the database.
        source.check()
        check_course(source, settings.course.key)
        if args.replace:
            _save(settings)

        async def restore() -> Imported:
            async with _opened(settings) as archive:
                return await archive.restore(source, SystemClock().now(), replace=args.replace)

        done = asyncio.run(restore())
    say(f"Imported {_count(done.rows, 'row')} and {_count(done.files, 'file')}.")
    if not done.with_keys:
        say(
            "There were no keys with it: receipts from before cannot be verified here, and codes for /link, calendar "
            "feeds and projector pages have to be given out anew."
        )
    if done.open_votes:
        say(f"In {_count(done.open_votes, 'open vote')} everybody has to vote again: ballots are in no export.")
    return OK


def _save(settings: Settings) -> None:
    """What is replaced can be got back, where it is a file."""
    from bot.store import migrate

    if settings.database_url.startswith("sqlite") and migrate.sqlite_path(settings.database_url).exists():
        name = f"before-import-{SystemClock().now():%Y%m%dT%H%M%SZ}.db"
        say(f"Saved what was there: {migrate.backup(settings.database_url, settings.backup_folder / name)}")


def _purge(args: argparse.Namespace) -> int:
    settings, now = load(args.config), SystemClock().now()

    async def purge() -> Purged:
        async with _opened(settings) as archive:
            return await (archive.purge(now) if args.yes else archive.preview_purge(now))

    done = asyncio.run(purge())
    gone = f"{_count(done.people, 'person', 'people')} under pseudonyms, {_count(done.files, 'file')} deleted"
    if not args.yes:
        raise CourseError(
            f"nothing was changed. It would be {gone}, with drafts, preferences, messages and the audit; there is no "
            "way back. Export the course first, stop the bot, then repeat with --yes"
        )
    say(f"Purged: {gone}.")
    say(f"Copies are yours to delete: backups in {settings.backup_folder}, exports, and the database server's own.")
    return OK


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
