"""For tests/conftest.py: every test that uses simcord or the loopback server keeps Discord's contract.

    from tests.contract.plugin import contract
    __all__ = ["contract"]

The fixture is autouse: it notes each simcord environment and loopback server that a test makes, and fails the test
at its end with whatever the bot sent that Discord would refuse. A test that breaks the contract on purpose takes
the fixture as an argument and calls `contract.allow("part of the sentence")`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import simcord

from tests.loopback import LoopbackDiscord

from .adapters import check_loopback, check_simcord


class Contract:
    """What was made in a test, and what the check at its end lets pass."""

    def __init__(self) -> None:
        self.made: list[simcord.Env | LoopbackDiscord] = []
        self._allowed: list[str] = []

    def allow(self, *parts: str) -> None:
        """Let violations pass that contain one of these texts."""
        self._allowed.extend(parts)

    def watch(self, made: simcord.Env | LoopbackDiscord) -> None:
        """Check this one too; needed only for what was made before the test began."""
        if not any(known is made for known in self.made):
            self.made.append(made)

    def violations(self) -> list[str]:
        """What the bot did wrong so far and was not allowed, each once."""
        told: dict[str, None] = {}
        for source in self.made:
            found = check_loopback(source) if isinstance(source, LoopbackDiscord) else check_simcord(source)
            told.update(dict.fromkeys(found))
        return [text for text in told if not any(part in text for part in self._allowed)]


def watched(contract: Contract, patch: pytest.MonkeyPatch) -> None:
    """Note every environment and server that is made from now on."""

    def watch(kind: type) -> None:
        original = kind.__init__

        def noting(self: Any, *args: Any, **options: Any) -> None:
            original(self, *args, **options)
            contract.watch(self)

        patch.setattr(kind, "__init__", noting)

    watch(simcord.Env)
    watch(LoopbackDiscord)


def fail_on(violations: list[str]) -> None:
    """Fail with every violation, one a line."""
    if violations:
        pytest.fail("the bot broke Discord's contract:\n- " + "\n- ".join(violations), pytrace=False)


def assert_contract(*made: simcord.Env | LoopbackDiscord) -> None:
    """The same check at any moment, of the environments and servers given."""
    contract = Contract()
    contract.made.extend(made)
    fail_on(contract.violations())


@pytest.fixture(autouse=True)
def contract() -> Iterator[Contract]:
    """Checks at the end of the test all that the bot sent."""
    kept = Contract()
    with pytest.MonkeyPatch.context() as patch:
        watched(kept, patch)
        yield kept
    fail_on(kept.violations())
