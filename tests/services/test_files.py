"""Files that are deleted by policy after the term, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.files import REPORT
from bot.core.people import Actor
from bot.core.times import Term
from bot.services.files import FileKeeping, FileService, Upload
from bot.services.milestone_hand_ins import MilestoneHandIns
from bot.store import courses, milestones
from bot.store.database import Database
from bot.store.files import FileStore
from tests.conftest import NOW
from tests.core.test_files import PDF
from tests.support.people import PLACE, open_course, student

TERM = Term(date(2024, 1, 11), date(2024, 4, 18))
END = datetime(2024, 4, 19, 3, 59, tzinfo=UTC)  # 23:59 in Detroit
STAFF = Actor("discord", "1", "Staff01", staff=True)


async def test_kept_for_as_long_as_the_policy_says_and_not_a_day_longer(database: Database, tmp_path: Path) -> None:
    await open_course(database, NOW)
    store = FileStore(tmp_path / "files")
    files = FileService(database, store)
    await database.write(milestones.put, 1, "Report", END, "staff")
    hand_ins = MilestoneHandIns(database, files, lambda: None)
    done = await hand_ins.submit(PLACE, student(1), None, NOW, "1", file=Upload("a.pdf", PDF))
    (ref,) = done.received.content.files
    (orphan,) = await files.keep(PLACE, [(Upload("b.pdf", PDF + b"2"), REPORT)], NOW)

    async def daily(keeping: FileKeeping, at: datetime) -> datetime | None:
        return await database.write(lambda tx: keeping(tx, courses.by_id(tx, 1), at))

    keeping = FileKeeping(store, TERM)
    assert await daily(keeping, NOW) == NOW + timedelta(hours=24)
    assert store.read(orphan.sha256) is not None
    assert await daily(keeping, NOW + timedelta(hours=23)) == NOW + timedelta(hours=24)
    await daily(keeping, NOW + timedelta(hours=24))
    assert store.read(orphan.sha256) is None  # it was never handed in
    await daily(keeping, END + timedelta(days=4000))
    await daily(FileKeeping(store, TERM), END + timedelta(days=4002))
    assert store.read(ref.sha256) == PDF  # for ever, by default

    await database.write(lambda tx: courses.set_policy(tx, 1, "files.keep", "2w", "staff", NOW))
    end = END + timedelta(weeks=2)
    for at in (end - timedelta(seconds=1), end - timedelta(seconds=1)):
        await daily(FileKeeping(store, TERM), at)
    assert store.read(ref.sha256) == PDF
    await daily(FileKeeping(store, TERM), end)
    opened = await files.open(PLACE, student(1), done.received.hand_in_id, end)
    (file,) = opened.files
    assert (file.name, file.data, file.deleted_at) == ("a.pdf", None, end)
    await daily(FileKeeping(store, TERM), end + timedelta(hours=24))
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []

    again = await hand_ins.submit(PLACE, student(1), "Report", end, "2", file=Upload("a.pdf", PDF))
    opened = await files.open(PLACE, STAFF, again.received.hand_in_id, end)
    assert opened.files[0].data == PDF
    assert again.received.receipt.version == 2


async def test_the_same_press_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    await open_course(database, NOW)
    await database.write(milestones.put, 1, "Report", END, "staff")
    hand_ins = MilestoneHandIns(database, FileService(database, FileStore(tmp_path)), lambda: None)
    first = await hand_ins.submit(PLACE, student(1), None, NOW, "1", file=Upload("a.pdf", PDF))
    second = await hand_ins.submit(PLACE, student(1), None, NOW, "1", file=Upload("a.pdf", PDF))
    assert second.received.again
    assert second.received.receipt == first.received.receipt


@pytest.mark.parametrize(("due", "late"), [(NOW, False), (NOW - timedelta(milliseconds=1), True)])
async def test_late_is_later_than_the_deadline(sqlite_url: str, tmp_path: Path, due: datetime, late: bool) -> None:
    database = Database(sqlite_url)
    await open_course(database, NOW)
    await database.write(milestones.put, 1, "Report", due, "staff")
    hand_ins = MilestoneHandIns(database, FileService(database, FileStore(tmp_path)), lambda: None)
    done = await hand_ins.submit(PLACE, student(1), None, NOW, "1", link="https://example.org/x")
    assert done.received.receipt.on_time is not late
    database.close()
