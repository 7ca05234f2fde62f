"""`python -m bot …` as people and service managers run it: exit codes, signals, one clear line when it fails."""

import pytest

pytest.register_assert_rewrite("tests.command_line.support")
