"""What a class is about, in plain lines: for calendars and other places that show text only."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.course import PageSession, Role

ROLE_HEADINGS: Mapping[Role, str] = {
    Role.PRESENTER: "Presenter",
    Role.SUMMARIZER: "Summary",
    Role.REVIEWER: "Reviewer",
}


def session_text(session: PageSession) -> str:
    """Topic, readings and who does what."""
    lines = [f"Topic: {session.topic}"] if session.topic else []
    for reading in session.readings:
        parts = [reading.title, "(Required)" if reading.required else "", reading.note or "", reading.url or ""]
        lines.append(f"- {' '.join(part for part in parts if part)}")
    for role, heading in ROLE_HEADINGS.items():
        if people := session.duties.get(role):
            lines.append(f"{heading}: {', '.join(people)}")
    return "\n".join(lines)
