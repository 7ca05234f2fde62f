"""The schedule as a Markdown table, as course pages have it: a row for each reading, the first with the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.course import PageSession
from bot.exporters.page import CourseFacts, Entry, Field, Line, Sheet, settle
from bot.importers.milestones import under_milestones

_ENTITY = re.compile(r"&(?=#?\w+;)")
_DATA = re.compile(r"data:(?=[\w.+/-]*[;,])")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


def write_markdown(sessions: Sequence[PageSession], facts: CourseFacts) -> bytes:
    """The page in UTF-8. `bot.exporters.page` says what a page cannot keep."""
    return settle(sessions, facts, _write).encode()


def _write(sheet: Sheet) -> str:
    width = max([len(entry.date) for entry in sheet.entries] + [7])
    lines = [
        _row([f"{sheet.headings[0]:{width}}", *sheet.headings[1:]]),
        _row(["-" * width, *("-" * len(heading) for heading in sheet.headings[1:])]),
    ]
    for entry in sheet.entries:
        if entry.above:
            lines.append(_row([" " * width, f"**{escape(entry.above)}**"]))
        first, *below = [
            *_title(entry),
            *(_reading(line, Field.READINGS in entry.exact) for line in entry.readings),
        ] or [""]
        people = [", ".join(_text(name, Field.DUTIES in entry.exact) for name in names) for names in entry.people]
        more = [_text(text, exact) for text, exact in entry.more]
        lines.append(_row([f"{entry.date:{width}}", first, *people, *more]))
        lines += [_row([" " * width, line]) for line in below]
    # A heading about milestones would have the importer look for those below it.
    heading = escape(sheet.label) if under_milestones((sheet.label,)) else f"# {escape(sheet.label)}"
    return "\n".join([heading, "", *lines, ""])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _title(entry: Entry) -> list[str]:
    if not entry.title:
        return []
    first, *others = entry.title
    return ["<br>".join([f"**{_text(first, Field.TITLE in entry.exact)}**", *map(escape, others)])]


def _reading(line: Line, exact: bool) -> str:
    title = escape(line.title)
    if line.url is not None:
        title = f"[{title}]({_address(line.url)})"
    parts = [f"<bdi>{title}</bdi>" if exact else title, line.mark, line.note and _text(line.note, exact)]
    return " ".join(part for part in parts if part)


def _text(text: str, exact: bool) -> str:
    return f"<bdi>{escape(text)}</bdi>" if exact and text else escape(text)


def escape(text: str) -> str:
    """`text` without the power to format, in a cell of a table."""
    text = re.sub(r"([\\*\[\]~])", r"\\\1", _ENTITY.sub("&amp;", text))
    # What could reach over the cell's border must not stand there even with a backslash: some readers of tables look
    # for code and links before they look for cells.
    return _outside_html(_UNDERSCORE.sub(r"\\_", text).replace("\\](", "&#93;("))


def _address(url: str) -> str:
    return _outside_html(re.sub(r"([\\()])", r"\\\1", _ENTITY.sub("&amp;", url)))


def _outside_html(text: str) -> str:
    for character in "<>|`":
        text = text.replace(character, f"&#{ord(character)};")
    return _DATA.sub("data&#58;", text)
