"""What a file is by its content, and what it is called."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.files import CODE, MB, NAME_MAX, REPORT, SUMMARY, Media, NotTaken, check, clean_name, media_of

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


def archive(*names: str) -> bytes:
    """A zip file with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, "x" * 9000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("report.pdf", PDF, Media.PDF),
        ("report.exe", PDF, Media.PDF),
        ("code.zip", archive("main.py"), Media.ZIP),
        ("empty.zip", archive(), Media.ZIP),
        ("talk.pptx", archive("[Content_Types].xml", "ppt/presentation.xml"), Media.PPTX),
        ("notes.docx", archive("[Content_Types].xml", "word/document.xml"), Media.DOCX),
        ("notes.zip", archive("notes/[Content_Types].xml.txt", "main.py"), Media.ZIP),
        ("notes.md", "# Ü".encode(), Media.MARKDOWN),
        ("notes.TXT", b"plain\r\n\ttext", Media.TEXT),
        ("report.pdf", b"MZ\x90\x00\x03", None),
        ("notes.txt", b"zero \x00 byte", None),
        ("notes.txt", b"\xff\xfe\x00", None),
        ("blank.txt", b" \n", None),
    ],
)
def test_the_content_decides(name: str, data: bytes, found: Media | None) -> None:
    assert media_of(name, data) is found


def test_a_refusal_names_the_file_and_what_would_do() -> None:
    with pytest.raises(NotTaken, match=r"“run.exe” is something else inside.*is a PDF or a zip archive"):
        check("run.exe", b"MZ\x90\x00", REPORT, 10)
    with pytest.raises(NotTaken, match=r"“a.pdf” is a PDF; what is taken here is a zip archive"):
        check("a.pdf", PDF, CODE, 10)
    with pytest.raises(NotTaken, match=r"“a.pdf” is empty"):
        check("a.pdf", b"", REPORT, 10)
    with pytest.raises(NotTaken, match=r"10.1 MB; a file has at most 10 MB"):
        check("a.pdf", PDF + b"\0" * (10 * MB), REPORT, 10)
    assert check("a.pdf", PDF.ljust(10 * MB), REPORT, 10) is Media.PDF
    assert check("a.md", b"text", SUMMARY, 10) is Media.MARKDOWN


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\work\\Report (final).PDF", "Report (final).pdf"),
        ("[x](http://e.com) @everyone.pdf", "e.com) _everyone.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("a.exe", "a.exe.pdf"),
    ],
)
def test_names_lose_their_power(name: str, clean: str) -> None:
    assert clean_name(name, Media.PDF) == clean


@given(st.text(max_size=200), st.sampled_from(Media))
def test_every_name_comes_out_usable_and_stays_so(name: str, media: Media) -> None:
    clean = clean_name(name, media)
    assert clean.endswith(f".{media}")
    assert len(clean) <= NAME_MAX
    assert clean[0] != "."
    assert not set(clean) & set("/\\*`<>@[]\n\0")
    assert clean_name(clean, media) == clean
