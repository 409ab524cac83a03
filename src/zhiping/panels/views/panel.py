"""The page of a panel: its seats, its checks, the candidates for a seat."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.models import User
from zhiping.domain.lifecycle import possible
from zhiping.domain.panel import Check
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.rules import has_charge, heads_operator
from zhiping.ledger.act import Act
from zhiping.panels.actions import panel as actions
from zhiping.panels.actions import recusal as recusals
from zhiping.panels.forms import PlainForm, ReplaceForm, RoleForm, SeatedForm, SeatForm, StepInForm
from zhiping.panels.models import Seat
from zhiping.panels.queries import panel as queries
from zhiping.panels.queries.check import all_pass
from zhiping.panels.queries.draw import live_draw
from zhiping.panels.queries.recusal import standbys, vacancies
from zhiping.panels.rules import inside, is_lead, names_known, seated
from zhiping.permissions import may
from zhiping.texts.wording import check_rows
from zhiping.web import links
from zhiping.web.forms import Form
from zhiping.web.texts import say


@require_GET
def panel(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the seats and the checks of a panel."""
    evaluation = get_evaluation(request.user, evaluation_id)
    return render(request, "panels/panel.html", page(request, evaluation))


def page(request: Request, evaluation: Evaluation, form: Form | None = None) -> dict[str, Any]:
    """Return what the page shows; `form`: a change that was refused, with what was chosen."""
    user = request.user
    checks = queries.checks(user, evaluation, today=timezone.localdate())
    return {
        "crumbs": crumbs(evaluation),
        "heading": say("panel.title"),
        "evaluation": evaluation,
        "checks": list(zip(checks, check_rows(checks), strict=True)),
        "all_well": bool(checks) and all_pass(checks),
        "draws": may(user, "panels.see_draw", evaluation),
        "form": form,
        **_seats(user, evaluation, checks),
        **(_vacancy(user, evaluation) if inside(user, evaluation) else {}),
    }


def _seats(user: User, evaluation: Evaluation, checks: list[Check]) -> dict[str, Any]:
    """Return the seats, and what the user may do with them."""
    runs, within = has_charge(user, evaluation), inside(user, evaluation)
    draw = live_draw(evaluation) if runs else None
    members = queries.members(user, evaluation, queries.drawn(evaluation, draw))
    composes = partial(possible, "evaluation", state=evaluation.head.phase)
    asks = runs or heads_operator(user, evaluation)
    acts = composes("ask_recusal") and (asks or any(member.own for member in members))
    return {
        "members": members,
        "inside": within,
        "known": within or names_known(evaluation),
        "draw": draw,
        "asks": asks,
        "acts": acts,
        "composes": runs and composes("seat_helper"),
        "open": composes("seat_expert"),
        "shares": bool(members) and _unshared(checks) and _shares(user, evaluation),
        "columns": _columns(within, acts),
    }


def _columns(declarations: bool, acts: bool) -> str:  # noqa: FBT001 - what the table shows
    return "name role employer" + declarations * " declaration" + acts * " actions:screen"


def _unshared(checks: list[Check]) -> bool:
    """Return whether an indicator has no duty yet."""
    return any(check["code"] == "duties" and check["state"] != "pass" for check in checks)


def _shares(user: User, evaluation: Evaluation) -> bool:
    shared = possible("evaluation", "share_duties", evaluation.head.phase)
    return shared and may(user, "panels.share_duties", evaluation)


def _vacancy(user: User, evaluation: Evaluation) -> dict[str, Any]:
    """Return the vacant seats and the substitutes for them; nothing where no seat is vacant."""
    vacant = vacancies(evaluation)
    if not vacant:
        return {}
    waiting = standbys(evaluation, vacant, today=timezone.localdate())
    size, turn = queries.size(evaluation), [standby for standby in waiting if standby.turn]
    lead, replace = is_lead(user, evaluation), None
    if lead and possible("evaluation", "replace_members", evaluation.head.phase):
        replace = ReplaceForm(vacant=vacant, standbys=turn, seen=evaluation.head.size)
    return {
        "vacant": vacant,
        "vacant_names": say("wording.comma").join(s.expert.name for s in vacant),
        "standbys": waiting,
        "no_turn": not turn,
        "no_lead": not any(s.role == Seat.Role.LEAD for s in seated(evaluation)),
        "size": size,
        "odd": size >= 3 and size % 2 == 1,
        "steps_in": has_charge(user, evaluation) or lead,
        "replace": replace,
    }


@require_GET
def candidates(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List experts who could have a seat, with what is against it; `seen`: the size of the panel's ledger."""
    evaluation = queries.get_for(request.user, evaluation_id, "panels.see_candidates")
    words = request.GET.get("q", "").strip()
    led = any(seat.role == Seat.Role.LEAD for seat in seated(evaluation))
    context = {
        "crumbs": crumbs(evaluation, panel=True),
        "heading": say("panel.search"),
        "evaluation": evaluation,
        "q": words,
        "candidates": queries.candidates(request.user, evaluation, words=words, today=timezone.localdate()),
        "most": queries.MOST_SHOWN,
        "roles": Seat.Role.values,
        "seen": request.GET.get("seen", evaluation.head.size),
        "likely": Seat.Role.MEMBER if led else Seat.Role.LEAD,
    }
    return render(request, "panels/candidates.html", context)


def crumbs(evaluation: Evaluation, *, panel: bool = False) -> list[tuple[str, str]]:
    """Return the pages above a page about an evaluation's panel."""
    above = [(str(evaluation.platform), links.page("evaluation", evaluation))]
    return [*above, (say("panel.title"), reverse("panels:panel", args=[evaluation.pk]))] if panel else above


def _change(
    request: Request, evaluation_id: UUID, permission: str, kind: type[Any], action: Callable[..., object]
) -> HttpResponse:
    """Make one change and show the panel again, with a refusal and the choice that was refused."""
    evaluation = queries.get_for(request.user, evaluation_id, permission)
    form = kind(request.POST, evaluation=evaluation)
    if form.run(action, Act.of(request), evaluation=evaluation):
        return redirect("panels:panel", evaluation.pk)
    again = get_evaluation(request.user, evaluation_id)
    status = 200 if request.headers.get("HX-Request") else 409
    return render(request, "panels/panel.html", page(request, again, form), status=status)


@require_POST
def seat_expert(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Seat an expert."""
    return _change(request, evaluation_id, "panels.seat_expert", SeatForm, actions.seat_expert)


@require_POST
def change_role(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Change the role of a seat."""
    return _change(request, evaluation_id, "panels.change_role", RoleForm, actions.change_role)


@require_POST
def unseat_expert(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Take an appointment back."""
    return _change(request, evaluation_id, "panels.unseat_expert", SeatedForm, actions.unseat_expert)


@require_POST
def move_up(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List a seat one place earlier."""
    return _change(request, evaluation_id, "panels.move_up", SeatedForm, actions.move_up)


@require_POST
def copy_panel(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Use the panel for the whole trip."""
    return _change(request, evaluation_id, "panels.copy_panel", PlainForm, actions.copy_panel)


@require_POST
def step_in(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Give a vacant seat to a substitute before scoring begins."""
    return _change(request, evaluation_id, "panels.step_in", StepInForm, recusals.step_in)


@require_POST
def replace_members(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Give vacant seats to substitutes once scoring has begun."""
    vacant = vacancies(queries.get_for(request.user, evaluation_id, "panels.replace_members"))

    def kind(data: Any, evaluation: Evaluation) -> ReplaceForm:
        waiting = standbys(evaluation, vacant, today=timezone.localdate())
        return ReplaceForm(data, vacant=vacant, standbys=waiting)

    return _change(
        request, evaluation_id, "panels.replace_members", kind, recusals.replace_members  # type: ignore[arg-type] # makes a form like the others
    )  # fmt: skip
