"""HTML -> Document. Hand-written pages leave out end tags, so the tree is read as a stream of tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from bs4.exceptions import ParserRejectedMarkup

from bot.importers.document import Cell, Document, Item, LineBuilder, Placed, Table, grid, line_text
from bot.importers.plan import PageError, quote

LINE_ATTRIBUTE = "data-colloquy-line"
"""Set by the Markdown reader, whose HTML has other line numbers than the page."""

MAX_TAGS = 80_000
"""About what the parser reads in two seconds; a large course page has a tenth of it."""

_SKIPPED = frozenset({"script", "style", "template", "svg", "noscript", "select", "button", "math"})
_BLOCKS = frozenset({"p", "div", "br", "ul", "ol", "dl", "dt", "dd", "li", "hr", "blockquote", "pre", "section"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BOLD = frozenset({"b", "strong", "th"})
_EXACT = "bdi"
"""The element for text that comes from elsewhere: `bot.exporters` puts in it what would be misread without."""
_STRUCK = frozenset({"s", "del", "strike"})
_INSTRUCTION = re.compile(r"<[?!](?!doctype)", re.I)
_UNENDED = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_HUGE_TAG = re.compile(r"<(?=[^<>]{20000})")
_MAX_SPAN = {"rowspan": 400, "colspan": 60}


@dataclass(slots=True)
class _Sink:
    """Where text goes at the moment: a cell, a heading or a list item."""

    tag: Tag
    line: int
    out: LineBuilder = field(default_factory=LineBuilder)
    styles: list[tuple[Tag, str | None]] = field(default_factory=list)
    bold: int = 0
    exact: int = 0
    urls: list[str] = field(default_factory=list)
    item: int = -1

    def text(self, text: str) -> None:
        self.out.text(text, self.bold > 0, self.urls[-1] if self.urls else None, self.exact > 0)


@dataclass(slots=True)
class _OpenTable:
    tag: Tag
    line: int
    headings: tuple[str, ...]
    index: int
    rows: list[tuple[int, list[Placed]]] = field(default_factory=list)


def read_html(markup: str, *, numbered: bool = False) -> Document:
    """The tables, headings and list items of an HTML page; `numbered` if tags carry `LINE_ATTRIBUTE`.

    Raises:
        PageError: the markup is broken beyond reading.
    """
    if markup.count("<") > MAX_TAGS or markup.count("&") > 4 * MAX_TAGS:
        raise PageError(f"The page has over {MAX_TAGS} tags: save the part with the schedule table by itself.")
    # Processing instructions and odd declarations carry nothing, and the parser trips over malformed ones.
    # So do tags that never end, on which it takes quadratic time; and no real tag is as long as a page.
    clean = "<div>" + _HUGE_TAG.sub("&lt;", _UNENDED.sub("&lt;", _INSTRUCTION.sub("&lt;", markup)))
    try:
        soup = BeautifulSoup(clean, "html.parser", multi_valued_attributes=None)
    except (ParserRejectedMarkup, AssertionError) as error:
        raise PageError(f"The HTML of the page is broken ({quote(str(error))}): save the page again.") from error
    reader = _Reader(numbered)
    for tag, entering in _walk(soup):
        if isinstance(tag, str):
            reader.text(tag)
        elif entering:
            reader.enter(tag)
        else:
            reader.leave(tag)
    return reader.document()


def _walk(root: Tag) -> Iterator[tuple[Tag | str, bool]]:
    """Every tag on the way in and out, and every text between; no recursion, as pages may nest without bound."""
    stack: list[tuple[Tag, Iterator[object]]] = [(root, iter(root.contents))]
    while stack:
        tag, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield tag, False
        elif isinstance(child, Tag):
            if child.name in _SKIPPED:
                continue
            yield child, True
            stack.append((child, iter(child.contents)))
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            yield str(child), True


class _Reader:
    def __init__(self, numbered: bool) -> None:
        self._numbered = numbered
        self._stack: list[_Sink | _OpenTable] = []
        self._trail: list[tuple[int, str]] = []
        self._tables: dict[int, Table] = {}
        self._items: dict[int, Item] = {}
        self._headings: list[tuple[int, str]] = []
        self._struck: list[tuple[int, str]] = []
        self._striking: Tag | None = None
        self._line = 1
        self._count = 0

    def document(self) -> Document:
        self._close(0)
        return Document(
            tuple(self._tables[index] for index in sorted(self._tables)),
            tuple(self._items[index] for index in sorted(self._items)),
            tuple(self._headings),
            tuple(self._struck),
        )

    def text(self, text: str) -> None:
        top = self._stack[-1] if self._stack else None
        if not isinstance(top, _Sink):
            return
        if self._striking is not None:
            if text.strip() and top.tag.name in ("td", "th"):
                self._struck.append((self._line, text.strip()))
            return
        top.text(text)

    def enter(self, tag: Tag) -> None:
        name = tag.name
        self._line = self._line_of(tag)
        if name == "table":
            self._stack.append(_OpenTable(tag, self._line, self._under(), self._next()))
        elif name in ("tr", "td", "th") and (table := self._to_table()) is not None:
            if name == "tr" or not table.rows:
                table.rows.append((self._line, []))
            if name != "tr":
                self._stack.append(_Sink(tag, self._line, bold=1 if name == "th" else 0))
        elif name in _HEADINGS or name == "title":
            self._stack.append(_Sink(tag, self._line))
        elif name == "li" and not self._in_cell():
            self._stack.append(_Sink(tag, self._line, item=self._next()))
        elif self._stack and isinstance(top := self._stack[-1], _Sink):
            if name in _BLOCKS:
                top.out.line_break()
            elif name in _BOLD or name in ("a", _EXACT):
                url = tag.get("href") if name == "a" else None
                link = url.strip() if isinstance(url, str) else None
                top.styles.append((tag, link))
                top.bold += name in _BOLD
                top.exact += name == _EXACT
                if link is not None:
                    top.urls.append(link)
        if name in _STRUCK and self._striking is None:
            self._striking = tag

    def leave(self, tag: Tag) -> None:
        if self._striking is tag:
            self._striking = None
        for depth in range(len(self._stack) - 1, -1, -1):
            entry = self._stack[depth]
            if entry.tag is tag:
                self._close(depth)
                return
            if isinstance(entry, _OpenTable) or tag.name in ("b", "strong", "a", "span", "p", "div"):
                break
        if self._stack and isinstance(top := self._stack[-1], _Sink):
            if top.styles and top.styles[-1][0] is tag:
                _, url = top.styles.pop()
                top.bold -= tag.name in _BOLD
                top.exact -= tag.name == _EXACT
                if url is not None:
                    top.urls.pop()
            elif tag.name in _BLOCKS and tag.name != "br":
                top.out.line_break()

    def _line_of(self, tag: Tag) -> int:
        if not self._numbered:
            return tag.sourceline or self._line
        given = tag.attrs.get(LINE_ATTRIBUTE, "") if tag.attrs else ""
        readable = isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 8
        return int(str(given)) if readable else self._line

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _under(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._trail)

    def _in_cell(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1], _Sink) and self._stack[-1].tag.name in ("td", "th")

    def _to_table(self) -> _OpenTable | None:
        """The innermost open table, once cells left open in it are closed; None outside of tables."""
        for depth in range(len(self._stack) - 1, -1, -1):
            entry = self._stack[depth]
            if isinstance(entry, _OpenTable):
                self._close(depth + 1)
                return entry
        return None

    def _close(self, depth: int) -> None:
        while len(self._stack) > depth:
            entry = self._stack.pop()
            if isinstance(entry, _OpenTable):
                rows = [(line, cells) for line, cells in entry.rows if cells]
                self._tables[entry.index] = Table(grid(rows), entry.line, entry.headings)
            elif entry.tag.name in ("td", "th"):
                self._cell(entry)
            elif entry.item >= 0:
                text = " ".join(line_text(line) for line in entry.out.lines())
                if text:
                    self._items[entry.item] = Item(text, entry.line, self._under())
            else:
                self._heading(entry)

    def _cell(self, sink: _Sink) -> None:
        table = self._stack[-1]
        assert isinstance(table, _OpenTable)
        columns, rows = _span(sink.tag, "colspan"), _span(sink.tag, "rowspan")
        cell = Cell(sink.out.lines(), sink.line, header=sink.tag.name == "th", wide=columns > 1)
        table.rows[-1][1].append(Placed(cell, rows, columns))

    def _heading(self, sink: _Sink) -> None:
        lines = sink.out.lines()
        text = " ".join(line_text(line) for line in lines)
        if not text:
            return
        self._headings.append((sink.line, text))
        level = _HEADINGS.get(sink.tag.name, 0)
        if level:
            self._trail = [*((above, held) for above, held in self._trail if above < level), (level, text)]
        if self._in_cell():
            cell = self._stack[-1]
            assert isinstance(cell, _Sink)
            cell.out.line_break()
            for line in lines:
                for run in line:
                    cell.out.text(run.text, True, run.url, run.exact)
                cell.out.line_break()


def _span(tag: Tag, name: str) -> int:
    value = tag.get(name)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return min(max(int(value.strip()[:6]), 1), _MAX_SPAN[name])
    return 1
