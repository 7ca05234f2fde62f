"""The command line: `python -m bot run | demo | course | export | import | db | backup | restore | doctor | version`.

Exit codes: 0 clean, 1 the command could not do what was asked, 2 bad configuration or usage, 3 a refused token.
What only some commands need is imported when they run: `--help` and errors answer at once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from bot import command_archive, command_line, command_receipt
from bot.command_line import BAD_CONFIG, FAILED, OK, say
from bot.config import ConfigError, load
from bot.core.errors import CourseError
from bot.core.times import SystemClock

VERSION = "0.1.0"


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        try:
            return _main(argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads (head, a pager) has seen enough; Python's own flush at exit must not find the pipe closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _main(argv: list[str] | None) -> int:
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except ConfigError as error:
        return _fail(error, BAD_CONFIG)
    except CourseError as error:
        return _fail(error, FAILED)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", FAILED)
    except Exception as error:
        told = _of_the_database(error)
        if told is None:
            raise
        return _fail(told, FAILED)


def _of_the_database(error: Exception) -> str | None:
    """A database that is not there, is no database or does not know a revision, in one line; None for anything else."""
    import sqlite3

    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, CommandError):
        return f"{error}: compare `db check` with `db upgrade`" if "not up to date" in str(error) else str(error)
    if isinstance(error, DBAPIError | sqlite3.Error):
        cause = getattr(error, "orig", error)
        return f"the database of config.toml cannot be used: {' '.join(str(cause).split())}"
    return None


def _fail(error: Exception | str, code: int) -> int:
    print(f"colloquy: {error}", file=sys.stderr)  # noqa: T201
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Colloquy runs a paper-reading seminar in Discord."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument("--config", type=Path, default=Path("config.toml"), help="default: config.toml")

    run = commands.add_parser("run", parents=[config], help="run the bot")
    run.set_defaults(run=_run)
    demo = commands.add_parser("demo", help="try the bot in the browser, without Discord")
    demo.add_argument("--port", type=int, default=8765, help="of the control page (default 8765; 0 takes a free one)")
    demo.set_defaults(run=_demo)

    course = command_line.add_course(commands, config)
    command_archive.add(commands, course, config)
    command_receipt.add(commands, config)

    db = commands.add_parser("db", help="the database's schema").add_subparsers(required=True, metavar="what")
    upgrade = db.add_parser("upgrade", parents=[config], help="bring it up to date (with a backup first)")
    upgrade.set_defaults(run=_db_upgrade)
    downgrade = db.add_parser("downgrade", parents=[config], help="take it back to a revision")
    downgrade.add_argument("revision", help='a revision, or "base" for an empty database')
    downgrade.set_defaults(run=_db_downgrade)
    check = db.add_parser("check", parents=[config], help="compare it with the code")
    check.set_defaults(run=_db_check)

    backup = commands.add_parser("backup", parents=[config], help="copy the database while it is in use")
    backup.add_argument("target", type=Path, nargs="?", help="a file; by default one in the backups folder")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", parents=[config], help="put a backup in the database's place")
    restore.add_argument("source", type=Path)
    restore.add_argument("--yes", action="store_true", help="overwrite what is there")
    restore.set_defaults(run=_restore)
    doctor = commands.add_parser("doctor", parents=[config], help="what is well and what is not")
    doctor.set_defaults(run=_doctor)
    commands.add_parser("version", help="print the version").set_defaults(run=_version)
    return parser


def _version(_args: argparse.Namespace) -> int:
    say(VERSION)
    return OK


def _run(args: argparse.Namespace) -> int:
    settings = load(args.config)
    token = settings.discord.token.reveal()
    from bot import run

    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(run.run(settings, token))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where it exists (not on Windows): it takes a third off the time of an answer."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _demo(args: argparse.Namespace) -> int:
    try:
        from bot.demo import serve
    except ImportError as error:
        raise ConfigError(f"the demo needs its extra ({error.name} is missing): pip install 'colloquy[demo]'") from None
    return asyncio.run(serve.main(args.port))


def _db_upgrade(args: argparse.Namespace) -> int:
    from bot.app import open_database

    settings = load(args.config)

    async def upgrade() -> None:
        async with open_database(settings, SystemClock()):
            pass

    asyncio.run(upgrade())
    say("The database is up to date.")
    return OK


def _db_downgrade(args: argparse.Namespace) -> int:
    from bot.store import migrate

    migrate.downgrade(load(args.config).database_url, args.revision)
    say(f"The database is at {args.revision}.")
    return OK


def _db_check(args: argparse.Namespace) -> int:
    from bot.store import migrate

    migrate.check(load(args.config).database_url)
    say("The database fits this version.")
    return OK


def _backup(args: argparse.Namespace) -> int:
    from bot.store import migrate

    settings = load(args.config)
    name = f"colloquy-{SystemClock().now():%Y%m%dT%H%M%SZ}.db"
    say(str(migrate.backup(settings.database_url, args.target or settings.backup_folder / name)))
    return OK


def _restore(args: argparse.Namespace) -> int:
    from bot.store import migrate

    settings = load(args.config)
    target = migrate.sqlite_path(settings.database_url)
    if target.exists() and not args.yes:
        raise CourseError(f"{target} exists: stop the bot and repeat with --yes to replace what is in it")
    migrate.restore(settings.database_url, args.source)
    say(f"Restored {args.source} into {target}.")
    return OK


def _doctor(args: argparse.Namespace) -> int:
    from bot.app import build_services, open_database
    from bot.services.doctor import Diagnosis, Verdict

    settings = load(args.config)
    clock = SystemClock()

    async def examine() -> Diagnosis:
        async with open_database(settings, clock) as database:
            return await build_services(settings, database, lambda: None).doctor.examine_course(clock.now())

    checks = asyncio.run(examine()).checks
    for check in checks:
        at = f"{check.at.astimezone(settings.course.zone):%Y-%m-%d %H:%M %Z}" if check.at else ""
        say(f"{check.verdict:>4}  {check.text.replace('{at}', at)}")
    return FAILED if any(check.verdict is Verdict.FAIL for check in checks) else OK


if __name__ == "__main__":
    sys.exit(main())
