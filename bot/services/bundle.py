"""The services that a front end is given."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.announcements import AnnouncementService
from bot.services.attendance import Attendance
from bot.services.audit import AuditLog
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


@dataclass(frozen=True, slots=True)
class Services:
    """One of each; a front end calls these and nothing below them."""

    announcements: AnnouncementService
    attendance: Attendance
    audit: AuditLog
    calendars: Calendars
    courses: Courses
    deadlines: Deadlines
    doctor: Doctor
    duties: Duties
    excuses: ExcuseService
    exports: Exports
    facts: Facts
    gradebooks: Gradebooks
    files: FileService
    groups: Groups
    hand_ins: HandIns
    imports: Imports
    invitations: Invitations
    linking: Linking
    marks: Marks
    milestone_hand_ins: MilestoneHandIns
    milestones: MilestoneService
    office_desk: OfficeDesk
    office_hours: OfficeHours
    my_data: MyData
    panels: Panels
    people: People
    placement: PlacementService
    platform_events: PlatformEvents
    policies: PolicyService
    preferences: Preferences
    progress: Progress
    proposals: Proposals
    questions: Questions
    rankings: Rankings
    recaps: Recaps
    reviews: Reviews
    roster: Roster
    rota: RotaService
    rota_assign: RotaAssign
    rota_plans: RotaPlans
    schedule: Schedule
    seeking: Seeking
    sessions: Sessions
    spaces: Spaces
    staff_groups: StaffGroups
    students: Students
    summaries: Summaries
    summary_files: SummaryFiles
    swaps: Swaps
    votes: Votes
