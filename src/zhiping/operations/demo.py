"""Demo data: one region with platforms in every stage, and one account per role.

It is created by the actions of the pages, on dates around today; all names are fictitious.
"""

import datetime as dt
import io
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from zhiping.accounts.actions import organisations, passwords, people
from zhiping.accounts.models import Organisation, Region
from zhiping.domain.draw_conditions import Conditions
from zhiping.domain.evidence import criteria_of
from zhiping.evaluations.actions import evaluation, programme, trip
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evidence.actions import evidence
from zhiping.experts.actions import expert
from zhiping.experts.models import Expert
from zhiping.finding.actions import index_changed
from zhiping.insights.actions import digest_results
from zhiping.ledger.act import Act
from zhiping.operations import demo_archive, demo_improvement, demo_reporting, demo_scoring
from zhiping.operations.demo_people import EXPERT_PEOPLE, EXPERTS, MORE_ACCOUNTS, OPERATORS, PEOPLE, Made
from zhiping.panels.actions import declaration, draw, duties, panel
from zhiping.panels.models import Seat
from zhiping.registry import actions as registry
from zhiping.rubrics.models import Rubric
from zhiping.visits.actions import visit
from zhiping.visits.actions.start import start_evaluation
from zhiping.visits.models import VisitRecord
from zhiping.visits.queries import NEEDS


def needed() -> bool:
    """Return whether the folder has no demo data yet."""
    return not (settings.DATA_FOLDER / "demo.password").exists()


def password() -> str:
    """Return the password of all demo accounts, generated once."""
    return (settings.DATA_FOLDER / "demo.password").read_text().strip()


def sign_ins() -> list[tuple[str, str]]:
    """Return user names with the role of each."""
    return [*((name, role) for name, role, _ in PEOPLE.values()), *MORE_ACCOUNTS]


def build(*, language: str = "zh") -> None:
    """Fill the migrated, empty database; the password is written last, so an interrupted run starts over."""
    made = Made(timezone.now(), timezone.localdate())
    secret = secrets.token_hex(4)
    _people(made, secret, language)
    _experts(made, secret)
    _platforms(made)
    _triggers(made)
    plan = _this_year(made)
    demo_scoring.build(made, plan, secret)
    demo_reporting.build(made, secret)
    demo_improvement.build(made, plan)
    demo_archive.build(made)
    _self_evaluation(made)
    index_changed(Act.clock(made.now))
    digest_results(Act.clock(made.now))
    _write(settings.DATA_FOLDER / "demo.password", secret)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _people(made: Made, secret: str, language: str) -> None:
    """Create organisations, then an account for each role, all with one password."""
    act = Act.clock(made.now)
    province, city = (
        organisations.add_organisation(act, kind="authority", name=name, region=Region.objects.get(code=code))
        for name, code in (
            ("自治区市场监督管理局（演示）", "150000"),
            ("青城市场监督管理局（演示）", "150100"),
        )
    )
    for name, code in OPERATORS:
        organisations.add_organisation(act, kind="operator", name=name, region=Region.objects.get(code=code))
    first = Organisation.objects.get(name=OPERATORS[0][0])
    roles = {
        "officer": [("authority", province)],
        "city": [("authority", city)],
        "operator": [("operator", first)],
        "head": [("operator_head", first)],
        "archivist": [("archivist", province)],
    }
    offices = {"admin": "administrator", "audit": "auditor"}
    for key, (username, _, name) in PEOPLE.items():
        if key not in EXPERT_PEOPLE:
            made.user[key] = people.add_person(
                act, name=name, username=username, office=offices.get(key, ""), roles=roles.get(key, ()),
                language=language,
            )  # fmt: skip
            _open(made, key, secret)


def _open(made: Made, key: str, secret: str) -> None:
    """Set the demo password, as accepting the invitation would."""
    person = made.user[key]
    passwords.set_password(Act(person, made.now), person, password=secret)


def _experts(made: Made, secret: str) -> None:
    province = Organisation.objects.get(name__startswith="自治区市场监督管理局")
    act = Act(made.user["officer"], made.now)
    known = [
        (PEOPLE[key][2], employer, "senior", "正高级工程师", fields, experienced)
        for key, employer, fields, experienced in (
            ("lead", "自治区质量和标准化研究院", ("quality", "standards"), True),
            ("expert", "某计量检测公司", ("metrology", "testing"), False),
        )
    ]
    for number, (name, employer, rank, title, fields, experienced) in enumerate((*known, *EXPERTS)):
        made_one = expert.add_expert(
            act, province, name=name, employer=employer, region=Region.objects.get(code="150102"),
            rank=rank, title=title, fields=fields, phone=f"139{number:08d}",
            experience="参与过一站式服务平台建设与运行" if experienced else "",
        )  # fmt: skip
        day = made.today - dt.timedelta(days=120 if name != "马晓东" else 900)
        expert.write_training(
            act, made_one, topic="质量基础设施“一站式”服务平台评价培训", date=day,
            valid_until=day + dt.timedelta(days=730),
        )  # fmt: skip
        if number < len(known):
            key = EXPERT_PEOPLE[number]
            made.user[key] = expert.open_account(act, made_one, username=PEOPLE[key][0])
            _open(made, key, secret)
        if operator := Organisation.objects.filter(name=employer).first():
            expert.write_affiliation(act, made_one, operator=operator)


def _platforms(made: Made) -> None:
    """Add two platforms for each operator, evaluated at different times or never."""
    ago = (400, 720, None, 330, 200, 600, None, 380, 90, 450, 300, None, 260, 340)
    kinds = (("线下服务大厅", "offline"), ("在线服务平台", "online"))
    for number, days in enumerate(ago):
        operator = Organisation.objects.get(name=OPERATORS[number // 2][0])
        word, channel = kinds[number % 2]
        stem = operator.name.removesuffix("中心").removesuffix("服务")
        made_one = registry.add_platform(
            Act(made.user["officer"], made.now),
            name=f"{stem}一站式{word}",
            operator=operator,
            region=operator.region,
            channel=channel if number % 4 else "both",
            url="https://example.org/" if number % 2 else "",
            service_start=made.today - dt.timedelta(days=1500 if days else 300 + number * 20),
            last_evaluated=made.today - dt.timedelta(days=days) if days else None,
            last_grade="qualified" if days else "",
        )
        registry.add_site(
            Act(made.user["officer"], made.now),
            platform=made_one,
            name="一号窗口",
            address="政务服务中心一楼",
        )
        made.platform.append(made_one)
    registry.end_service(
        Act(made.user["officer"], made.now),
        platform=made.platform[11],
        ended=made.today,
        reason="并入同址平台",
    )


def _triggers(made: Made) -> None:
    """Report three triggers: undecided, important, not important."""
    for number, kind, text, verdict in (
        (0, "software", "服务系统整体更换，业务办理流程有较大调整", None),
        (3, "manager", "平台负责人变更", True),
        (4, "hardware", "更换取号机两台", False),
    ):
        reported = registry.report_trigger(
            Act(made.user["officer"], made.now),
            platform=made.platform[number],
            kind=kind,
            happened=made.today - dt.timedelta(days=6),
            description=text,
        )
        if verdict is not None:
            registry.decide_trigger(
                Act(made.user["officer"], made.now),
                trigger=reported,
                important=verdict,
                reason="影响服务能力，应当重新评价" if verdict else "未影响服务能力",
            )


def _this_year(made: Made) -> Programme:
    """Open a programme with evaluations planned, prepared, with a draw, with a valid panel, and started."""
    act = Act(made.user["officer"], made.now)
    year = made.today.year
    plan = programme.add_programme(
        act, Organisation.objects.get(name__startswith="自治区市场监督管理局"),
        name=f"{year}年度服务平台评价计划", year=year, rubric=Rubric.objects.get(),
        period_start=dt.date(year, 1, 1), period_end=dt.date(year, 12, 31),
        basis="质量基础设施“一站式”服务平台评价与改进地方标准",
    )  # fmt: skip
    programme.set_guidance(act, plan, guidance={"3.1": "核对门头、窗口和网站首页，三处标志一致的方为齐全。"})
    programme.freeze_programme(act, plan)
    opened = [evaluation.open_evaluation(act, made.platform[n], programme=plan) for n in (1, 2, 5, 7, 9)]
    tour = trip.add_trip(
        act, plan, name="第一组（呼包沿线）", starts=made.today + dt.timedelta(days=14),
        ends=made.today + dt.timedelta(days=16),
    )  # fmt: skip
    trip.assign_trip(
        act,
        plan,
        evaluations=Evaluation.objects.filter(pk__in=[opened[0].pk, opened[1].pk]),
        trip=tour,
    )
    evaluation.cancel_evaluation(act, _fresh(opened[4]), reason="平台正在搬迁，改在下一年度评价")
    for one in opened[1:4]:
        evaluation.prepare_evaluation(act, _fresh(one))
    _visit(made, opened[2], days=14)
    _draw(made, opened[2])
    _panel(made, opened[3])
    _evidence(made, opened[3])
    return plan


def _fresh(one: Evaluation) -> Evaluation:
    return Evaluation.objects.select_related("head", "platform__operator", "programme__head", "rubric").get(
        pk=one.pk
    )


def _visit(made: Made, one: Evaluation, *, days: int) -> None:
    day = made.today + dt.timedelta(days=days)
    visit.plan_visit(
        Act(made.user["officer"], made.now),
        _fresh(one),
        visit_start=day,
        visit_end=day,
        visit_place="服务大厅",
    )


def _draw(made: Made, one: Evaluation) -> None:
    """Commit to a draw, draw and compose the panel of the result."""
    act = Act(made.user["officer"], made.now)
    held = draw.commit_draw(act, _fresh(one), conditions=Conditions(per_employer=1))
    held = draw.perform_draw(act, held, words="演示")
    draw.apply_draw(act, held, lead=(held.result or {})["members"][0])


def _panel(made: Made, one: Evaluation) -> None:
    """Seat a valid panel with all declarations signed, and start scoring."""
    act = Act(made.user["officer"], made.now)
    _visit(made, one, days=0)
    names = (PEOPLE["lead"][2], PEOPLE["expert"][2], "高娃", "孙丽华")
    for name, role in zip(names, ("lead", "member", "member", "substitute"), strict=True):
        panel.seat_expert(act, _fresh(one), expert=Expert.objects.get(name=name), role=role)
    duties.share_duties(act, _fresh(one))
    for seat in Seat.objects.filter(evaluation=one).select_related("expert__user"):
        if seat.expert.user:
            declaration.sign_declarations(Act(seat.expert.user, made.now), [seat], conflict="")
        else:
            declaration.record_declaration(act, seat, signed=made.today, conflict="")
    visit.write_visit_record(
        act, _fresh(one), kind=VisitRecord.Kind.APPOINTMENT, day=made.today, time="9:00", subject="首次会议"
    )
    begun = _fresh(one)
    if all(NEEDS[code](begun, made.today) for code in ("panel_legal", "visit_planned")):
        start_evaluation(Act(made.user["lead"], made.now), begun)


def _evidence(made: Made, one: Evaluation) -> None:
    """Hand in a few files, and let the lead record a document seen on site."""
    rubric = _fresh(one).rubric.as_domain()
    for name, content in _files(one.platform.name):
        act, sent = Act(made.user["officer"], made.now), SimpleUploadedFile(name, content)
        evidence.hand_in_sent(act, _fresh(one), file=sent, criteria=" ".join(criteria_of(name, rubric)))
    seen = {"caption": "投诉处理登记簿", "number": "TS-01", "page": "3", "place": "服务大厅"}
    act, day = Act(made.user["lead"], made.now), made.today.isoformat()
    evidence.record_seen(act, _fresh(one), criteria="16.1", date=day, **seen)


def _files(name: str) -> list[tuple[str, bytes]]:
    """Return files as an operator has them: a table, a note, a photograph."""
    from PIL import Image

    held = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(held, "JPEG")
    return [
        ("1.1 服务事项清单.csv", "编号,事项\n1,检定校准\n2,标准查询\n".encode()),
        ("3.4、3.5 大厅照片.jpg", held.getvalue()),
        ("4.1 平台说明.txt", f"{name}的线上平台说明\n".encode()),
    ]


def _self_evaluation(made: Made) -> None:
    year = made.today.year
    evaluation.open_self_evaluation(
        Act(made.user["head"], made.now), made.platform[0], rubric=Rubric.objects.get(),
        period_start=dt.date(year, 1, 1), period_end=dt.date(year, 12, 31),
    )  # fmt: skip
