"""A plan for people (a table on the console) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.core.course import Kind, PageSession, Role
from bot.importers.plan import Milestone, PagePlan

KIND_NAMES = {
    Kind.LECTURE: "lecture_staff",
    Kind.STUDENT_LECTURE: "lecture_student",
    Kind.GUEST: "lecture_guest",
    Kind.NO_CLASS: "no_class",
    Kind.BUFFER: "buffer",
    Kind.PRESENTATION: "project_midterm",
    Kind.POSTER: "final_poster",
    Kind.MAKEUP: "makeup",
}
"""The names of kinds in JSON."""

ROLE_NAMES = {Role.PRESENTER: "presenter", Role.SUMMARIZER: "summary", Role.REVIEWER: "reviewer"}
"""The names of duties in JSON."""


def plan_as_json(plan: PagePlan, extra_milestones: Iterable[Milestone] = ()) -> dict[str, Any]:
    """The plan as values that `json` can write. `extra_milestones` (from the configuration) follow the page's own."""
    return {
        "sessions": [_session(session) for session in plan.sessions],
        "milestones": [
            {"name": milestone.name, "due": due_text(milestone.due)}
            for milestone in (*plan.milestones, *extra_milestones)
        ],
        "warnings": [{"line": warning.line, "text": warning.text} for warning in plan.warnings],
    }


def due_text(due: date | datetime) -> str:
    """A deadline in ISO form: a date, or the wall time in the course's zone."""
    return due.strftime("%Y-%m-%dT%H:%M") if isinstance(due, datetime) else due.isoformat()


def _session(session: PageSession) -> dict[str, Any]:
    return {
        "date": session.date.isoformat(),
        "kind": KIND_NAMES[session.kind],
        "title": session.title,
        "topic": session.topic,
        "readings": [
            {"title": reading.title, "url": reading.url, "required": reading.required, "note": reading.note}
            for reading in session.readings
        ],
        **{
            name: {"people": list(session.duties[role])} if session.duties.get(role) else None
            for role, name in ROLE_NAMES.items()
        },
    }


def totals(plan: PagePlan) -> str:
    """For example "27 sessions, 65 readings, 38 required"."""
    readings = [reading for session in plan.sessions for reading in session.readings]
    parts = [_count(len(plan.sessions), "session"), _count(len(readings), "reading")]
    parts.append(f"{sum(reading.required for reading in readings)} required")
    if plan.milestones:
        parts.append(_count(len(plan.milestones), "milestone"))
    return ", ".join(parts)


def print_plan(plan: PagePlan, console: Console) -> None:
    """Write the plan as a table, then milestones, warnings with their lines, and totals."""
    table = Table(show_lines=False, pad_edge=False)
    for heading in ("Date", "Kind", "What", "Readings", *(name.capitalize() for name in ROLE_NAMES.values())):
        table.add_column(heading, overflow="fold")
    for session in plan.sessions:
        required = sum(reading.required for reading in session.readings)
        table.add_row(
            f"{session.date:%a %b} {session.date.day}",
            session.kind.replace("_", " "),
            escape(session.label),
            f"{len(session.readings)} ({required} required)" if session.readings else "",
            *(escape(", ".join(session.duties.get(role, ()))) for role in ROLE_NAMES),
        )
    console.print(table)
    for milestone in plan.milestones:
        console.print(f"Milestone: {escape(milestone.name)}, due {due_text(milestone.due)}", highlight=False)
    for warning in plan.warnings:
        console.print(f"[yellow]line {warning.line}:[/yellow] {escape(warning.text)}", highlight=False)
    console.print(
        totals(plan) + (f", {_count(len(plan.warnings), 'warning')}" if plan.warnings else ""), highlight=False
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
