"""`python -m bot course import | export`: the schedule in and out, and what all commands share.

As in `bot.__main__`, what only some commands need is imported when they run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import Settings, load
from bot.core.errors import CourseError
from bot.core.times import SystemClock
from bot.exporters import Format

if TYPE_CHECKING:
    from bot.services.exports import Exported
    from bot.services.imports import ImportPlan

OK, FAILED, BAD_CONFIG, REFUSED_TOKEN = 0, 1, 2, 3
"""What a command's exit code can be."""


def say(text: str) -> None:
    """Print a line for whoever runs the command."""
    print(text)  # noqa: T201


def add_course(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], config: argparse.ArgumentParser
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Add `course` and its commands to the parser; returns where more of them are added."""
    parser = commands.add_parser("course", help="the course's schedule, and its end")
    course = parser.add_subparsers(required=True, metavar="what")
    importing = course.add_parser("import", parents=[config], help="import a course page (Markdown or HTML)")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--dry-run", action="store_true", help="show the plan, change nothing")
    importing.add_argument("--yes", action="store_true", help="also when it cancels most of the classes")
    importing.add_argument("--json", action="store_true", help="print the plan as JSON")
    importing.set_defaults(run=_import)
    exporting = course.add_parser("export", parents=[config], help="write the schedule with who does what")
    exporting.add_argument(
        "--format", choices=[form.value for form in Format], required=True, help="a page, a spreadsheet or a calendar"
    )
    exporting.add_argument("--output", default="-", metavar="FILE", help="default: standard output")
    exporting.set_defaults(run=_export)
    return course


def _import(args: argparse.Namespace) -> int:
    from bot.app import milestones_of, page_hints
    from bot.importers import report
    from bot.importers.page import read_page

    settings = load(args.config)
    try:
        data = args.file.read_bytes()
    except OSError as error:
        raise CourseError(f"{args.file}: cannot be read ({error.strerror})") from None
    # Read first, even if it is to be applied: a page that is no good must not so much as create the database.
    plan = read_page(data, page_hints(settings))
    changes: tuple[str, ...] = ()
    by_staff: tuple[str, ...] = ()
    if not args.dry_run:
        applied = asyncio.run(_apply(settings, data, args.yes))
        plan, changes, by_staff = applied.plan, applied.changes, (*applied.undone, *applied.kept)
    milestones, warnings = milestones_of(settings)
    if args.json:
        answer = report.plan_as_json(plan, milestones)
        answer["warnings"] += [{"line": item.line, "text": f"config.toml: {item.text}"} for item in warnings]
        say(json.dumps(answer, ensure_ascii=False, indent=2))
        return OK
    from rich.console import Console

    report.print_plan(plan, Console())
    for item in warnings:
        say(f"config.toml: {item.text}")
    for line in (*changes, *by_staff):
        say(line)
    done = "Imported." if changes else "Nothing has changed since the last import."
    say("Dry run: nothing was changed." if args.dry_run else done)
    return OK


async def _apply(settings: Settings, data: bytes, sure: bool) -> ImportPlan:
    from bot.app import build_services, open_database

    clock = SystemClock()
    async with open_database(settings, clock) as database:
        imports = build_services(settings, database, lambda: None).imports
        compared = await imports.compare(data)
        cancelled, stored = compared.cancelled
        if cancelled * 2 > stored and not sure:
            raise CourseError(
                f"this page would cancel {cancelled} of {stored} classes, so nothing was changed: "
                "is it the right file? If it is, repeat with --yes"
            )
        return await imports.apply(data, "command line", clock.now())


def _export(args: argparse.Namespace) -> int:
    done = asyncio.run(_exported(load(args.config), args.format))
    if args.output == "-":
        sys.stdout.buffer.write(done.data)
        return OK
    Path(args.output).write_bytes(done.data)
    say(f"Wrote {done.sessions} {'session' if done.sessions == 1 else 'sessions'} to {args.output}.")
    return OK


async def _exported(settings: Settings, form: str) -> Exported:
    from bot.app import build_services, open_database

    clock = SystemClock()
    async with open_database(settings, clock) as database:
        exports = build_services(settings, database, lambda: None).exports
        return await exports.export(Format(form), clock.now())
