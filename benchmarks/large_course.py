"""A course of a thousand students at the end of a term, and how long each command takes in it.

The term is written into the database, the commands are real ones on the loopback Discord; each answer is timed from the
dispatch of the interaction to the message that the person sees, behind a deferred answer too.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from benchmarks.stage import SAMPLE, Stage, run, stage, write_config
from bot.core.course import Role
from bot.store import courses, duties, groups
from bot.store.database import Database
from bot.store.tables import (
    account,
    attendance,
    check_in,
    group_duty,
    person,
    question,
    reading,
    session,
    vote,
    vote_choice,
    vote_voter,
)

STUDENTS = 1_000
SIZE = 3
IN_CLASS = datetime(2024, 4, 11, 14, 40, tzinfo=UTC)
"""The last student lecture has begun."""
BEGIN = datetime(2024, 1, 9, tzinfo=UTC)


async def latencies(*, quick: bool) -> dict[str, float]:
    """Milliseconds by command: the slowest of a few rounds."""
    with tempfile.TemporaryDirectory() as folder:
        nowhere = {"api_base": "http://127.0.0.1:1", "gateway_url": "ws://127.0.0.1:1"}
        config = write_config(Path(folder), nowhere)
        await run("-m", "bot", "course", "import", str(SAMPLE), "--config", str(config))
        database = Database(f"sqlite:///{Path(folder) / 'colloquy.db'}")
        people = await database.write(_fill)
        async with stage("colloquy", Path(folder)) as colloquy:
            found = await _commands(colloquy, database, people, rounds=1 if quick else 5)
        database.close()
    return found


def _fill(tx: Connection) -> list[int]:
    """Students in groups, and what they did in every class; returns those who summarise the last lecture."""
    course = courses.every(tx)[0]
    same = {"course_id": course.id, "kind": "student", "origin": "roster", "created_at": BEGIN}
    rows = [{**same, "roster_key": f"login{n}", "name": f"Human {n:04}"} for n in range(STUDENTS)]
    tx.execute(insert(person), rows)
    courses.settle(tx, course.id)
    listed = select(person.c.id).where(person.c.origin == "roster").order_by(person.c.id)
    people = list(tx.execute(listed).scalars())
    teams = []
    for number, start in enumerate(range(0, STUDENTS, SIZE)):
        members = people[start : start + SIZE]
        teams.append(groups.create(tx, course.id, f"Group {number}", SIZE, members[0], BEGIN))
        for member in members:
            groups.seat_by_staff(tx, course.id, teams[-1], member, BEGIN)
    classes = tx.execute(select(session).where(session.c.kind != "no_class").order_by(session.c.starts_at)).all()
    lectures = [one for one in classes if one.kind == "student_lecture"]
    for number, lecture in enumerate(lectures):
        for place, role in enumerate(Role):
            duties.offer(tx, course.id, lecture.id, role, 3)  # a large course shares each role among groups
            for seat in range(3):
                team = teams[(9 * number + 3 * place + seat) % len(teams)]
                duties.take(tx, lecture.id, role, team, "staff", "given", BEGIN)
        if lecture is not lectures[-1]:
            _vote(tx, course.id, lecture, teams[number], people)
    _questions(tx, course.id, people)
    for one in classes[::5]:
        times = {"opened_at": one.starts_at, "closes_at": one.starts_at + timedelta(minutes=20)}
        tx.execute(insert(attendance).values(session_id=one.id, course_id=course.id, key=bytes(32), **times))
        there = {"session_id": one.id, "course_id": course.id, "at": one.starts_at, "how": "code"}
        tx.execute(insert(check_in), [{**there, "person_id": who} for who in people if who % 7])
    summarising = select(group_duty.c.group_id).where(
        group_duty.c.session_id == lectures[-1].id, group_duty.c.role == Role.SUMMARIZER.value
    )
    team = teams.index(tx.execute(summarising.limit(1)).scalar_one())
    return people[SIZE * team : SIZE * team + 2]


def _vote(tx: Connection, course_id: int, lecture: Any, team: int, people: Sequence[int]) -> None:
    times = {"opened_at": lecture.starts_at, "closes_at": lecture.ends_at, "closed_at": lecture.ends_at}
    values = {"course_id": course_id, "session_id": lecture.id, "title": "Best", "method": "single", "opened_by": "x"}
    made = insert(vote).values(**values, **times, state="closed", ballots=len(people)).returning(vote.c.id)
    vote_id = tx.execute(made).scalar_one()
    tx.execute(insert(vote_choice).values(vote_id=vote_id, choice=1, label="Group", group_id=team, votes=9))
    tx.execute(insert(vote_voter), [{"vote_id": vote_id, "person_id": who, "voted": who % 9 > 0} for who in people])


def _questions(tx: Connection, course_id: int, people: Sequence[int]) -> None:
    papers = tx.execute(
        select(reading.c.id, reading.c.session_id, session.c.starts_at)
        .join(session, session.c.id == reading.c.session_id)
        .where(reading.c.required, session.c.starts_at < IN_CLASS)
    ).all()
    rows = [
        {
            "course_id": course_id,
            "session_id": paper.session_id,
            "reading_id": paper.id,
            "person_id": who,
            "text": f"What does {who} want to know about {paper.id}?",
            "asked_at": paper.starts_at - timedelta(hours=5),
            "interaction_id": f"{paper.id}/{who}",
        }
        for paper in papers
        for who in people
        if (who + paper.id) % 5
    ]
    tx.execute(insert(question), rows)


async def _commands(colloquy: Stage, database: Database, people: Sequence[int], rounds: int) -> dict[str, float]:
    await colloquy.post("clock", {"at": IN_CLASS.isoformat()})
    staff = (await colloquy.users(1, prefix="staff", staff=True))[0]
    users = await colloquy.users(len(people), prefix="human")
    links = [
        {"course_id": 1, "person_id": who, "platform": "discord", "user_id": user, "created_at": BEGIN}
        for who, user in zip(people, users, strict=True)
    ]
    await database.write(lambda tx: tx.execute(insert(account), links))
    await colloquy.act(staff, "staff setup")
    on = f"{IN_CLASS:%Y-%m-%d}"
    slowest: dict[str, float] = {}

    async def take(name: str, words: str, user: str, command: str, **options: Any) -> dict[str, Any]:
        answer = await colloquy.act(user, command, **options)
        said = answer["text"] + str(answer["followups"]) + str(answer["modal"] or "")
        if words not in said:
            raise RuntimeError(f"/{command}: {said[:500]}")
        slowest[name] = max(slowest.get(name, 0.0), answer["settled_ms"] or answer["latency_ms"])
        return answer

    canvas = "Student,SIS Login ID,Presentation (1),Summary (2),Participation (3),Report (4),Talk (5)\n"
    canvas += "".join(f"Human,login{n},,,,,\n" for n in range(STUDENTS))
    sheet = await take("attendance", "check-in is open", staff, "staff attendance", session=on)
    code = re.search(r"The code is `(\w+)`", sheet["text"])
    assert code
    for number in range(rounds):
        one, other = users[number % 2], users[(number + 1) % 2]
        await take("gradebook", f"{STUDENTS} students", staff, "staff grades gradebook")
        upload = {"file": "grades.csv", "text": canvas}
        await take("gradebook_canvas", "is filled", staff, "staff grades gradebook", file=upload)
        await take("mark", "Marked", staff, "staff grades mark", who="login1", item="talks", points="90")
        await take("progress", "at risk", staff, "staff grades progress")
        await take("owing", "still owe", staff, "staff questions owing")
        await take("check_in", "You are in", one, "check-in", code=code[1])
        await take("my_progress", "Questions", one, "my-progress")
        await take("deadlines", "", one, "deadlines")
        await take("my_questions", "", one, "my-questions")
        await take("questions", "", other, "questions", session=on)
        await take("ask", "text", one, "ask", session=on)
        await take("my_duties", "", one, "my-duties")
        link = f"https://example.org/{number}"
        done = await take("submit_summary", "Receipt", one, "submit-summary", session=on, link=link)
        receipt = re.search(r"`(\w{4}-\w{4})`", done["text"])
        assert receipt
        await take("receipt", receipt[1], other, "receipt", code=receipt[1])
    return slowest
