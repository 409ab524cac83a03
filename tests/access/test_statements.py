"""The number of queries of every page is the same for sixty objects as for one: see statements.toml."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.access import matrix
from tests.access.world import period, things
from tests.evidence.files import pdf, received
from tests.server.cast import NOW, TODAY
from tests.server.signing_in import sign_in

from zhiping.ledger.act import Act

HERE = Path(__file__).parent
COUNTS = tomllib.loads((HERE / "statements.toml").read_text(encoding="utf-8"))
ACCESS = tomllib.loads((HERE / "access.toml").read_text(encoding="utf-8"))
MOST = 12
MANY = 60
NOT_COUNTED = {"operations:checks": "asks the database about itself: each kind has other questions"}

# Objects of URL parameters with another name in the world.
NAMES = {
    "seat": "lead_seat", "expert": "expert_p", "operator": "a1", "organisation": "a1", "authority": "a",
    "person": "account_of_staff",
}  # fmt: skip


def grow(cast, world, count):
    """Add a number of objects of every listed kind; the first half of the evaluations joins the trip."""
    from zhiping.evaluations.actions.evaluation import open_evaluations
    from zhiping.evaluations.models import Evaluation
    from zhiping.experts.models import Expert
    from zhiping.panels.models import Seat
    from zhiping.registry.models import Platform

    made = [_one(cast, world, f"{count}-{n}") for n in range(count)]
    chosen = Platform.objects.filter(pk__in=[platform.pk for platform in made])
    open_evaluations(Act(cast.officer_a, NOW), programme=world["programme_a"], platforms=chosen)
    opened = Evaluation.objects.filter(platform__in=chosen)
    half = [platform.pk for platform in made[: (count + 1) // 2]]
    opened.filter(platform_id__in=half).update(trip=world["trip_a"])
    lead = Expert.objects.get(name=cast.lead.name)
    Seat.objects.bulk_create(Seat(evaluation=e, expert=lead, role="lead", place=1) for e in opened)


def _one(cast, world, name):
    """Add one more of every kind; return the platform, which has no evaluation yet."""
    act = Act(cast.officer, NOW)
    here, first = world["evaluation_a"], world["platform_a"]
    platform = _registered(cast, act, first, name)
    _planned(cast, act, world, name)
    _seated(cast, act, here, world["expert_p"], name)
    _notices(cast, name)
    return platform


def _registered(cast, act, first, name):
    from zhiping.registry import actions as registry

    operator = cast.organisation("a1")
    platform = registry.add_platform(
        act, name=f"平台{name}", operator=operator, region=operator.region, channel="both",
        service_start=dt.date(2024, 3, 1),
    )  # fmt: skip
    for each in (platform, first):
        registry.report_trigger(act, platform=each, kind="software", happened=TODAY, description="更换")
    registry.add_site(act, platform=first, name=f"窗口{name}")
    return platform


def _planned(cast, act, world, name):
    from zhiping.evaluations.actions import programme, trip
    from zhiping.evidence.actions import evidence, uploads
    from zhiping.visits.actions import papers, visit

    plan, here = world["programme_a"], world["evaluation_a"]
    programme.add_programme(
        act, authority=cast.organisation("a"), name=name, year=2026, rubric=cast.rubric, **period()
    )
    trip.add_trip(act, programme=plan, name=name)
    papers.ask_bundle(act, plan, stage="prepare", language="zh")
    visit.write_visit_record(act, here, kind="appointment", day=TODAY, time="9:00", subject=name)
    file = received(pdf(name))
    evidence.hand_in_file(Act(cast.staff, NOW), here, file=file, criteria="3.4 3.5")
    evidence.record_seen(Act(cast.lead, NOW), here, caption=name, criteria="3.1")
    uploads.begin_upload(Act(cast.staff, NOW), here, name=f"{name}.pdf", length=9)


def _seated(cast, act, here, entry, name):
    from zhiping.experts.actions import expert
    from zhiping.panels.actions import panel, recusal

    made = expert.add_expert(
        act, name=f"专家{name}", keeper=cast.organisation("province"), employer="某检测院",
        region=cast.organisation("a1").region,
    )  # fmt: skip
    seat = panel.seat_expert(act, here, expert=made, role="substitute")
    recusal.ask_recusal(act, seat, reason="亲属")
    expert.write_training(act, entry, topic=name, date=TODAY)
    expert.write_affiliation(act, entry, organisation=name, since=TODAY)


def _notices(cast, name):
    from zhiping.accounts.actions import organisations, people
    from zhiping.ledger import actions as ledger
    from zhiping.notices import actions as notices

    act = Act(cast.officer, NOW)
    operator = cast.organisation("a1")
    people.add_person(act, name=f"某{name}", roles=[("operator", operator)])
    organisations.add_organisation(act, kind="operator", name=f"单位{name}", region=operator.region)
    for person in (cast.officer, cast.officer_a, cast.staff, cast.head, cast.lead):
        notices.notify(to=person, code="panel.removed", data={"platform": name}, now=NOW)
    ledger.audit("signed_in", by=cast.staff, at=NOW, subject=name)


def counts(cast, world):
    """Return the number of queries of each page of the table, when opened for the second time."""
    known = {name.removesuffix("_a"): thing for name, thing in world.items()}
    known |= {name: world[other] for name, other in NAMES.items()}
    known["site"] = world["platform_a"].sites.first()
    known["training"] = world["expert_p"].trainings.first()
    known["affiliation"] = world["expert_p"].affiliations.first()
    addresses = dict(matrix.addresses())
    return {
        name: {who: _count(cast, who, matrix.address(name, addresses[name], known)) for who in row}
        for name, row in COUNTS.items()
    }


def _count(cast, who, url):
    client = Client()
    sign_in(client, getattr(cast, who))
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        status = client.get(url).status_code
    return len(caught) if status == 200 else f"status {status}"


def test_every_page_is_counted():
    pages = {name for name, row in ACCESS.items() if ":" in name and "200" in row["get"]}
    assert pages - set(COUNTS) == set(NOT_COUNTED)


def test_no_page_needs_more_than_twelve_queries():
    most = max(number for row in COUNTS.values() for number in row.values())
    assert most <= MOST


@pytest.mark.parametrize("count", [1, MANY])
def test_pages_take_the_same_statements_at_any_size(cast, count):
    world = things(cast)
    grow(cast, world, count)
    assert counts(cast, world) == COUNTS
