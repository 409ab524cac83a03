"""A link writes nothing: every URL by every role, with the parameters that make a file or once wrote."""

import pytest
from django.db import connection
from tests.access import matrix
from tests.access.world import build
from tests.server.cast import NOW

from zhiping.ledger import actions as ledger
from zhiping.web.listing import Listing

pytestmark = pytest.mark.t6

CHUNKS = 6
ASKED = {"export": "xlsx", "problems": "xlsx", "download": "1", "page": "1"}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "TRUNCATE")
DENIED = (403, 404)
NOTED = {"accounts_counted", "ledger_audit"}  # a denial, once a minute
PROBED = {name: {"django_session"} for name in ("operations:checks", "ready")}  # whether it can write
SIGN_IN = ("account_", "mfa_")  # allauth: counts attempts, keeps a challenge in the session


class Watch:
    """Keeps the tables that statements write to."""

    def __init__(self):
        self.tables = []

    def __call__(self, execute, sql, *rest):
        if sql.lstrip().upper().startswith(WRITES):
            self.tables.append(next(part for part in sql.split('"')[1:2]))
        return execute(sql, *rest)


def written(cast, names):
    """Return the requests that wrote, with the tables."""
    world, visitors, patterns = build(cast), matrix.visitors(cast), dict(matrix.addresses())
    for client, _ in visitors.values():
        client.defaults["HTTP_SEC_FETCH_SITE"] = "cross-site"
    for name in names:
        url = matrix.address(name, patterns[name], world)
        for who, visitor in visitors.items():
            watch = Watch()
            with connection.execute_wrapper(watch):
                status = matrix.ask(*visitor, "get", url, ASKED)
            tables = set(watch.tables) - (NOTED if status in DENIED else PROBED.get(name, set()))
            if tables:
                yield name, who, status, tables


def known():
    return sorted({name for name, _ in matrix.addresses() if not name.startswith(SIGN_IN)})


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_link_writes_nothing(cast, chunk):
    assert list(written(cast, known()[chunk::CHUNKS])) == []


def test_link_that_writes_is_detected(cast, monkeypatch):
    """Positive control: a list that is noted when it is opened."""
    real = Listing.response

    def noting(self, *args, **given):
        ledger.audit("exported", by=self.request.user, at=NOW)
        return real(self, *args, **given)

    monkeypatch.setattr(Listing, "response", noting)
    found = list(written(cast, ["experts:experts"]))
    assert ("experts:experts", "officer", 200, {"ledger_audit"}) in found
