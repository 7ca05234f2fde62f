"""The composition root: the only place that builds engine, clock, services, outbox and front end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config import ConfigError, Settings
from bot.core.meetings import Meeting
from bot.core.times import Clock, deadline_instant
from bot.importers.plan import Milestone, PageError, PageHints, PageWarning

# What only some callers need is imported where it is used: `course import` loads no Discord, a dry run no database.
if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot
    from bot.outbox.engine import Outbox
    from bot.outbox.kinds import Kind
    from bot.outbox.nightly import Nightly
    from bot.recap.model import Model
    from bot.services.bundle import Services
    from bot.services.courses import CourseSeed
    from bot.services.recaps import Budget
    from bot.store.database import Database
    from bot.store.outbox import Claim


@dataclass(frozen=True, slots=True)
class App:
    """Everything that runs, wired. `bot` is not connected yet; `outbox` and `nightly` are not started yet."""

    settings: Settings
    clock: Clock
    database: Database
    services: Services
    bot: ColloquyBot
    outbox: Outbox
    nightly: Nightly


def course_seed(settings: Settings) -> CourseSeed:
    """The course as config.toml describes it."""
    from bot.services.courses import CourseSeed

    course, groups = settings.course, settings.groups
    return CourseSeed(
        key=course.key,
        code=course.code,
        title=course.title,
        term=course.term,
        zone=course.zone,
        group_size=groups.size,
        group_min_size=groups.min_size,
        group_lock_at=deadline_instant(groups.lock, course.zone) if groups.lock else None,
        policies=settings.policies,
        milestones=tuple((one.name, deadline_instant(one.due, course.zone)) for one in milestones_of(settings)[0]),
    )


def milestones_of(settings: Settings) -> tuple[list[Milestone], list[PageWarning]]:
    """The milestones of config.toml, and what is doubtful about their dates.

    Raises:
        ConfigError: one has words for a date that cannot be read.
    """
    from bot.importers.dues import read_due

    found, warnings = [], []
    for item in settings.milestones:
        due = item.due
        if isinstance(due, str):
            try:
                due, doubts = read_due(due, settings.course.dates, settings.course.zone, 0)
            except PageError as error:
                raise ConfigError(f"[[milestones]] {item.name!r}: {error}") from None
            warnings += doubts
        found.append(Milestone(item.name, due))
    return found, warnings


def page_hints(settings: Settings) -> PageHints:
    """What config.toml knows that a course page leaves out."""
    course = settings.course
    return PageHints(
        term=course.dates,
        zone=course.zone,
        meeting_days=frozenset().union(*(meeting.weekdays for meeting in course.meetings)),
        staff=frozenset(course.staff),
    )


def recap_model(settings: Settings) -> tuple[Model | None, Budget]:
    """The model that drafts recaps, if config.toml has one, and its budget.

    Raises:
        ConfigError: its key is not in the environment.
    """
    from bot.recap.model import Endpoint, Model
    from bot.services.recaps import Budget

    recap = settings.recap
    budget = Budget(recap.tokens_per_recap, recap.tokens_per_day, recap.tokens_per_term, recap.price)
    if not recap.base_url:
        return None, budget
    return Model(Endpoint(recap.base_url, recap.model, recap.api_key.reveal(), recap.timeout)), budget


def build_services(settings: Settings, database: Database, changed: Callable[[], None]) -> Services:
    """The services over `database`; `changed` is called when something that reminders depend on has changed."""
    from bot.services.announcements import AnnouncementService
    from bot.services.attendance import Attendance
    from bot.services.audit import AuditLog
    from bot.services.bundle import Services
    from bot.services.calendars import Calendars
    from bot.services.courses import Courses
    from bot.services.deadlines import Deadlines
    from bot.services.doctor import Doctor
    from bot.services.duties import Duties
    from bot.services.excuses import ExcuseService
    from bot.services.exports import Exports
    from bot.services.facts import Facts
    from bot.services.files import FileService
    from bot.services.gradebook import Gradebooks
    from bot.services.groups import Groups
    from bot.services.hand_ins import HandIns
    from bot.services.imports import Imports
    from bot.services.invitations import Invitations
    from bot.services.linking import Linking
    from bot.services.marks import Marks
    from bot.services.milestone_hand_ins import MilestoneHandIns
    from bot.services.milestones import MilestoneService
    from bot.services.my_data import MyData
    from bot.services.office_desk import OfficeDesk
    from bot.services.office_hours import OfficeHours
    from bot.services.panel import Panels
    from bot.services.people import People
    from bot.services.placement import PlacementService
    from bot.services.platform_events import PlatformEvents
    from bot.services.policies import PolicyService
    from bot.services.preferences import Preferences
    from bot.services.progress import Progress
    from bot.services.proposals import Proposals
    from bot.services.questions import Questions
    from bot.services.rankings import Rankings
    from bot.services.recaps import Recaps
    from bot.services.reviews import Reviews
    from bot.services.roster import Roster
    from bot.services.rota import RotaService
    from bot.services.rota_assign import RotaAssign
    from bot.services.rota_plan import RotaPlans
    from bot.services.schedule import Schedule
    from bot.services.seeking import Seeking
    from bot.services.sessions import Sessions
    from bot.services.spaces import Spaces
    from bot.services.staff_groups import StaffGroups
    from bot.services.students import Students
    from bot.services.summaries import Summaries
    from bot.services.summary_files import SummaryFiles
    from bot.services.swaps import Swaps
    from bot.services.votes import Votes
    from bot.store.batch import Batches
    from bot.store.files import FileStore

    key = settings.course.key
    pattern = [
        Meeting(meeting.weekdays, meeting.start, meeting.end, meeting.room or None)
        for meeting in settings.course.meetings
    ]
    batches = Batches(database)
    base = settings.web.base if settings.web.enabled else None
    people = People(database)
    files = FileService(database, FileStore(settings.files_folder))
    return Services(
        announcements=AnnouncementService(database, settings.course.dates, changed),
        attendance=Attendance(database, batches, base),
        audit=AuditLog(database),
        calendars=Calendars(database, base),
        courses=Courses(database, key, changed),
        deadlines=Deadlines(database),
        doctor=Doctor(database, key, nightly=settings.database.nightly is not None),
        duties=Duties(database),
        excuses=ExcuseService(database, settings.course.dates, changed),
        exports=Exports(database, key, page_hints(settings), pattern),
        facts=Facts(database),
        gradebooks=Gradebooks(database),
        files=files,
        groups=Groups(database),
        hand_ins=HandIns(database, changed),
        imports=Imports(database, key, page_hints(settings), pattern),
        invitations=Invitations(database),
        linking=Linking(database),
        marks=Marks(database),
        milestone_hand_ins=MilestoneHandIns(database, files, changed),
        milestones=MilestoneService(database, settings.course.dates, changed),
        office_desk=OfficeDesk(database, settings.course.dates, changed),
        office_hours=OfficeHours(database, changed),
        my_data=MyData(database, changed, people.forget),
        panels=Panels(database, base),
        people=people,
        placement=PlacementService(database),
        platform_events=PlatformEvents(database),
        policies=PolicyService(database, changed),
        preferences=Preferences(database, changed),
        progress=Progress(database),
        proposals=Proposals(database),
        questions=Questions(database, batches),
        rankings=Rankings(database),
        recaps=Recaps(database, *recap_model(settings), changed),
        reviews=Reviews(database, changed),
        roster=Roster(database),
        rota=RotaService(database),
        rota_assign=RotaAssign(database),
        rota_plans=RotaPlans(database),
        schedule=Schedule(database),
        seeking=Seeking(database),
        sessions=Sessions(database, settings.course.dates, pattern, changed),
        spaces=Spaces(database),
        staff_groups=StaffGroups(database),
        students=Students(database),
        summaries=Summaries(database, changed),
        summary_files=SummaryFiles(database, files, changed),
        swaps=Swaps(database),
        votes=Votes(database, batches, changed),
    )


@asynccontextmanager
async def open_database(settings: Settings, clock: Clock) -> AsyncIterator[Database]:
    """The database, at this version's schema and with the course of config.toml in it.

    Raises:
        SchemaError: the database is newer than this version.
    """
    from bot.services.courses import Courses
    from bot.store import migrate
    from bot.store.database import Database

    # A thread of its own: Alembic's environment runs an event loop.
    await asyncio.to_thread(migrate.upgrade, settings.database_url, backups=settings.backup_folder, now=clock.now())
    database = Database(settings.database_url)
    try:
        await Courses(database, settings.course.key).seed(course_seed(settings), clock.now())
        yield database
    finally:
        await asyncio.to_thread(database.close)


@asynccontextmanager
async def build(
    settings: Settings,
    clock: Clock,
    checkpoint: Callable[[str], None] = lambda step: None,
    kinds: Sequence[Kind] | None = None,
) -> AsyncIterator[App]:
    """The whole application; on leaving, the outbox finishes what it is posting and the database is closed.

    `kinds` are other messages than the course's, for tests and measurements.
    """
    from bot.fronts.discord.client import ColloquyBot
    from bot.fronts.discord.messenger import DiscordMessenger
    from bot.outbox.engine import Outbox
    from bot.outbox.kinds import CHORES, KINDS
    from bot.outbox.nightly import Nightly
    from bot.outbox.planner import Planner
    from bot.outbox.sender import Sender
    from bot.services.backups import Backups
    from bot.services.files import FileKeeping
    from bot.store.files import FileStore

    async with open_database(settings, clock) as database:
        outbox: Outbox
        bot: ColloquyBot

        def changed() -> None:
            outbox.poke()
            bot.spaces.wake()
            bot.events.wake()

        def posted(claim: Claim) -> None:
            bot.dispatch("outbox_posted", claim.kind, claim.subject)

        services = build_services(settings, database, changed)
        await services.recaps.note_model(clock.now())
        bot = ColloquyBot(services, clock)
        leads = settings.reminders.spans if settings.reminders.enabled else ()
        keeping = FileKeeping(FileStore(settings.files_folder), settings.course.dates)
        planner = Planner(database, leads, KINDS if kinds is None else kinds, (*CHORES, keeping))
        sender = Sender(database, clock, DiscordMessenger(bot), planner, random.Random(), checkpoint, posted)
        outbox = Outbox(sender, clock)
        stored = settings.database
        backups = Backups(
            database, settings.database_url, settings.backup_folder, stored.nightly, stored.keep, settings.course.zone
        )
        nightly = Nightly(backups, clock)
        try:
            yield App(settings, clock, database, services, bot, outbox, nightly)
        finally:
            await nightly.stop()
            await outbox.stop()
            await bot.spaces.finish()
            await bot.events.finish()
            await services.recaps.close()
