"""Random requests by every role cause no server error and always match the schema."""

from collections import Counter

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from zhiping.ledger.act import Act

CASES = {False: 2_000, True: 20_000}  # per push, before a release
ROLES = ("officer", "officer_b", "staff", "head", "lead", "administrator", "auditor", "outsider")


@pytest.fixture
def tokens(cast):
    """Return a token for each role, and no token for anonymous requests."""
    from django.utils import timezone

    from zhiping.accounts.actions import tokens

    made = {
        role: tokens.add_token(Act(getattr(cast, role), timezone.now()), name="fuzz", scope="write", days=9)[
            1
        ]
        for role in ROLES
    }
    return {**made, "nobody": "zp_nothing"}


@pytest.fixture
def schema(cast):
    """Load the API's schema with a transport in this thread and transaction, as in Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield _schema()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _schema():
    from zhiping.project.api import api
    from zhiping.project.wsgi import application

    found = schemathesis.openapi.from_dict(dict(api.get_openapi_schema()))
    found.app = application
    found.config.update(base_url="http://127.0.0.1")
    return found


def known_ids(cast):
    """Return existing ids, so that responses are not all 404."""
    return [str(cast.platform(name).pk) for name in ("a", "b")] + [str(cast.rubric.pk)]


def cases(operation):
    """Return modes of generation: valid, and invalid where the operation has parameters."""
    modes = list(GenerationMode) if operation.body or operation.query else [GenerationMode.POSITIVE]
    return st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))


def run(schema, tokens, ids, count, answer=None):
    """Send `count` cases to every operation in turn; return the number of responses by status."""
    operations = [result.ok() for result in schema.get_all_operations()]
    statuses = Counter()
    checks = (
        schemathesis.checks.not_a_server_error,
        schemathesis.checks.response_schema_conformance,
    )
    for operation in operations:

        @settings(
            max_examples=-(-count // len(operations)), deadline=None, database=None,
            suppress_health_check=list(HealthCheck), derandomize=True,
        )  # fmt: skip
        @given(case=cases(operation), role=st.sampled_from(sorted(tokens)), known=st.sampled_from(ids))
        def throw(case, role, known):
            for name in case.path_parameters or ():
                case.path_parameters[name] = known
            case.headers = {
                **(case.headers or {}),
                "Authorization": f"Bearer {tokens[role]}",
                "Accept-Encoding": "identity",
            }
            response = case.call()
            if answer:
                answer(response)
            statuses[response.status_code] += 1
            case.validate_response(response, checks=checks)

        throw()
    return statuses


def test_random_requests_match_the_schema(request, schema, tokens, cast):
    long = request.config.getoption("--long")
    count = CASES[long]
    statuses = run(schema, tokens, known_ids(cast), count)
    assert sum(statuses.values()) >= count * (0.6 if long else 1)  # some have fewer different cases
    assert {200, 401, 404, 422} <= set(statuses)
    assert max(statuses) < 500


def test_response_outside_the_schema_is_detected(schema, tokens, cast, monkeypatch):
    """Positive control: an operation with an error is reported."""
    from zhiping.registry import queries

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(queries, "operators", broken)
    with pytest.raises(BaseException, match=r"Zero|Server error|500"):
        run(schema, {"officer": tokens["officer"]}, known_ids(cast), 100)
