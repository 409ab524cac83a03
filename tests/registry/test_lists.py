"""The lists of the register by compiled statements: the rows of the queryset, for the whole cast."""

import datetime as dt
from functools import partial

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.cast import PEOPLE, TODAY

from zhiping.accounts.models import Membership, Region
from zhiping.ids import uuid7
from zhiping.ledger.models import Head
from zhiping.registry import forms, queries
from zhiping.registry.models import Platform
from zhiping.registry.views.platforms import columns
from zhiping.web.listing import PAGE_SIZE, Listing

LISTS = {
    "registry:platforms": ("name", "operator", "region", "channel", "last", "due", "standing"),
    "registry:due": ("name", "operator", "region", "due", "why"),
    "registry:triggers": ("platform", "region", "kind", "happened", "state", "due"),
    "registry:operators": ("name", "code", "region", "platforms"),
}
WORDS = st.sampled_from(["", "甲", "乙", "一站", "%", "_", "'", "无"])
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "q": WORDS,
        "operator": WORDS,
        "region": st.sampled_from(["150000", "150100", "150102", "150203", "999999", ""]),
        "channel": st.sampled_from(["offline", "online", "both", "wrong"]),
        "standing": st.sampled_from(["overdue", "warning", "in_time", "unknown", "ended"]),
        "state": st.sampled_from(["undecided", "to_start", "overdue", "met", "unimportant"]),
        "kind": st.sampled_from(["complaint", "merger", "other"]),
        "rule": st.sampled_from(["first", "annual"]),
        "until": st.sampled_from(["2026-05-20", "2030-01-01", "never"]),
        "page": st.sampled_from(["1", "2", "x"]),
    },
)


@pytest.fixture(autouse=True)
def own_language():
    """Leave no language of a request to the next test."""
    yield
    translation.deactivate()


@pytest.fixture
def register(cast):
    """More platforms than a page holds, with dates on all sides of today."""
    days = [None, TODAY - dt.timedelta(days=1), TODAY, TODAY + dt.timedelta(days=1)]
    for n in range(PAGE_SIZE + 8):
        near, due = cast.platform("a" if n % 3 else "b"), days[n % 4]
        head = Head.objects.create(id=uuid7(), kind="platform", size=1)
        Platform.objects.create(
            head=head, name=f"甲区第{n:02d}号平台", operator=near.operator, region=near.region,
            channel=("offline", "online", "both")[n % 3], due=due, due_warning=due,
            last_evaluated=TODAY if n % 2 else None,
        )  # fmt: skip
    return {name: getattr(cast, name) for name in PEOPLE}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_are_those_of_the_queryset(register, client_for, data):
    who = data.draw(st.sampled_from(sorted(register)))
    name = data.draw(st.sampled_from(sorted(LISTS)))
    sort = data.draw(st.sampled_from(["", "-"])) + data.draw(st.sampled_from(LISTS[name]))
    asked = {**data.draw(FILTERS), "sort": sort}
    page = client_for(register[who]).get(reverse(name), asked)
    if page.status_code != 200:
        assert who in ("administrator", "auditor", "outsider", *("lead", "member", "member2", "substitute"))
        return
    listing = page.context["listing"]
    wanted = listing.dress(listing.found)
    start = (listing.page.number - 1) * PAGE_SIZE
    assert listing.total == listing.found.count()
    assert listing._rows == list(wanted.values_list(*listing._reads)[start : start + PAGE_SIZE])
    assert page.content.decode().count('<tr role="row"><td role="cell" data-label') == len(listing._rows)


def listed(user, today, **asked):
    request = RequestFactory().get("/", asked)
    return Listing(
        request, partial(queries.platforms, user), columns(today), "registry.platforms", url=str,
        order="name", filters=partial(forms.PlatformFilters, user=user, today=today),
    )  # fmt: skip


def test_no_day_stays_in_a_kept_statement(register):
    """The same list on two days: what is overdue tomorrow is not overdue today."""
    tomorrow = TODAY + dt.timedelta(days=1)
    for day in (TODAY, tomorrow, TODAY):
        overdue = Platform.objects.filter(due__lt=day).count()
        assert listed(register["officer"], day, standing="overdue").total == overdue


def test_no_user_stays_in_a_kept_statement(register, cast):
    for name in ("officer_a", "officer_b", "head", "officer_a"):
        user = register[name]
        assert listed(user, TODAY).keys == list(
            queries.platforms(user).order_by("name", "pk").values_list("pk", flat=True)[:PAGE_SIZE]
        )
    Membership.objects.filter(user=register["head"]).delete()
    assert listed(cast.head, TODAY).total == 0


def test_search_words_share_one_statement(register):
    first, second = (listed(register["officer"], TODAY, q=q) for q in ("第01号", "第02号"))
    assert first._compiled.page is second._compiled.page
    assert [first.rows[0].cells[0].text, second.rows[0].cells[0].text] == ["甲区第01号平台", "甲区第02号平台"]


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "新区名"), ("en", "New Name")])
def test_region_renamed_by_another_process_shows_at_once(cast, client_for, language, name):
    client = client_for(cast.officer)
    client.cookies["zhiping_language"] = language
    pages = [client.get(reverse("registry:platforms")).content.decode()]
    Region.objects.filter(code="150102").update(name="新区名", name_en="New Name")  # no code of ours runs
    pages.append(client.get(reverse("registry:platforms")).content.decode())
    assert [page.count(name) for page in pages] == [0, 2]  # in a row and in the drop-down


@pytest.mark.parametrize(("language", "entry"), [("zh-hans", "专家库"), ("en", "Experts")])
def test_role_taken_by_another_process_leaves_the_menu_at_once(cast, client_for, language, entry):
    client = client_for(cast.officer_a)
    client.cookies["zhiping_language"] = language
    before = client.get(reverse("registry:platforms")).content.decode()
    Membership.objects.filter(user=cast.officer_a).delete()
    after = client.get(reverse("registry:platforms")).content.decode()
    assert (f">{entry}</a>" in before, f">{entry}</a>" in after) == (True, False)
    assert ("甲区一站式服务平台" in before, "甲区一站式服务平台" in after) == (True, False)
