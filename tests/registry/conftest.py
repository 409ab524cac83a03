"""Tests of the register run on a fixed date, independent of the system clock."""

import pytest
from django.utils import timezone
from tests.server.cast import NOW


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
