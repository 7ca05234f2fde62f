"""The term is the longest test of all: it begins first, so that nobody waits for it at the end."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "test_a_whole_term" not in item.nodeid)
