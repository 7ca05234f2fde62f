"""`receipt verify` and `receipt key`: offline, with the key from a file, from an export, or from the database."""

from __future__ import annotations

import base64
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.__main__ import main
from bot.core import receipts
from bot.core.deadlines import Work
from bot.core.receipts import Content, Receipt
from bot.store import courses, hand_ins
from bot.store.database import Database
from tests.support.world import ROOT

AT = datetime(2024, 1, 24, 15, 29, 59, 123000, tzinfo=UTC)
KEY = b"k" * receipts.KEY_BYTES


def signed(key: bytes) -> Receipt:
    one = Receipt(
        course="eecs-598-w24",
        kind=Work.SUMMARY,
        about="session 5",
        title="FlexGen",
        owner="group 3",
        by="person 7",
        version=2,
        at=AT,
        due_at=AT + timedelta(hours=1),
        digest=Content(link="https://example.org").digest(),
        code="7K3Q-M2XD",
    )
    return receipts.sign(key, one)


def test_with_a_key_from_a_file(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    good, plain, exported = tmp_path / "receipt.json", tmp_path / "key.txt", tmp_path / "keys.json"
    good.write_text(receipts.to_json(signed(KEY)))
    plain.write_text(KEY.hex() + "\n")
    secret = {"purpose": "receipts", "value": base64.b64encode(KEY).decode()}
    exported.write_text(json.dumps({"course_secret": [{"purpose": "other", "value": "AAAA"}, secret]}))
    folder, zipped = tmp_path / "export", tmp_path / "export.zip"
    folder.mkdir()
    (folder / "keys.json").write_text(exported.read_text())
    with zipfile.ZipFile(zipped, "w") as file:
        file.write(exported, "keys.json")
    without = tmp_path / "without.zip"
    with zipfile.ZipFile(without, "w") as file:
        file.writestr("manifest.json", "{}")
    for key in (plain, exported, folder, zipped):
        assert main(["receipt", "verify", str(good), "--key", str(key)]) == 0
        told = capsys.readouterr().out
        assert told.startswith("Valid: summary for “FlexGen”, version 2, eecs-598-w24.\n")
        assert "2024-01-24 15:29:59.123000 UTC, on time" in told
    forged = tmp_path / "forged.json"
    forged.write_text(receipts.to_json(replace(signed(KEY), version=3)))
    assert main(["receipt", "verify", str(forged), "--key", str(plain)]) == 1
    assert capsys.readouterr().out.startswith("Not valid")
    for file, key, words in [
        (plain, plain, "no receipt of ours"),
        (tmp_path / "none.json", plain, "No such file"),
        (good, good, "there is no key for receipts in it"),
        (good, without, "an export has one if made --with-keys"),
        (good, tmp_path / "none.txt", "No such file"),
    ]:
        assert main(["receipt", "verify", str(file), "--key", str(key)]) == 1
        assert words in capsys.readouterr().err


def test_with_the_key_of_the_database(sqlite_url: str, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    config, receipt = tmp_path / "config.toml", tmp_path / "receipt.json"
    example = (ROOT / "config.example.toml").read_text()
    config.write_text(example.replace('"sqlite:///colloquy.db"', f'"{sqlite_url}"'))
    receipt.write_text(receipts.to_json(signed(KEY)))
    assert main(["receipt", "verify", str(receipt), "--config", str(config)]) == 1
    assert "has signed no receipt yet" in capsys.readouterr().err
    database = Database(sqlite_url)
    with database.engine.begin() as tx:
        key = hand_ins.make_signing_key(tx, courses.every(tx)[0].id)
    database.close()
    assert main(["receipt", "verify", str(receipt), "--config", str(config)]) == 1
    receipt.write_text(receipts.to_json(signed(key)))
    assert main(["receipt", "verify", str(receipt), "--config", str(config)]) == 0
    capsys.readouterr()
    assert main(["receipt", "key", "--config", str(config)]) == 0
    assert capsys.readouterr().out == key.hex() + "\n"
