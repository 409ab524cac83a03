"""Random honest histories: the actions people use, in any order, with things picked at random."""

import datetime as dt
from dataclasses import replace

from django.db import transaction
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Refused
from zhiping.ledger.act import Act


def play(cast, chance, count, steps=None):
    """Make `count` random actions; return how many were done and not refused."""
    steps, done = list(steps or STEPS), 0
    for number in range(count):
        now = NOW + dt.timedelta(minutes=number)
        step = chance.choice(steps)
        try:
            with transaction.atomic():
                step(cast, chance, now)
                done += 1
        except (Refused, LookupError):  # not possible now, or there is no such thing yet
            pass
    return done


def one(chance, model, **conditions):
    """Return a row at random; raise IndexError where there is none."""
    return chance.choice(list(model.objects.filter(**conditions).order_by("pk")))


def word(chance):
    return "".join(chance.choice("甲乙丙丁戊己庚辛壬癸子丑寅卯") for _ in range(6))


def day(chance):
    return TODAY + dt.timedelta(days=chance.randrange(-400, 400))


def people(cast, chance, now):
    from zhiping.accounts.actions import invitations, passwords, people
    from zhiping.accounts.models import User

    person, act = one(chance, User), Act(cast.administrator, now)
    match chance.randrange(9):
        case 0:
            people.add_person(act, name=word(chance), phone=f"139{chance.randrange(10**8):08d}")
        case 1:
            roles = [
                (chance.choice(["operator", "operator_head"]), cast.organisation(chance.choice(["a1", "b1"])))
            ]
            people.change_person(act, person, name=word(chance), roles=roles, office="")
        case 2:
            people.change_own_account(Act(person, now), person, email=f"{chance.randrange(99)}@example.org")
        case 3:
            people.deactivate(act, person, reason="离职")
        case 4:
            people.reactivate(act, person, reason="复职")
        case 5:
            people.end_sessions(act, person)
        case 6:
            invitations.invite(act, person)
        case 7:
            invitations.try_pin(token="none", pin="000000", now=now)
        case 8:
            passwords.set_password(Act(person, now), person, password=f"Wiese-{chance.randrange(10**6)}-grün")


def credentials(cast, chance, now):
    from allauth.mfa.models import Authenticator
    from tests.accounts.second_factors import give

    from zhiping.accounts.actions import people, tokens
    from zhiping.accounts.models import ApiToken, User

    person = one(chance, User, is_active=True)
    match chance.randrange(5):
        case 0:
            tokens.add_token(Act(person, now), name=word(chance), scope="read", days=30)
        case 1:
            token = one(chance, ApiToken)
            tokens.revoke_token(Act(token.user, now), token)
        case 2:
            if Authenticator.objects.filter(user=person).exists():
                raise LookupError("has an app already")
            give(person)
        case 3:
            people.reset_second_factor(Act(cast.administrator, now), person, reason="丢失")
        case 4:
            factor = one(chance, Authenticator, type="recovery_codes")
            factor.wrap().validate_code(factor.wrap().get_unused_codes()[0])


def register(cast, chance, now):
    from zhiping.registry import actions
    from zhiping.registry.models import Platform, Site, Trigger

    platform, act = one(chance, Platform), Act(cast.officer, now)
    operator = cast.organisation(chance.choice(["a1", "b1"]))
    match chance.randrange(10):
        case 0:
            start = day(chance)
            actions.add_platform(
                act,
                operator=operator,
                region=operator.region,
                name=word(chance),
                channel="both",
                service_start=start,
            )
        case 1:
            actions.change_platform(
                act, platform, name=word(chance), last_evaluated=day(chance), last_grade="qualified"
            )
        case 2:
            actions.move_platform(act, platform, operator=operator, reason="移交")
        case 3:
            actions.end_service(act, platform, ended=TODAY, reason="合并")
        case 4:
            actions.resume_service(act, platform)
        case 5:
            actions.add_site(act, platform, name=word(chance))
        case 6:
            site = one(chance, Site)
            actions.change_site(act, site, name=word(chance), closed=day(chance))
        case 7:
            actions.report_trigger(act, platform, kind="software", happened=TODAY, description=word(chance))
        case 8:
            trigger = one(chance, Trigger)
            actions.decide_trigger(act, trigger, important=chance.random() < 0.5, reason="已核实")
        case 9:
            trigger = one(chance, Trigger)
            actions.view_trigger(Act(cast.head, now), trigger, view=word(chance))


def pool(cast, chance, now):
    from zhiping.experts.actions import expert as experts
    from zhiping.experts.models import Affiliation, Expert, Training

    expert, act = one(chance, Expert), Act(cast.officer, now)
    match chance.randrange(9):
        case 0:
            keeper = cast.organisation("province")
            experts.add_expert(
                act, keeper=keeper, name=word(chance), employer=word(chance), fields=["testing"]
            )
        case 1:
            fields = chance.sample(["metrology", "standards", "testing", "law"], 2)
            experts.change_expert(act, expert, title=word(chance), rank="senior", fields=fields)
        case 2:
            experts.correct_contact(act, expert, phone=f"137{chance.randrange(10**8):08d}", email="")
        case 3:
            experts.write_training(act, expert, topic=word(chance), date=TODAY, valid_until=None, number="")
        case 4:
            training = one(chance, Training)
            experts.remove_training(act, training.expert, training=training)
        case 5:
            experts.write_affiliation(act, expert, organisation=word(chance), since=day(chance))
        case 6:
            row = one(chance, Affiliation)
            experts.remove_affiliation(act, row.expert, affiliation=row)
        case 7:
            experts.leave_pool(act, expert, reason="退休")
        case 8:
            experts.return_to_pool(act, expert, reason="返聘")


def programmes(cast, chance, now):
    from zhiping.domain.policy import Policy
    from zhiping.evaluations.actions import programme, trip
    from zhiping.evaluations.models import Evaluation, Programme, Trip

    found, act = one(chance, Programme), Act(cast.officer, now)
    match chance.randrange(10):
        case 0:
            year = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}
            authority = cast.organisation("province")
            programme.add_programme(act, authority, name=word(chance), year=2026, rubric=cast.rubric, **year)
        case 1:
            programme.change_programme(act, found, basis=word(chance))
        case 2:
            policy = replace(Policy(), bonus_counts=chance.random() < 0.5)
            programme.set_policy(act, found, policy=policy)
        case 3:
            programme.set_guidance(act, found, guidance={"1.1": word(chance)})
        case 4:
            programme.freeze_programme(act, found)
        case 5:
            programme.reopen_programme(act, found, reason="口径有误")
        case 6:
            trip.add_trip(act, found, name=word(chance), starts=TODAY, ends=TODAY)
        case 7:
            trip.change_trip(act, one(chance, Trip), name=word(chance))
        case 8:
            trip.remove_trip(act, one(chance, Trip))
        case 9:
            rows = Evaluation.objects.filter(programme=found)
            trip.assign_trip(act, found, evaluations=rows, trip=one(chance, Trip, programme=found))


def evaluations(cast, chance, now):
    from zhiping.evaluations.actions import evaluation
    from zhiping.evaluations.models import Evaluation, Programme
    from zhiping.registry.models import Platform
    from zhiping.visits.actions import start, visit
    from zhiping.visits.models import VisitRecord

    found, act = one(chance, Evaluation), Act(cast.officer, now)
    match chance.randrange(10):
        case 0:
            year = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}
            evaluation.open_evaluation(act, one(chance, Platform), rubric=cast.rubric, **year)
        case 1:
            evaluation.open_evaluations(act, one(chance, Programme), platforms=Platform.objects.all())
        case 2:
            evaluation.prepare_evaluation(act, found)
        case 3:
            evaluation.prepare_evaluations(act, one(chance, Programme))
        case 4:
            evaluation.cancel_evaluation(act, found, reason="停办")
        case 5:
            visit.plan_visit(act, found, visit_start=TODAY, visit_end=TODAY, visit_place=word(chance))
        case 6:
            visit.write_visit_record(
                act, found, kind=chance.choice(["appointment", "opening"]), day=TODAY, who="甲"
            )
        case 7:
            line = one(chance, VisitRecord)
            visit.correct_visit_record(act, line.evaluation, line=line.pk, note=word(chance))
        case 8:
            line = one(chance, VisitRecord)
            visit.remove_visit_record(act, line.evaluation, line=line.pk)
        case 9:
            start.start_evaluation(Act(cast.lead, now), found)


def course(cast, chance, now):
    from zhiping.evaluations.actions import evaluation
    from zhiping.evaluations.models import Evaluation
    from zhiping.panels.actions import course

    moves = (
        evaluation.cancel_evaluation, evaluation.restore_evaluation,
        course.suspend_evaluation, course.resume_evaluation,
    )  # fmt: skip
    chance.choice(moves)(Act(cast.officer, now), one(chance, Evaluation), reason="搬迁")


def panels(cast, chance, now):
    from tests.server.cast import EXPERTS

    from zhiping.evaluations.models import Evaluation
    from zhiping.panels.actions import declaration, draw, duties, panel, recusal
    from zhiping.panels.models import Draw, Recusal, Seat

    found, seat, act = one(chance, Evaluation), one(chance, Seat, left=None), Act(cast.officer, now)
    match chance.randrange(11):
        case 0 | 1:
            expert = cast.expert(chance.choice(EXPERTS))
            panel.seat_expert(act, found, expert=expert, role=chance.choice(Seat.Role.values))
        case 2:
            panel.change_role(act, seat.evaluation, seat=seat, role=chance.choice(Seat.Role.values))
        case 3:
            panel.unseat_expert(act, seat.evaluation, seat=seat)
        case 4:
            panel.move_up(act, seat.evaluation, seat=seat)
        case 5:
            duties.share_duties(act, found)
        case 6:
            declaration.record_declaration(act, seat, signed=TODAY, conflict="")
        case 7:
            recusal.ask_recusal(act, seat, reason=word(chance))
        case 8:
            granted = chance.random() < 0.5
            recusal.decide_recusal(act, one(chance, Recusal), granted=granted, decision="已核实")
        case 9:
            draw.perform_draw(act, one(chance, Draw), words=word(chance))
        case 10:
            draw.abandon_draw(act, one(chance, Draw), reason="有误")


def installation(cast, chance, now):
    from zhiping.accounts.actions.organisations import add_organisation, change_organisation
    from zhiping.accounts.actions.regions import load_regions
    from zhiping.accounts.models import Organisation, Region
    from zhiping.notices import actions as notices
    from zhiping.notices.models import Webhook
    from zhiping.operations import actions
    from zhiping.operations.models import Keeper

    act = Act(cast.administrator, now)
    match chance.randrange(9):
        case 0:
            notices.add_webhook(act, name=word(chance), url="https://example.org/x", events=[])
        case 1:
            active, url = chance.random() < 0.5, "https://example.org/y"
            notices.change_webhook(act, one(chance, Webhook), name="新", url=url, events=[], active=active)
        case 2:
            notices.renew_secret(act, one(chance, Webhook))
        case 3:
            notices.remove_webhook(act, one(chance, Webhook))
        case 4:
            load_regions(act, divisions={"150102": {"name": word(chance)}, "150199": {"name": word(chance)}})
        case 5:
            region = Region.objects.get(code="150100")
            add_organisation(act, kind="operator", name=word(chance), region=region)
        case 6:
            change_organisation(act, one(chance, Organisation), address=word(chance))
        case 7:
            actions.add_keeper(act, cast.organisation("a"), address=f"{chance.randrange(99)}@example.org")
        case 8:
            actions.remove_keeper(act, one(chance, Keeper))


def evidence(cast, chance, now):
    from zhiping.evaluations.models import Evaluation
    from zhiping.evidence.actions import evidence
    from zhiping.evidence.models import Evidence
    from zhiping.evidence.queries import get_evidence

    found, criteria = one(chance, Evaluation), chance.choice(["3.4", "4.1 12.4", "16.2"])
    match chance.randrange(3):
        case 0:
            name, sha256 = f"{word(chance)}.xlsx", f"{chance.randrange(2**256):064x}"
            file = evidence.Received(name, "xlsx", sha256, sha256, 1000)
            by = Act(chance.choice([cast.staff, cast.officer, cast.lead]), now)
            evidence.hand_in_file(by, found, file=file, criteria=criteria)
        case 1:
            by = Act(chance.choice([cast.officer, cast.lead, cast.member]), now)
            evidence.record_seen(by, found, caption=word(chance), criteria=criteria, page="3")
        case 2:
            row = one(chance, Evidence, withdrawn=None)
            evidence.withdraw_evidence(Act(row.by, now), get_evidence(row.by, row.pk), reason=word(chance))


def scoring(cast, chance, now):
    """Make one move that is possible now, of those between the first mark and the result."""
    moves = [marking, handing_in, facts, closing, deliberating, ending]
    chance.shuffle(moves)
    for move in moves:
        try:
            with transaction.atomic():
                move(cast, chance, now)
                return
        except (Refused, LookupError):
            pass
    raise LookupError("nothing is possible")


def panel(chance, phase):
    """Return an evaluation in a phase, with the seats of its panel that score."""
    from zhiping.evaluations.models import Evaluation
    from zhiping.evaluations.queries.evaluation import policy_of
    from zhiping.panels.models import Seat

    around = Evaluation.objects.filter(head__phase=phase).select_related("head", "rubric", "platform")
    found = chance.choice([one for one in around.order_by("pk") if policy_of(one).method == "consensus"])
    seats = found.seats.filter(left=None, role__in=Seat.SCORERS).select_related("expert__user")
    return found, list(seats.order_by("place", "pk"))


def marking(cast, chance, now):
    from tests.scoring.scoring import full, one

    from zhiping.scoring.actions import mark, sheet
    from zhiping.scoring.models import Mark

    found, seats = panel(chance, "scoring")
    by = Act(chance.choice(seats).expert.user, now)
    mine = sheet.open_sheet(by, found)
    if mine.marks.exists():
        before = Mark.objects.filter(sheet=mine, criterion="4.1").first()
        sent = [one("4.1", chance.choice(["0", "2"]), replaces=before and before.event, reason="已核实")]
    else:
        sent = full(found, **{"4_1": (chance.choice(["0", "2"]), "已核实")})
    if any(answer.refused for answer in mark.give_marks(by, mine, sent)):
        raise LookupError("the sheet is in")


def handing_in(cast, chance, now):
    from zhiping.scoring.actions import sheet
    from zhiping.scoring.models import Sheet

    mine = one(chance, Sheet, evaluation__head__phase="scoring", seat__isnull=False)
    by, lead = Act(mine.seat.expert.user, now), Act(cast.lead, now)
    match chance.randrange(6):
        case 0:
            sheet.ask_return(by, mine, reason=word(chance))
        case 1:
            sheet.return_sheet(lead, mine)
        case _:
            sheet.hand_in(by, mine)


def facts(cast, chance, now):
    from zhiping.scoring.actions import fact_check
    from zhiping.scoring.queries import fact_check as queries

    found, _ = panel(chance, "scoring")
    lead = Act(cast.lead, now)
    texts = {loss.criterion.id: word(chance) for loss in queries.losses(found)}
    fact_check.write_facts(lead, found, facts=texts)
    match chance.randrange(4):
        case 0:
            fact_check.decline_facts(lead, found, reason=word(chance))
        case 1:
            pass
        case _:
            answers = {fact.criterion: ("objected", word(chance)) for fact in queries.put(found)}
            fact_check.answer_facts(lead, found, person=word(chance), answers=answers)


def closing(cast, chance, now):
    from zhiping.scoring.actions import deliberation
    from zhiping.visits.actions import visit

    found, _ = panel(chance, "scoring")
    lead = Act(cast.lead, now)
    for kind in ("opening", "closing"):
        visit.write_visit_record(lead, found, kind=kind, day=TODAY, who="甲")
    deliberation.close_scoring(lead, found)


def deliberating(cast, chance, now):
    from fractions import Fraction

    from zhiping.scoring.actions import deliberation
    from zhiping.scoring.queries import deliberation as queries

    found, seats = panel(chance, "deliberating")
    name, by = chance.choice(list(queries.disputed(found, queries.sheets_of(found)))), chance.choice(seats)
    match chance.randrange(4):
        case 0:
            deliberation.record_dissent(Act(by.expert.user, now), found, criterion=name, text=word(chance))
        case 1:
            deliberation.withdraw_dissent(Act(by.expert.user, now), found, criterion=name)
        case _:
            agreed = {name: deliberation.Settled(Fraction(chance.choice([0, 2])), word(chance))}
            deliberation.settle_criteria(Act(cast.lead, now), found, marks=agreed, why=word(chance))


def ending(cast, chance, now):
    from zhiping.scoring.actions import conclusion
    from zhiping.scoring.queries import result

    found, seats = panel(chance, "deliberating")
    if chance.random() < 0.3:
        conclusion.conclude(Act(cast.lead, now), found)
        return
    by, seen = Act(chance.choice(seats).expert.user, now), result.compute(found).sha256
    conclusion.sign_result(by, found, result_sha256=seen)


WORK = (scoring, scoring, scoring, evidence)  # from the first mark to the result
STEPS = (people, credentials, register, pool, programmes, evaluations, course, panels, installation, evidence)
