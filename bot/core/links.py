"""Links that are handed in: checked by their form only. Nothing is ever fetched."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.errors import CourseError

LINK_MAX = 1000
"""Characters."""

_GOOGLE_FILE = re.compile(r"/(?:a/[^/]+/)?(presentation|document|spreadsheets|forms)(?:/u/\d+)?/d/(?:e/)?([\w-]+)")
_KINDS = {"document": "a Google Doc", "spreadsheets": "a Google Sheet", "forms": "a Google Form"}
_SHARE = "Make sure that everyone with the link can view it (Share → General access)."


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is kept. `what` is what it looks like ("Google Slides"), None when unknown; `hint` is what to look
    at, None when there is nothing to say; `doubtful` when it probably does not open for others, or is something else.
    """

    url: str
    what: str | None = None
    hint: str | None = None
    doubtful: bool = False


def read_link(text: str, *, slides: bool = False) -> Link:
    """The link that somebody typed; `slides`: it is meant to lead to slides.

    Raises:
        CourseError: it is no https link to a site on the internet.
    """
    url = text.strip().removeprefix("<").removesuffix(">")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").casefold()
        named = parts.username is not None or parts.password is not None
    except ValueError:
        raise _refused(url) from None
    if re.search(r"\s|[\x00-\x1f<>\"`\\]", url) or len(url) > LINK_MAX or parts.scheme.casefold() != "https":
        raise _refused(url)
    if "." not in host.strip(".") or named or not re.fullmatch(r"[^\s/?#@]+", host) or _is_address(host):
        raise _refused(url)
    return _google(url, host, parts.path, slides) or _other(url, host, parts.path, slides)


def _google(url: str, host: str, path: str, slides: bool) -> Link | None:
    if host == "docs.google.com":
        match = _GOOGLE_FILE.match(path)
        if match is None:
            hint = "This opens your own list of files, not one of them: copy the link from the Share button."
            return Link(url, "Google", hint, doubtful=True)
        if match[1] == "presentation":
            return Link(url, "Google Slides", None if "/d/e/" in path else _SHARE)
        what = _KINDS[match[1]]
        if slides:
            return Link(url, what, f"This is {what}, not slides. {_SHARE}", doubtful=True)
        return Link(url, what, _SHARE)
    if host == "drive.google.com":
        if re.match(r"/(drive/(u/\d+/)?)?(my-drive|home|shared-with-me|recent)?/?$", path):
            return Link(url, "Google Drive", "This opens your own Drive: copy the link of the file.", doubtful=True)
        if "/folders/" in path:
            return Link(url, "a Google Drive folder", f"This is a folder: better give the file itself. {_SHARE}", True)
        return Link(url, "a file on Google Drive", _SHARE)
    if host == "mail.google.com":
        return Link(url, "Gmail", "Only you can open your mail: share the file and copy its link.", doubtful=True)
    return None


def _other(url: str, host: str, path: str, slides: bool) -> Link:
    def at(*sites: str) -> bool:
        return any(host == site or host.endswith("." + site) for site in sites)

    if at("canva.com") and path.rstrip("/").endswith("/edit"):
        hint = "This is the editor's address: copy the link from Share, set to “Anyone with the link”."
        return Link(url, "Canva", hint, doubtful=True)
    if at("overleaf.com") and path.startswith("/project"):
        hint = "Only members of this project can open it: use the read-only link (Share → Turn on link sharing)."
        return Link(url, "an Overleaf project", hint, doubtful=True)
    if at("sharepoint.com", "1drv.ms", "onedrive.live.com", "dropbox.com", "box.com", "icloud.com", "figma.com"):
        return Link(url, None, "Make sure that everyone with the link can view it.")
    if slides and re.search(r"\.(docx?|xlsx?|zip|tex|mp4|mov)$", path.casefold()):
        return Link(
            url, None, f"This looks like a {path.rpartition('.')[2].casefold()} file, not slides.", doubtful=True
        )
    return Link(url)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.endswith((".local", ".localhost", ".internal", ".invalid"))
    return True


def _refused(url: str) -> CourseError:
    return CourseError(
        f"“{url[:120]}” is no link that others can open: copy the whole address, beginning with https://, from the "
        "Share button or the browser."
    )
