"""The projector's page: what it shows, as HTML. Whatever people wrote goes through `escape`."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from html import escape
from pathlib import Path
from string import Template

from bot.core.times import say_span
from bot.services.panel_parts import Shown
from bot.services.panel_screen import CheckIn, Screen

_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8")
_PAGE = Template((_HERE / "page.html").read_text(encoding="utf-8"))

_LENGTHS = (90, 180, 320, 560, 900, 1400)
"""Up to how many characters a question has which size, the largest first."""
_LINE = 60
"""Characters of a line: a short one takes as much room as a full one."""


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


HEADERS = {
    # Nothing but our own style and script, known by their digests: what people wrote cannot load or run anything.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_digest(_STYLE)}; script-src {_digest(_SCRIPT)}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(screen: Screen) -> str:
    """The whole page as it is at this moment."""
    title = escape(f"Panel · {screen.title}")
    return _PAGE.substitute(title=title, style=_STYLE, script=_SCRIPT, panel=_panel(screen), layout=_layout(screen))


def event(screen: Screen) -> str:
    """The same as the data of one server-sent event: one line."""
    return json.dumps({"panel": _panel(screen), "layout": _layout(screen)})


def _layout(screen: Screen) -> str:
    """Whether there is a queue beside the table: a very long question takes its room."""
    vast = screen.current is not None and _size(screen.current.text) > len(_LENGTHS)
    return "alone" if screen.over or vast or not screen.waiting else "full"


def _panel(screen: Screen) -> str:
    return _top(screen) + _table(screen) + (_next(screen) if _layout(screen) == "full" else "")


def _top(screen: Screen) -> str:
    parts = [f"<h1>{escape(screen.course)} · {escape(screen.title)}</h1>"]
    if screen.check_in and not _calls_in(screen):
        parts.append(f'<p class="check-in">Check in: <b>{escape(screen.check_in.code)}</b></p>')
    if screen.vote:
        parts.append(f'<p class="vote">Vote: {screen.vote.voted} of {screen.vote.voters}</p>')
    return f"<header>{''.join(parts)}</header>"


def _table(screen: Screen) -> str:
    if screen.over:
        body = '<p class="still">The panel is over.</p><p class="about">Thank you for your questions.</p>'
    elif screen.check_in and _calls_in(screen):
        body = _code(screen.check_in)
    elif not screen.begun:
        body = '<p class="still">Welcome.</p><p class="about">Ask a question with /ask.</p>'
    elif screen.current is None:
        body = '<p class="still">The next question comes soon.</p>'
        if not screen.waiting:
            body += '<p class="about">Ask one with /ask.</p>'
    else:
        body = _question(screen.current, screen.waiting if _layout(screen) == "alone" else 0)
    return f'<section class="table">{body}</section>'


def _calls_in(screen: Screen) -> bool:
    """Whether the code to check in by has the table to itself: while no question does."""
    return screen.check_in is not None and screen.current is None and not screen.over


def _code(check_in: CheckIn) -> str:
    facts = [f"{check_in.present} in"]
    if check_in.window is not None:
        facts.append(f"a new code every {_span(check_in.window)}")
    return (
        '<p class="paper">Check in with /check-in and this code</p>'
        f'<p class="code">{escape(check_in.code)}</p><p class="about">{" · ".join(facts)}</p>'
    )


def _span(window: timedelta) -> str:
    seconds = int(window.total_seconds())
    return f"{seconds} seconds" if seconds < 120 or seconds % 60 else say_span(window)


def _question(shown: Shown, waiting: int) -> str:
    """`waiting` is how many others wait, where no queue shows it."""
    about = [_votes(shown.votes)]
    if shown.author is not None:
        about.append(f"asked by {escape(shown.author)}")
    if shown.state == "answered":
        about.append("<b>answered</b>")
    if waiting:
        about.append(f"{waiting} more waiting")
    return (
        f'<p class="paper">{escape(shown.paper)}</p>'
        f'<p class="question l{_size(shown.text)}" tabindex="0">{escape(shown.text)}</p>'
        f'<p class="about">{" · ".join(about)}</p>'
    )


def _next(screen: Screen) -> str:
    items = [
        f'<li><p class="what">{escape(one.text)}</p><p class="of">{_votes(one.votes)} · {escape(one.paper)}</p></li>'
        for one in screen.queue
    ]
    left = screen.waiting - len(screen.queue)
    more = f'<p class="more">and {left} more</p>' if left else ""
    return f"<aside><h2>Up next</h2><ol>{''.join(items)}</ol>{more}</aside>"


def _votes(votes: int) -> str:
    return f"{votes} vote" + ("" if votes == 1 else "s")


def _size(text: str) -> int:
    """1 for the shortest text to 7 for the longest."""
    length = sum(max(len(line), _LINE) for line in text.split("\n")) if "\n" in text else len(text)
    return 1 + sum(length > limit for limit in _LENGTHS)
