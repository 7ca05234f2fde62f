"""Links are judged by their form: what is refused, and what is hinted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.links import LINK_MAX, read_link


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slides.pdf",
        "http://docs.google.com/presentation/d/abc",
        "ftp://example.org/x",
        "https://",
        "https://localhost/x",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://printer.local/x",
        "https://someone:secret@example.org/x",
        "https://example.org/a b",
        "https://example.org/<script>",
        "https://[broken",
        "javascript:alert(1)",
        "https://example.org/" + "x" * LINK_MAX,
    ],
)
def test_what_others_cannot_open_is_no_link(text: str) -> None:
    with pytest.raises(CourseError, match="beginning with https://"):
        read_link(text)


@pytest.mark.parametrize(
    ("url", "what", "hint", "doubtful"),
    [
        ("https://docs.google.com/presentation/d/1AbC-_x/edit?usp=sharing", "Google Slides", "everyone with", False),
        ("https://docs.google.com/presentation/u/1/d/1AbC/edit#slide=id.p", "Google Slides", "everyone with", False),
        ("https://docs.google.com/presentation/d/e/2PACX/pub?start=false", "Google Slides", None, False),
        ("https://docs.google.com/presentation/u/0/", "Google", "your own list", True),
        ("https://docs.google.com/document/d/1AbC/edit", "a Google Doc", "not slides", True),
        ("https://drive.google.com/drive/my-drive", "Google Drive", "your own Drive", True),
        ("https://drive.google.com/drive/u/0/folders/1AbC", "a Google Drive folder", "a folder", True),
        ("https://drive.google.com/file/d/1AbC/view", "a file on Google Drive", "everyone with", False),
        ("https://mail.google.com/mail/u/0/#inbox/x", "Gmail", "Only you", True),
        ("https://www.canva.com/design/DAF/xyz/edit", "Canva", "editor's address", True),
        ("https://www.overleaf.com/project/65a", "an Overleaf project", "read-only link", True),
        ("https://www.overleaf.com/read/abc", None, None, False),
        ("https://example.org/talk.docx", None, "a docx file, not slides", True),
        ("https://example.org/talk.pdf", None, None, False),
        ("https://umich-my.sharepoint.com/:p:/g/personal/x", None, "everyone with", False),
    ],
)
def test_slides_are_recognised_and_doubts_are_hinted(
    url: str, what: str | None, hint: str | None, doubtful: bool
) -> None:
    link = read_link(f" <{url}> ", slides=True)
    assert (link.url, link.what, link.doubtful) == (url, what, doubtful)
    assert (hint is None) == (link.hint is None)
    assert hint is None or hint in (link.hint or "")


def test_a_document_is_fine_where_no_slides_are_wanted() -> None:
    assert not read_link("https://docs.google.com/document/d/1AbC/edit").doubtful


@given(st.text(max_size=60), st.booleans())
def test_anything_typed_is_a_link_or_refused(text: str, slides: bool) -> None:
    for typed in (text, f"https://{text}", f"https://docs.google.com/{text}"):
        try:
            link = read_link(typed, slides=slides)
        except CourseError:
            continue
        assert link.url.casefold().startswith("https://")
        assert not set(link.url) & set(' <>"\n`')
