"""The schedule as a web page that stands by itself: one table, light and dark, no scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from bot.core.course import PageSession
from bot.exporters.page import CourseFacts, Entry, Field, Line, Sheet, settle
from bot.importers.milestones import under_milestones

_STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --head: #f6f8fa; --link: #0550ae; --text: #1f2328; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --head: #212830; --link: #79b8ff; --text: #e6edf3; --page: #0d1117; }
}
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, .label { font-size: 1.5rem; font-weight: 600; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
thead th, .topic th { background: var(--head); }
tbody th[scope=row] { white-space: nowrap; }
ul { margin: 0; padding-left: 1.2rem; }
a { color: var(--link); }
""".strip()
_DATA = re.compile(r"data:(?=[\w.+/-]*[;,])")


def write_html(sessions: Sequence[PageSession], facts: CourseFacts) -> bytes:
    """The page in UTF-8. `bot.exporters.page` says what a page cannot keep."""
    return settle(sessions, facts, _write).encode()


def _write(sheet: Sheet) -> str:
    label = _escape(sheet.label)
    # A heading about milestones would have the importer look for those below it.
    heading = f'<p class="label">{label}</p>' if under_milestones((sheet.label,)) else f"<h1>{label}</h1>"
    headings = "".join(f'<th scope="col">{heading}</th>' for heading in sheet.headings)
    rows = "".join(_rows(entry, len(sheet.headings)) for entry in sheet.entries)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>{label}</title>
<style>
{_STYLE}
</style>
</head>
<body>
{heading}
<div class="table" role="region" aria-labelledby="schedule" tabindex="0">
<table>
<caption id="schedule">Schedule: what to read, and who presents, summarizes and reviews</caption>
<thead>
<tr>{headings}</tr>
</thead>
<tbody>
{rows}</tbody>
</table>
</div>
</body>
</html>
"""


def _rows(entry: Entry, width: int) -> str:
    topic = ""
    if entry.above:
        topic = (
            '</tbody>\n<tbody>\n<tr class="topic">'
            f'<th scope="rowgroup" colspan="{width}">{_escape(entry.above)}</th></tr>\n'
        )
    people = [", ".join(_text(name, Field.DUTIES in entry.exact) for name in names) for names in entry.people]
    cells = [_title(entry) + _readings(entry), *people, *(_text(text, exact) for text, exact in entry.more)]
    day = f'<th scope="row"><time datetime="{entry.day.isoformat()}">{entry.date}</time></th>'
    return f"{topic}<tr>{day}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _title(entry: Entry) -> str:
    if not entry.title:
        return ""
    first, *others = entry.title
    return "<br />".join([f"<strong>{_text(first, Field.TITLE in entry.exact)}</strong>", *map(_escape, others)])


def _readings(entry: Entry) -> str:
    items = [f"<li>{_reading(line, Field.READINGS in entry.exact)}</li>" for line in entry.readings]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _reading(line: Line, exact: bool) -> str:
    title = _escape(line.title)
    if line.url is not None:
        title = f'<a href="{_escape(line.url)}">{title}</a>'
    parts = [f"<bdi>{title}</bdi>" if exact else title, line.mark, line.note and _text(line.note, exact)]
    return " ".join(part for part in parts if part)


def _text(text: str, exact: bool) -> str:
    return f"<bdi>{_escape(text)}</bdi>" if exact and text else _escape(text)


def _escape(text: str) -> str:
    return _DATA.sub("data&#58;", html.escape(text))
