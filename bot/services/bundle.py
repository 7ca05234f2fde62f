"""The services that a front end is given."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.courses import Courses
from bot.services.doctor import Doctor
from bot.services.facts import Facts
from bot.services.groups import Groups
from bot.services.imports import Imports
from bot.services.people import People
from bot.services.policies import PolicyService
from bot.services.proposals import Proposals
from bot.services.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Services:
    """One of each; a front end calls these and nothing below them."""

    courses: Courses
    doctor: Doctor
    facts: Facts
    groups: Groups
    imports: Imports
    people: People
    policies: PolicyService
    proposals: Proposals
    schedule: Schedule
