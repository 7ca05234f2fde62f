"""The schedule as files: sessions in, bytes out, nothing read or written besides."""

from enum import StrEnum


class Format(StrEnum):
    """What the schedule can be written as; the value ends the file's name."""

    MARKDOWN = "md"
    CSV = "csv"
    HTML = "html"
    ICS = "ics"
