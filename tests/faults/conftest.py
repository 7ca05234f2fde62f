"""A loopback server whose requests are checked, and the small bot connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.plugin import assert_contract
from tests.faults.loopback_bot import Bot, running
from tests.loopback import LoopbackDiscord


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as running_server:
        yield running_server
        assert_contract(running_server)


@pytest.fixture
async def bot(server: LoopbackDiscord) -> AsyncIterator[Bot]:
    async with running(server) as connected:
        yield connected
