"""What is held on one person, as a zip file with readable JSON and a few words about it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

_ABOUT = """\
What {course} has stored about you, as of {at}.

my-data.json   every entry that is yours, by what it is: who you are, groups, duties, questions, notes, what you and
               your groups handed in, marks, excuses, attendance, preferences, appointments … Times are the course's.
               "you" is you; other people are not named.

What is not in it:
- What you voted for. Votes are secret: stored is only that you may vote and have voted.
- The files you handed in: you have them; their names and SHA-256 are in it.
- Codes and secret addresses of yours, such as your calendar's. You see them where you ask for them.
- Messages that mentioned you in Discord, and what staff noted about the course that names you.

`/my-data delete` shows what would be deleted, and deletes it if you confirm. Questions about it: ask the course staff.
"""


def write_my_data(course: str, held: Mapping[str, list[dict[str, Any]]], at: str) -> bytes:
    """The zip file. `course` is what the course is called, `at` when this was written, in words."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", _ABOUT.format(course=course, at=at))
        zipped.writestr("my-data.json", json.dumps(held, ensure_ascii=False, indent=2) + "\n")
    return out.getvalue()
