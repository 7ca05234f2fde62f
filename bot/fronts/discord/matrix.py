"""The staff's overview as a picture: people down, parts and classes across."""

from __future__ import annotations

import io
from typing import Any

from bot.core.participation import ClassRecord, Part, Presence
from bot.fronts.discord.charts import plain
from bot.services.progress import Overview, Row

PEOPLE = 60
"""People in the picture, those at risk first: more would be too small to read."""

# Everything is drawn at twice the size it is shown at, so that it stays sharp on fine screens.
_PADDING = 36
_ROW = 40
_NAMES = 330
_PART = 150
_CLASS = 34
_SIZE, _NOTE_SIZE, _TITLE_SIZE = 22, 18, 32
_HEAD = 150
_CLASSES = 30
"""Classes in the picture, the latest: the table has all."""

# A light ground of its own reads on Discord's dark and light themes alike; blue and orange are told apart by everybody.
_GROUND = (255, 255, 255)
_STRIPE = (244, 246, 250)
_INK = (34, 38, 46)
_PALE = (92, 99, 112)
_NONE = (228, 231, 237)
_DONE = (47, 111, 222)
_PARTLY = (157, 190, 240)
_MISSED = (217, 95, 2)


def matrix(overview: Overview) -> bytes:
    """A PNG of the first `PEOPLE`. It takes some 100 ms: call it in a thread."""
    from PIL import Image, ImageDraw, ImageFont  # a fifth of a second of imports, for the one picture in a week

    fonts = {size: ImageFont.load_default(size) for size in (_SIZE, _NOTE_SIZE, _TITLE_SIZE)}
    rows, classes = overview.rows[:PEOPLE], overview.classes[-_CLASSES:]
    parts = [*(part.title() for part in Part), "Points"]
    left = _PADDING + _NAMES + 20
    right = left + _PART * len(parts) + 20
    width = max(right + _CLASS * len(classes), right + 340) + _PADDING
    height = _PADDING + _HEAD + _ROW * len(rows) + 70 + _PADDING
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)

    def clipped(text: str, room: int) -> str:
        text = plain(text)
        while text and draw.textlength(text, font=fonts[_SIZE]) > room:
            text = text[:-2].rstrip("….") + "…" if len(text) > 2 else ""
        return text

    at_risk = sum(bool(row.risks) for row in overview.rows)
    title = f"{overview.course}: progress of {len(overview.rows)} students, {at_risk} at risk"
    draw.text((_PADDING, _PADDING), plain(title)[:90], fill=_INK, font=fonts[_TITLE_SIZE])
    base = _PADDING + _HEAD - 12
    for column, name in enumerate(parts):
        draw.text((left + _PART * column, base), name, fill=_PALE, font=fonts[_SIZE], anchor="ls")
    for column, name in enumerate(classes):
        # Upright, like the labels of a narrow table: read from below.
        width_, label = int(draw.textlength(name, font=fonts[_NOTE_SIZE])) + 4, name
        strip = Image.new("RGB", (width_, _NOTE_SIZE + 8), _GROUND)
        ImageDraw.Draw(strip).text((0, 0), label, fill=_PALE, font=fonts[_NOTE_SIZE])
        turned = strip.rotate(90, expand=True)
        image.paste(turned, (right + _CLASS * column + 3, base - turned.height + 4))
    for index, row in enumerate(rows):
        top = _PADDING + _HEAD + _ROW * index
        middle = top + _ROW // 2
        if index % 2 == 0:
            draw.rectangle((_PADDING - 8, top, width - _PADDING + 8, top + _ROW - 1), fill=_STRIPE)
        if row.risks:
            draw.rectangle((_PADDING - 16, top + 4, _PADDING - 8, top + _ROW - 5), fill=_MISSED)
        draw.text((_PADDING, middle), clipped(row.name, _NAMES), fill=_INK, font=fonts[_SIZE], anchor="lm")
        for column, text in enumerate(_texts(row)):
            draw.text((left + _PART * column, middle), text, fill=_INK, font=fonts[_SIZE], anchor="lm")
        for column, record in enumerate(row.records[-_CLASSES:] if classes else ()):
            x = right + _CLASS * column + 4
            above, below = _colours(record)
            draw.rectangle((x, top + 5, x + _CLASS - 9, middle - 2), fill=above)
            draw.rectangle((x, middle + 1, x + _CLASS - 9, top + _ROW - 6), fill=below)
    _legend(draw, fonts[_NOTE_SIZE], height - _PADDING - 40)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _texts(row: Row) -> list[str]:
    found = row.found
    texts = [
        f"{tally.done}/{tally.expected}" if tally.expected else "-" for tally in (found.part(part) for part in Part)
    ]
    if found.skipped:
        texts[1] += f"  -{found.skipped}"
    return [*texts, "-" if found.score is None else f"{found.score:.1f}"]


def _colours(record: ClassRecord) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Of the upper half, where somebody was, and of the lower, what they asked."""
    there = {Presence.PRESENT: _DONE, Presence.SKIPPED: _MISSED}.get(record.presence or Presence.EXCUSED, _NONE)
    asked = record.questions
    if not asked.expected:
        return there, _NONE
    return there, _DONE if asked.done >= asked.expected else _PARTLY if asked.done else _MISSED


def _legend(draw: Any, font: Any, top: int) -> None:
    x = _PADDING
    words = ((_DONE, "done"), (_PARTLY, "some"), (_MISSED, "missed"), (_NONE, "nothing expected, or excused"))
    for colour, text in words:
        draw.rectangle((x, top + 4, x + 22, top + 22), fill=colour)
        draw.text((x + 32, top + 13), text, fill=_PALE, font=font, anchor="lm")
        x += 62 + int(draw.textlength(text, font=font))
    text = "A class: above there or not, below its questions. Beside attendance: skips."
    draw.text((_PADDING, top + 44), text, fill=_PALE, font=font, anchor="lm")
