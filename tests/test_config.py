"""config.toml: what fits is typed and frozen, what does not gets one sentence that names file, key and cure."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ConfigError, Settings, load, parse
from bot.core.policy import named

HERE = Path("course/config.toml")
EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


def test_the_example_is_the_sample_course() -> None:
    settings = load(EXAMPLE)
    assert settings.course.key == "eecs-598-w24"
    assert settings.course.zone.key == "America/Detroit"
    assert settings.course.meetings[0].weekdays == {1, 3}
    assert settings.groups.lock == date(2024, 1, 23)
    assert settings.reminders.spans == (timedelta(days=3), timedelta(hours=24), timedelta(hours=3))


def test_the_policies_in_the_example_are_the_defaults() -> None:
    """They are commented out; whoever takes the marks off changes nothing yet."""
    _, _, policies = EXAMPLE.read_text().partition("# [policy]")
    lines = policies.partition("\n\n")[0].splitlines()[1:]
    found = parse("\n".join(["[policy]", *(line.removeprefix("# ") for line in lines)]), HERE).policies
    assert found == {key: named(key).default for key in found}
    assert {"groups.joining", "roster_required", "rota.presents", "vote.closes", "questions.cutoff"} <= found.keys()


def test_everything_has_a_default() -> None:
    settings = parse("", HERE)
    assert settings.discord.api_base == "https://discord.com/api/v10"
    assert settings.discord.token.env == "DISCORD_TOKEN"
    assert not settings.web.enabled


def test_the_pages_are_where_the_server_is_unless_said_otherwise() -> None:
    assert parse("[web]\nport = 80", HERE).web.base == "http://127.0.0.1:80"
    assert parse('[web]\nhost = "::1"', HERE).web.base == "http://[::1]:8080"
    assert parse('[web]\naddress = "https://x.edu/seminar/"', HERE).web.base == "https://x.edu/seminar"
    with pytest.raises(ConfigError, match="`address` must be a web address"):
        parse('[web]\naddress = "x.edu"', HERE)


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[database]\nurl = "sqlite:///data/c.db"\n')
    assert load(path).database_url == f"sqlite:///{tmp_path}/data/c.db"
    assert load(path).backup_folder == tmp_path / "backups"


def test_an_absolute_path_and_a_server_stay_as_written() -> None:
    assert parse('[database]\nurl = "sqlite:////var/c.db"', HERE).database_url == "sqlite:////var/c.db"
    server = "postgresql://u@h/db"
    assert parse(f'[database]\nurl = "{server}"', HERE).database_url == server


def test_times_may_be_short() -> None:
    text = '[[course.meetings]]\ndays = ["Mon"]\nstart = "9:30"\nend = 11:00:00\n'
    meeting = parse(text, HERE).course.meetings[0]
    assert (meeting.start, meeting.end) == (time(9, 30), time(11, 0))


def test_where_files_lie_can_be_said() -> None:
    assert parse("", HERE).files_folder.name == "files"
    assert parse('[files]\nfolder = "kept"', HERE).files_folder == HERE.parent.absolute() / "kept"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[discord]\ntokn = 1", "unknown key `discord.tokn`: did you mean `token`?"),
        ("[cours]", "unknown key `cours`: did you mean `course`?"),
        ("[[course.meetings]]\nday = []", "unknown key `course.meetings.day`: did you mean `days`?"),
        ("zzz = 1", "unknown key `zzz`: known here: discord, database,"),
        ('[discord]\ntoken = "abc"', '`discord.token`: write secrets as { env = "NAME" }'),
        ("[discord]\ntoken = { env = 3 }", "`discord.token.env`: Expected `str`"),
        ("[groups]\nsize = 99", "`groups.size`: Expected `int` <= 25"),
        ("[groups]\nsize = 2\nmin_size = 3", "`min_size` is larger than `size`"),
        ('[groups]\nlock = "soon"', "`lock` must be a date such as 2024-01-23"),
        ('[course]\ntimezone = "Mars/Base"', "write a name such as America/Detroit"),
        ("[course]\nfirst_day = 2024-01-01", "give both `first_day` and `last_day`"),
        ("[course]\nfirst_day = 2024-02-01\nlast_day = 2024-01-01", "`last_day` is before `first_day`"),
        ('[[course.meetings]]\ndays = ["Tu"]\nstart = 10:00:00\nend = 11:00:00', "use Mon, Tue, Wed"),
        ('[[course.meetings]]\ndays = ["Tue"]\nstart = 11:00:00\nend = 10:00:00', "`end` must be later"),
        ('[reminders]\nleads = ["3"]', "write for example 3d, 24h or 90m"),
        ('[database]\nurl = "mysql://x"', "must begin with sqlite:///"),
        ('[[milestones]]\nname = "a"\ndue = 1', "must be a date"),
        ('[log]\nlevel = "LOUD"', "`level` must be DEBUG"),
        ("[web]\nport = 70000", "`web.port`: Expected `int` <= 65535"),
        ("[course", "not valid TOML"),
        ('folder = "x"', "unknown key `folder`"),
    ],
)
def test_what_does_not_fit_is_named_with_its_cure(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse(text, HERE)
    assert str(refusal.value).startswith(f"{HERE}: ")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; copy config\.example\.toml"):
        load(tmp_path / "config.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "binary.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


def test_a_secret_is_read_when_needed_and_missed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = parse('[discord]\ntoken = { env = "SEMINAR_TOKEN" }', HERE)
    monkeypatch.delenv("SEMINAR_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="SEMINAR_TOKEN is not set"):
        settings.discord.token.reveal()
    monkeypatch.setenv("SEMINAR_TOKEN", " abc\n")
    assert settings.discord.token.reveal() == "abc"
    assert "abc" not in repr(settings)


@given(st.text(max_size=200))
def test_any_text_is_settings_or_one_sentence(text: str) -> None:
    try:
        assert isinstance(parse(text, HERE), Settings)
    except ConfigError as error:
        assert str(error).startswith(f"{HERE}: ")


def test_the_lead_times_of_reminders_are_a_policy_too() -> None:
    def policies(text: str) -> dict[str, str]:
        return parse(text, Path("config.toml")).policies

    assert policies('[reminders]\nleads = ["2d", "6h"]') == {"reminders.leads": "2d,6h"}
    assert policies("[reminders]\nleads = []") == {"reminders.leads": "none"}
    assert policies("") == {}
    both = '[reminders]\nleads = ["2d"]\n[policy]\nreminders.leads = "1d"'
    assert policies(both) == {"reminders.leads": "1d"}
