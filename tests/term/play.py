"""A person at a keyboard for everyone in the course: commands, buttons and forms, with the clock moved between them."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import simcord

from tests.support.world import World, said, text
from tests.term import course
from tests.term.course import Meeting
from tests.term.record import Record

_AT_ONCE = 8
"""Private answers with buttons live for 15 minutes; the offline Discord slows down with many of them."""
_HALF_A_MS = 0.0005


def login(student: int) -> str:
    return f"student{student:02}"


class Play:
    """Does things in the course, sees that they are answered as they should be, and writes them down."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.members: dict[int, simcord.MemberActor] = {}
        self.record = Record(dict(enumerate(course.groups())))
        self._answered = 0

    # -- the clock --------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """In whole milliseconds, as interactions are stamped."""
        now = self.world.env.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def until(self, at: datetime) -> None:
        """Let time pass until `at`."""
        await self.world.env.advance_time(at.timestamp() - self.world.env.now().timestamp() + _HALF_A_MS)
        assert self.now == at

    async def tick(self) -> None:
        """The outbox looks what is due: votes open and close, messages go out."""
        await self.world.app.outbox.tick()

    async def _breathe(self) -> None:
        self._answered += 1
        if self._answered % _AT_ONCE == 0:
            await self.world.env.advance_time(16 * 60)

    # -- how things are said ----------------------------------------------------------------------------------

    async def do(self, student: int, command: str, words: str, **options: Any) -> Any:
        """A student's command, whose answer has these words in it."""
        done = await self.members[student].slash(self.world.general, command, **options)
        if words not in text(done):
            raise AssertionError(f"{login(student)}: /{command} {options}: {text(done)}")
        return done

    async def staff(self, command: str, words: str, confirm: str = "", **options: Any) -> Any:
        """Staff's command, and the button under what it shows."""
        done = await self.world.staff.slash(self.world.general, f"staff {command}", **options)
        if words not in text(done):
            raise AssertionError(f"/staff {command} {sorted(options)}: {text(done)}")
        return await self.world.staff.click(said(done), label=confirm) if confirm else done

    # -- before the term --------------------------------------------------------------------------------------

    async def open(self, meetings: list[Meeting]) -> None:
        """Set-up, schedule, roster, everyone linked and in a group, every duty claimed."""
        world = self.world
        await world.set_up()
        await self.staff("import schedule", "27 sessions", "Import", file=("page.md", course.page(meetings)))
        roster = "Student,SIS Login ID\n" + "".join(f"Student{n:02},{login(n)}\n" for n in course.STUDENTS)
        done = await self.staff("import roster", "37 people", "Import", file=("roster.csv", roster.encode()))
        (file,) = said(done).attachments
        codes = {
            row["login"]: row["code"] for row in csv.DictReader(io.StringIO((await file.read()).decode("utf-8-sig")))
        }
        await self.staff("policy", "vote.bonus", key="vote.bonus", value="2")
        for student in course.STUDENTS:
            self.members[student] = world.student(student)
            await self.do(student, "link", "You are linked", code=codes[login(student)])
        for number, members in self.record.members.items():
            name = course.group_name(number)
            await self.do(members[0], "create-group", name, name=name)
            for other in members[1:]:
                await self.do(other, "join-group", f"You are in **{name}**", group=name)
                await self._breathe()
        for one in meetings:
            if one.lecture is not None:
                for role, number in course.roles(one.lecture).items():
                    await self.do(
                        self.record.members[number][0], "claim-slot", "is now", session=str(one.date), role=role
                    )
                    self.record.duties[one.date, role] = number
                await self._breathe()

    # -- a class ----------------------------------------------------------------------------------------------

    async def ask(self, student: int, one: Meeting, paper: str, words: str = "") -> None:
        self.record.asked[student, one.date, paper] = self.now
        question = words or f"{login(student)} wonders about {paper[:40]}?"
        shown = await self.members[student].slash(
            self.world.general, "ask", session=str(self.held_on(one)), paper=paper[:100]
        )
        done = await self.members[student].submit_modal(shown, {"text": question})
        assert paper[:20].split("*")[0] in text(done).replace("\\", ""), text(done)

    def held_on(self, one: Meeting) -> date:
        """The date by which commands know a class now."""
        return one.begins.date() if one.date in self.record.moved else one.date

    async def ask_around(self, one: Meeting) -> None:
        for student in self.record.here():
            if student in self.record.on_duty(one.date):
                continue
            for number, paper in enumerate(one.required):
                if not course.skips_question(student, one.number, number):
                    await self.ask(student, one, paper)
                    await self._breathe()

    async def check_in(self, one: Meeting) -> None:
        shown = await self.staff("attendance", "The check-in is open", session=str(self.held_on(one)))
        found = re.search(r"The code is `(\w+)`", text(shown))
        assert found
        self.record.held.append(one.date)
        for student in self.record.here():
            if course.is_there(student, one.number):
                await self.do(student, "check-in", "You are in", code=found[1])
                self.record.present.add((student, one.date))

    async def open_vote(self, one: Meeting) -> None:
        """The vote opens by itself when class begins: for everyone but those who perform."""
        await self.tick()
        self.record.electorate[one.date] = set(self.record.here()) - self.record.on_duty(one.date)

    async def vote_around(self, one: Meeting) -> None:
        for student in sorted(self.record.electorate[one.date]):
            if course.votes(student, one.number):
                group = self.record.duties[one.date, course.favourite(student, one.number)]
                await self._cast(student, course.group_name(group))
                self.record.ballots[one.date, student] = group

    async def poll(self, question: str) -> None:
        await self.staff("vote poll", "is open", question=question, choices="yes; no", hours=3.0)
        for student in self.record.here():
            await self._cast(student, "yes" if student % 3 else "no")
            self.record.polled += 1
        await self.until(self.now + timedelta(hours=3))
        await self.tick()

    async def _cast(self, student: int, label: str) -> None:
        paper = await self.members[student].slash(self.world.general, "vote")
        await self.members[student].click(said(paper), label=label)
        assert f"Your vote is in: {label}" in text(paper), text(paper)
        await self._breathe()

    # -- what is handed in ------------------------------------------------------------------------------------

    async def slides(self, one: Meeting) -> None:
        link = f"https://docs.google.com/presentation/d/{one.number}"
        first = self.record.team(one.date, "presenter")[0]
        await self.do(first, "submit-slides", "on time", session=str(self.held_on(one)), link=link)

    async def summary(self, one: Meeting) -> None:
        """As a link; late, the answer warns first."""
        link = f"https://example.org/summary/{one.number}/{len(self.record.summaries[one.date])}"
        member = self.record.team(one.date, "summarizer")[-1]
        self.record.summaries[one.date].append(self.now)
        late = self.now > one.summary_due
        done = await self.do(
            member, "submit-summary", "NO CREDIT" if late else "", session=str(self.held_on(one)), link=link
        )
        if late:
            await self.members[member].click(said(done), label="Hand it in late: no credit")
        assert "Receipt" in text(done), text(done)

    async def summary_by_form(self, one: Meeting) -> None:
        """In two forms, by two members of the group."""
        team = self.record.team(one.date, "summarizer")
        first, second = self.members[team[0]], self.members[team[-1]]
        begun, rest = ({str(n): f"Part {n} of class {one.number}." for n in part} for part in ((0, 1, 2), (3, 4, 5)))
        session = str(self.held_on(one))
        shown = await first.slash(self.world.general, "submit-summary", session=session)
        await first.submit_modal(shown, begun)
        shown = await second.slash(self.world.general, "submit-summary", session=session)
        draft = await second.submit_modal(shown, begun)  # what the form shows, sent as it is
        shown = await second.click(said(draft), label="Write part 2 of 2")
        whole = await second.submit_modal(shown, rest)
        self.record.summaries[one.date].append(self.now)
        await second.click(said(whole), label="Hand it in")
        assert "Receipt" in text(whole), text(whole)

    async def milestone(self, group: int, name: str, *, report: bool = False) -> None:
        """As a link, or for some groups as a file, by any member."""
        members = [one for one in self.record.members[group] if one not in self.record.dropped]
        work: dict[str, Any] = {"link": f"https://example.org/{group}/{'report' if report else 'proposal'}"}
        if group % 5 == 0:
            work = {"file": ("paper.pdf", b"%PDF-1.7 of group " + str(group).encode())}
        await self.do(members[-1], "submit-milestone", "Receipt", milestone=name, **work)
        if report:
            self.record.reports[group] = self.now

    # -- what staff do ----------------------------------------------------------------------------------------

    async def mark(self, group: int, item: str, points: str, one: Meeting | None = None) -> None:
        """A mark for a whole group; for a class, for those of it who were on duty."""
        session = {"session": str(self.held_on(one))} if one else {}
        await self.staff(
            "grades mark",
            "Give these marks?",
            "Mark them",
            who=course.group_name(group),
            item=item,
            points=points,
            **session,
        )
        share, _, of = points.partition("/")
        worth = round(float(share) / float(of or 100) * 100 + 1e-9, 2)
        for student in self.record.members[group]:
            if student not in self.record.dropped:
                self.record.marks[student, f"{item} {one.date}" if one else item] = worth

    async def excuse(self, student: int, what: str, one: Meeting) -> None:
        reason = "ill, with a note"
        options = {"person": login(student), "what": what, "session": str(self.held_on(one)), "reason": reason}
        await self.staff("student excuse", "is excused from", **options)
        self.record.excused.add((student, what, one.date))

    async def drop(self, student: int) -> None:
        await self.staff("student drop", "Drop Student", "Drop", person=login(student))
        self.record.dropped[student] = self.now

    async def swap(self, one: Meeting, other: Meeting) -> None:
        """The groups that summarise two classes change places: one asks, the other accepts."""
        duties = self.record.duties
        mine, theirs = duties[one.date, "summarizer"], duties[other.date, "summarizer"]
        asker, answerer = (self.members[self.record.members[group][0]] for group in (mine, theirs))
        shown = await self.do(
            self.record.members[mine][0],
            "swap-duty",
            "You offer your",
            duty=str(one.date),
            with_group=course.group_name(theirs),
        )
        wanted = f"{other.date:%a %b} {other.date.day} summary"
        (menu,) = (part for row in said(shown).components for part in row["components"])
        (value,) = (option["value"] for option in menu["options"] if wanted in option["label"])
        asked = await asker.select(said(shown), [value])
        await answerer.click(said(asked), label="Accept")
        duties[one.date, "summarizer"], duties[other.date, "summarizer"] = theirs, mine

    async def move(self, one: Meeting) -> None:
        await self.staff(
            "session move",
            "Mar 9",
            "Move it",
            session=str(one.date),
            date=f"{course.MOVED_TO:%Y-%m-%d}",
            start="13:30",
            end="15:00",
        )
        self.record.moved.add(one.date)
