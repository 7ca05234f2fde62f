"""For the tests of the hand-written rules alone."""

from __future__ import annotations

import pytest

from tests.contract import openapi


@pytest.fixture
def no_description(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the hand-written rules; the description has tests of its own."""
    monkeypatch.setattr(openapi, "spec_path", lambda: None)
