"""Forms and lists with altered fields: a refusal, never an error."""

from collections import Counter

import pytest
from tests.access import filled, matrix
from tests.access.stages import stages

from zhiping.web.forms import SizeField

pytestmark = pytest.mark.t6

ROLES = ("officer", "officer_a", "administrator", "head", "lead", "staff")
HIDDEN = ("seen", "key")  # sent with every form, whether it has them or not
QUERY = ("page", "sort", "export")
FEW = 1  # value for each field per push; all of them before a release
LEAST = 200  # forms and lists sent per push
FAULT = 500


@pytest.fixture
def world(cast):
    return stages(cast)


@pytest.fixture
def count(request):
    return len(filled.VALUES) if request.config.getoption("--long") else FEW


def send(cast, world, count, *, only=""):
    """Send every form with its fields altered; return how many by method, and what ended in an error."""
    visitors = matrix.visitors(cast)
    sent, failed = Counter(), []
    for turn, (who, form) in enumerate(filled.found(visitors, world, ROLES, only=only)):
        names = [*form.hidden, *HIDDEN] if form.method == "post" else [*form.fields, *QUERY]
        for name, value, data in filled.altered(form, dict.fromkeys(names), turn * count, count):
            sent[form.method] += 1
            if matrix.ask(*visitors[who], form.method, form.url, data) >= FAULT:
                failed.append(f"{form.url} by {who}: {name} = {value[:40]!r}")
    return sent, failed


def test_altered_fields_are_never_an_error(cast, world, count):
    sent, failed = send(cast, world, count)
    assert failed == []
    assert min(sent.values()) >= LEAST, sent


def test_field_without_a_check_is_found(cast, world, monkeypatch):
    """Positive control: the size of a ledger as the number that was sent, whatever that is."""
    monkeypatch.setattr(SizeField, "clean", lambda _, value: int(value) if value else None)
    _, failed = send(cast, world, 4, only="registry:change")
    assert any("seen" in found for found in failed)
