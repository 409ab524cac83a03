"""The register's tests live on one day, whatever the machine's clock says."""

import pytest
from django.utils import timezone
from tests.server.cast import NOW


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
