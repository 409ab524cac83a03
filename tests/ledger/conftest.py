"""A permission for the ledger's tests, held by all users and the clock."""

import pytest
import rules

from zhiping import permissions


@pytest.fixture(autouse=True)
def anything(monkeypatch):
    """Add the permission "tests.anything"."""
    monkeypatch.setattr(
        permissions,
        "_CLOCK",
        {*permissions.clock_permissions(), "tests.anything", "rubrics.withdraw", "rubrics.restore"},
    )
    rules.add_perm("tests.anything", rules.always_allow)
    yield "tests.anything"
    rules.remove_perm("tests.anything")
