"""Markdown -> Document: rendered to HTML that knows its lines, so that there is one reader of tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from bot.importers.document import MAX_COLUMNS, MAX_ROWS, Document
from bot.importers.html import LINE_ATTRIBUTE, read_html
from bot.importers.plan import PageError

_DELIMITER = re.compile(r"[ ]{0,3}\|?[ ]*:?-+:?[ ]*(?:\|[ ]*:?-*:?[ ]*)*")
_PROTECTED = re.compile(r"`[^`\n]*`|\[[^\[\]\n]*\]\([^()\s]*\)")
_BARE_PIPE = re.compile(r"(?<!\\)\|")
_TAGS = re.compile(r"<(table|tr|td|th|li|h[1-6])(?=[\s>])|\n", re.I)
_READ = frozenset(f"{name}_{end}" for name in ("table", "heading", "list_item") for end in ("open", "close"))
_MAX_LINE = 60_000
_MAX_BRACKETS = 500


def looks_like_html(text: str) -> bool:
    """Whether the page is HTML as a whole (Markdown may contain HTML too)."""
    head = text.lstrip()[:2000].lower()
    if re.match(r"<(?:!doctype|html|head|body|\?xml)", head):
        return True
    return head.startswith("<") and "<table" in text.lower() and not _has_pipe_table(text)


def read_markdown(text: str) -> Document:
    """The tables, headings and list items of a Markdown page, HTML inside it included."""
    # Indented code is off: tables of HTML inside Markdown are often indented, and no schedule is code.
    parser = MarkdownIt("commonmark", renderer_cls=_LineRenderer).enable(["table", "strikethrough"]).disable("code")
    # Links are judged, and kept as written, by the reader of readings.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.core.ruler.at("inline", _read_inline)
    tokens = parser.parse(_tidy(text))
    for token in tokens:
        if token.map and token.type in ("tr_open", "list_item_open", "heading_open", "table_open", "paragraph_open"):
            token.attrSet(LINE_ATTRIBUTE, str(token.map[0] + 1))
    return read_html(str(parser.renderer.render(tokens, parser.options, {})), numbered=True)


def _read_inline(state: StateCore) -> None:
    """Look for links and styles only where they count: in prose, on some input, that takes quadratic time."""
    inside = 0
    for token in state.tokens:
        if token.type in _READ:
            inside += token.nesting
        elif token.type == "inline":
            token.children = []
            if token.content.count("[") > _MAX_BRACKETS:
                token.children.append(Token("text", "", 0, content=token.content))
            elif (inside or "<" in token.content) and len(token.content) <= _MAX_LINE:
                state.md.inline.parse(token.content, state.md, state.env, token.children)


class _LineRenderer(RendererHTML):
    """Writes the line of the source into the tags of embedded HTML."""

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        line = tokens[idx].map[0] + 1 if tokens[idx].map else 0  # type: ignore[index]

        def stamp(match: re.Match[str]) -> str:
            nonlocal line
            if match[1] is None:
                line += 1
                return "\n"
            return f'<{match[1]} {LINE_ATTRIBUTE}="{line}"'

        return _TAGS.sub(stamp, tokens[idx].content)


def _has_pipe_table(text: str) -> bool:
    return any("|" in line and _DELIMITER.fullmatch(line.rstrip()) for line in text.split("\n"))


def _tidy(text: str) -> str:
    """Mend what makes strict Markdown drop a table or parts of it; every line stays where it is.

    Pipes inside links and code are escaped; the heading row gets as many cells as the longest row, so that none is
    cut off; and a blank line in the middle of a table becomes an empty row.
    """
    lines = [_protect(line.rstrip()[:_MAX_LINE]) for line in text.split("\n")]
    at = 1
    while at < len(lines):
        if "|" in lines[at] and "|" in lines[at - 1] and _DELIMITER.fullmatch(lines[at]):
            at = _mend(lines, at)
        else:
            at += 1
    return "\n".join(lines)


def _mend(lines: list[str], delimiter: int) -> int:
    """Mend the table whose delimiter row is at `delimiter`; the index after the table."""
    end = delimiter + 1
    while end < len(lines):
        if not lines[end].strip():
            ahead = end + 1
            goes_on = ahead < len(lines) and lines[ahead].lstrip().startswith("|")
            is_new = ahead + 1 < len(lines) and _DELIMITER.fullmatch(lines[ahead + 1]) and "|" in lines[ahead + 1]
            if not goes_on or is_new:
                break
            lines[end] = "| |"
        end += 1
    if end - delimiter > MAX_ROWS:
        raise PageError(f"The table at line {delimiter} has more than {MAX_ROWS} rows: no schedule has.")
    width = max(_count(line) for line in lines[delimiter - 1 : end] if "|" in line)
    width = min(width, MAX_COLUMNS)
    lines[delimiter] = "|" + " --- |" * width
    missing = width - _count(lines[delimiter - 1])
    header = lines[delimiter - 1].rstrip()
    if missing > 0:
        lines[delimiter - 1] = (header if header.endswith("|") else header + " |") + " |" * missing
    return max(end, delimiter + 1)


def _protect(line: str) -> str:
    if "|" not in line:
        return line
    return _PROTECTED.sub(lambda match: _BARE_PIPE.sub(r"\\|", match[0]), line)


def _count(line: str) -> int:
    """How many cells a row has."""
    row = line.strip().removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return len(_BARE_PIPE.findall(row)) + 1
