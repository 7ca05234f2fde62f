"""The questions of a class as Markdown to read and as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from bot.core.question_notices import Asked, Digest, PaperDigest, Umbrella
from bot.core.roster import safe_cell

HEADINGS = ("Class", "Paper", "Required", "Group", "Votes", "Question", "Author", "Asked (UTC)", "On time", "State")

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~]")
_BLOCK = re.compile(r"^(\s*)([-+=])", re.MULTILINE)


def write_markdown(digest: Digest) -> bytes:
    """Everything, one heading a paper, one item a group of questions."""
    lines = [f"# Questions: {_plain(digest.title)}", "", f"The cut-off: {digest.cut_off:%Y-%m-%d %H:%M} UTC."]
    for paper in digest.papers:
        lines += ["", f"## {_plain(paper.title)}", "", _summary(paper)]
        for number, umbrella in enumerate(paper.umbrellas, 1):
            lines += ["", *_umbrella(number, umbrella)]
    return ("\n".join(lines) + "\n").encode()


def write_csv(digest: Digest) -> bytes:
    """One line a question; those that ask the same carry the same group. What a spreadsheet could take for a formula
    begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(HEADINGS)
    group = 0
    for paper in digest.papers:
        for umbrella in paper.umbrellas:
            group += 1
            for one in umbrella.questions:
                asked_at = f"{one.asked_at:%Y-%m-%d %H:%M:%S}" if one.asked_at else ""
                required = "yes" if paper.required else "no"
                cells = [digest.title, paper.title, required, str(group), str(umbrella.votes)]
                cells += [one.text, one.author or "", asked_at, "no" if one.late else "yes", one.state]
                table.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A table for spreadsheets, with the same care for formulas."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(headings)
    table.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _summary(paper: PaperDigest) -> str:
    kind = "Required" if paper.required else "Optional"
    return f"{kind}. Questions: {paper.total}." + (f" <{paper.url}>" if paper.url else "")


def _umbrella(number: int, umbrella: Umbrella) -> list[str]:
    head, *rest = umbrella.questions
    lines = [f"### {number}. Votes: {umbrella.votes}{_note(head)}", "", *_quoted(head)]
    if rest:
        lines += ["", f"{len(rest)} more ask the same:"]
    for one in rest:
        lines += ["", *_quoted(one), *([f"> — {_note(one).removeprefix(', ')}"] if _note(one) else [])]
    return lines


def _note(one: Asked) -> str:
    notes = [_plain(one.author)] if one.author else []
    notes += ["late"] if one.late else []
    notes += [one.state] if one.state != "waiting" else []
    return "".join(f", {note}" for note in notes)


def _quoted(one: Asked) -> list[str]:
    text = _BLOCK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", one.text))
    return [f"> {line}".rstrip() for line in text.splitlines()]


def _plain(text: str) -> str:
    return " ".join(_SPECIAL.sub(r"\\\g<0>", text).split())
