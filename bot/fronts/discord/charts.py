"""Pictures of numbers."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

# Everything is drawn at twice the size it is shown at, so that it stays sharp on fine screens.
_WIDTH = 1200
_PADDING = 40
_ROW = 56
_BAR = 32
_NAMES = 380
_NUMBERS = 90
_TITLE_SIZE, _SIZE, _NOTE_SIZE = 34, 28, 24

# A light ground of its own reads on Discord's dark and light themes alike.
_GROUND = (255, 255, 255)
_INK = (34, 38, 46)
_PALE = (92, 99, 112)
_TRACK = (234, 238, 245)
_FILL = (47, 111, 222)
_BEST = (21, 128, 61)


def bars(title: str, rows: Sequence[tuple[str, int]], note: str) -> bytes:
    """A PNG of horizontal bars, one for each (name, number) from the top; the largest ones stand out.

    It takes some 50 ms: call it in a thread.
    """
    # A fifth of a second of imports, for the one message in a day that has a picture.
    from PIL import Image, ImageDraw, ImageFont

    fonts = {size: ImageFont.load_default(size) for size in (_TITLE_SIZE, _SIZE, _NOTE_SIZE)}
    head = _PADDING + _TITLE_SIZE + 34
    height = head + _ROW * len(rows) + 16 + _NOTE_SIZE + _PADDING
    image = Image.new("RGB", (_WIDTH, height), _GROUND)
    draw = ImageDraw.Draw(image)

    def clipped(text: str, room: int, size: int) -> str:
        text = plain(text)
        if draw.textlength(text, font=fonts[size]) <= room:
            return text
        while text and draw.textlength(text + "…", font=fonts[size]) > room:
            text = text[:-1]
        return text.rstrip() + "…"

    draw.text(
        (_PADDING, _PADDING), clipped(title, _WIDTH - 2 * _PADDING, _TITLE_SIZE), fill=_INK, font=fonts[_TITLE_SIZE]
    )
    best = max((number for _, number in rows), default=0)
    left, right = _PADDING + _NAMES + 20, _WIDTH - _PADDING - _NUMBERS
    for index, (name, number) in enumerate(rows):
        middle = head + _ROW * index + _ROW // 2
        top, bottom = middle - _BAR // 2, middle + _BAR // 2
        draw.text((_PADDING, middle), clipped(name, _NAMES, _SIZE), fill=_INK, font=fonts[_SIZE], anchor="lm")
        draw.rounded_rectangle((left, top, right, bottom), 6, fill=_TRACK)
        if number:
            end = left + max(12, round((right - left) * number / best))
            draw.rounded_rectangle((left, top, end, bottom), 6, fill=_BEST if number == best else _FILL)
        draw.text((right + 20, middle), str(number), fill=_INK, font=fonts[_SIZE], anchor="lm")
    draw.text((_PADDING, height - _PADDING - _NOTE_SIZE), note, fill=_PALE, font=fonts[_NOTE_SIZE])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)
_DRAWN = frozenset("·…“”‘’")


def plain(text: str) -> str:
    """`text` in what the font that comes with Pillow can draw: letters without their accents, "?" for other scripts.

    The message beside the picture has the names as they are.
    """
    split = unicodedata.normalize("NFKD", text.replace("…", "\0").translate(_SPELLED)).replace("\0", "…")
    letters = (letter for letter in split if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() or letter in _DRAWN else "?" for letter in letters)
