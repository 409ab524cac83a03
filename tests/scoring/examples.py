"""The examples of the command line as evaluations on the web, their sheets filled in by the members."""

import datetime as dt
import json
import tomllib
from fractions import Fraction
from pathlib import Path

from tests.panels import panels
from tests.scoring.scoring import fresh, one
from tests.server.cast import NOW, unchecked

from zhiping.accounts.actions.regions import load_regions
from zhiping.accounts.models import Organisation, Region, User
from zhiping.documents.files import evaluation_file, rubric_file
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.domain.exact import number_text
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evidence.models import Evidence
from zhiping.experts.models import Affiliation, Expert, Training
from zhiping.ledger.act import Act
from zhiping.panels.models import Duty, Seat
from zhiping.registry.models import Platform, Site
from zhiping.scoring.actions import deliberation, mark, sheet
from zhiping.visits.models import VisitRecord

EXAMPLES = Path(__file__).parents[2] / "examples"


def about_of(name, rubric):
    """Return what an example's evaluation.toml says."""
    return evaluation_file.load(EXAMPLES / name / "evaluation.toml", rubric)


def opened(cast, name, method=None):
    """Return an example's evaluation, its scoring begun, with its experts by the id they have in the file."""
    rubric = rubric_file.bundled()
    about = about_of(name, rubric)
    policy = about.policy.as_data() | ({"method": method} if method else {})
    evaluation = panels.opened(
        cast, phase="planned", authority="province" if about.kind == "authority" else None,
        **_facts(cast, about, policy),
    )  # fmt: skip
    experts = {member.id: _seated(cast, evaluation, member, n, name) for n, member in enumerate(about.panel)}
    duties = [(experts[member.id], indicator) for member in about.panel for indicator in member.duties]
    with unchecked(evaluation).move(evaluation, "assign_duties") as entry:
        entry.add_all(Duty(evaluation=evaluation, indicator=i, leads=seat) for seat, i in duties)
    panels.phase(evaluation, "scoring")
    _visit(cast, panels.fresh(evaluation), about)
    return panels.fresh(evaluation), experts


def _facts(cast, about, policy):
    return {
        "platform": _platform(cast, about.platform), "kind": about.kind, "reason": about.reason,
        "period_start": about.period[0], "period_end": about.period[1], "policy": policy,
        "guidance": about.guidance, "visit_start": about.visit.start, "visit_end": about.visit.end,
        "visit_place": about.visit.place,
    }  # fmt: skip


def _platform(cast, known):
    code = str(159901 + Region.objects.filter(code__startswith="1599").count())
    load_regions(Act.clock(NOW), divisions={code: {"name": known.region}})
    region = Region.objects.get(code=code)
    with unchecked().begin("", "organisation", "organisation.added") as entry:
        operator = Organisation(
            head=entry.head, kind="operator", name=known.operator, region=region, address=known.address
        )
        entry.add(operator)
    with unchecked().begin("", "platform", "platform.added") as entry:
        made = Platform(
            head=entry.head, operator=operator, region=region, name=known.name, channel=known.channel,
            service_start=known.service_start,
        )  # fmt: skip
        entry.add(made)
        entry.add_all(Site(platform=made, name=name) for name in known.sites)
    return made


def _seated(cast, evaluation, member, place, example):
    with unchecked().begin("", "user", "user.added") as entry:
        user = User(
            id=entry.head.id, username=f"{example}{place}", name=member.name, password=cast.lead.password,
            password_set=NOW,
        )  # fmt: skip
        entry.add(user)
    facts = ("name", "title", "rank", "equivalent_ability", "experience")
    with unchecked().begin("", "expert", "expert.added") as entry:
        expert = Expert(
            head=entry.head, user=user, keeper=cast.organisation("province"), region_id="150100",
            employer=member.organisation, phone=f"138{User.objects.count():08d}",
            **{name: getattr(member, name) or "" for name in facts},
        )  # fmt: skip
        entry.add(expert)
        entry.add_all(
            Training(expert=expert, topic=one.topic, date=one.date, valid_until=one.valid_until)
            for one in member.training
        )
        entry.add_all(
            Affiliation(expert=expert, organisation=tie.organisation, until=tie.until)
            for tie in member.affiliations or ()
        )
    declared = dt.datetime.combine(member.declared, dt.time(4), dt.UTC)
    with unchecked(evaluation).move(evaluation, "seat_expert") as entry:
        seat = Seat(
            evaluation=evaluation, expert=expert, role=member.seat, place=place, origin="appointed",
            declared=declared, declared_by=user, runs=list(member.runs) if member.runs is not None else None,
        )  # fmt: skip
        entry.add(seat)
    return seat


def _visit(cast, evaluation, about):
    with unchecked(evaluation).move(evaluation, "write_visit_record") as entry:
        entry.add_all(
            VisitRecord(
                evaluation=evaluation, kind="site", subject=name, time=f"{n:02d}:00", written_by=cast.officer
            )
            for n, name in enumerate(about.visit.sites)
        )
    with unchecked(evaluation).move(evaluation, "record_seen") as entry:
        entry.add_all(
            Evidence(
                evaluation=evaluation, kind="seen", side="panel", criteria=" ".join(seen.criteria),
                caption=seen.title, number=seen.number, date=seen.date, page=seen.page, by=cast.officer,
                at=NOW + dt.timedelta(seconds=n),
            )
            for n, seen in enumerate(about.visit.seen)
        )  # fmt: skip


def filled(evaluation, experts, name):
    """Fill in the sheets of an example as its members, through the actions, and close the scoring."""
    rubric = rubric_file.bundled()
    about = about_of(name, rubric)
    paths = sorted((EXAMPLES / name / "sheets").iterdir())
    for given in read_forms(paths, rubric, about.policy.step):
        seat = experts.get(given.expert_id) or next(s for s in experts.values() if s.role == "lead")
        at = dt.datetime.combine(dt.date.fromisoformat(given.date), dt.time(4), dt.UTC)
        act = Act(seat.expert.user, at)
        own = sheet.open_sheet(act, get_evaluation(act.by, evaluation.pk))
        sent = [
            one(
                key, number_text(m.points), reason=m.reason, advice=m.advice, note=m.note, no_level=m.no_level
            )
            for key, m in given.marks.items()
        ]
        assert [a.refused for a in mark.give_marks(act, fresh(own), sent)] == [None] * len(sent)
        sheet.hand_in(act, fresh(own))
    panels.make(panels.fresh(evaluation), "close_scoring")
    return panels.fresh(evaluation)


def settled(evaluation, experts, name):
    """Settle the disputed criteria as the panel of an example did, with the dissents."""
    marks = tomllib.loads((EXAMPLES / name / "marks.toml").read_text(encoding="utf-8"))
    agreed = {key: given["agreed"] for key, given in marks.items() if "agreed" in given}
    if not agreed:
        return evaluation
    lead = next(seat for seat in experts.values() if seat.role == "lead").expert.user
    deliberation.settle_criteria(
        Act(lead, NOW), get_evaluation(lead, evaluation.pk),
        marks={key: deliberation.Settled(Fraction(points), why) for key, (points, why) in agreed.items()},
    )  # fmt: skip
    users = {seat.expert.name: seat.expert.user for seat in experts.values()}
    for criterion, given in marks.items():
        if "dissent" in given:
            who, _, text = given["dissent"].partition("：")
            found = get_evaluation(users[who], evaluation.pk)
            deliberation.record_dissent(Act(users[who], NOW), found, criterion=criterion, text=text)
    return panels.fresh(evaluation)


def as_typed(document, names, other):
    """Return a result with the file's ids (`names`: the row's id → the file's), hashes and order of sites."""
    text = json.dumps(document, ensure_ascii=False)
    for row, key in names.items():
        text = text.replace(row, key)
    found = json.loads(text)
    for one_sheet, same in zip(found["sheets"], other["sheets"], strict=True):
        one_sheet["sha256"] = same["sha256"]
    assert found["platform"]["sites"] == sorted(other["platform"]["sites"])  # the register lists them by name
    found["platform"]["sites"] = other["platform"]["sites"]
    return found
