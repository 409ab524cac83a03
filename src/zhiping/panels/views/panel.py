"""The page on which a panel is composed, its checks beside it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.models import User
from zhiping.domain.panel import Check
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.rules import has_charge, heads_operator
from zhiping.panels.actions import panel as actions
from zhiping.panels.actions import recusal as recusals
from zhiping.panels.forms import PlainForm, ReplaceForm, RoleForm, SeatedForm, SeatForm, StepInForm
from zhiping.panels.models import Seat
from zhiping.panels.queries import panel as queries
from zhiping.panels.queries.draw import live_draw
from zhiping.panels.queries.recusal import standbys, vacancies
from zhiping.panels.rules import inside, is_lead, seated
from zhiping.permissions import may
from zhiping.texts.wording import check_rows
from zhiping.web.forms import Form, choices
from zhiping.web.texts import say

TONES = {"pass": "success", "fail": "danger", "not_shown": "warning"}


@require_GET
def panel(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Who sits, as what, and what the panel still lacks."""
    evaluation = get_evaluation(request.user, evaluation_id)
    return render(request, "panels/panel.html", page(request, evaluation))


def page(request: Request, evaluation: Evaluation, form: Form | None = None) -> dict[str, Any]:
    """Return what the page shows; `form`: a change that was refused, with what was chosen."""
    user, today = request.user, timezone.localdate()
    found, runs = queries.checks(user, evaluation, today=today), has_charge(user, evaluation)
    draw = live_draw(evaluation) if runs else None
    members = queries.members(user, evaluation, queries.drawn(evaluation, draw))
    return {
        "evaluation": evaluation,
        "members": members,
        "acts": runs or heads_operator(user, evaluation) or any(m.own for m in members),
        "checks": check_lines(found),
        "all_well": bool(found) and all(check["state"] == "pass" for check in found),
        "composes": runs and evaluation.head.phase in actions.WAITING_WHILE,
        "open": evaluation.head.phase in actions.COMPOSED_WHILE,
        "inside": inside(user, evaluation),
        "shares": bool(members) and _unshared(found) and _shares(user, evaluation),
        "asks": runs or heads_operator(user, evaluation),
        "draw": draw,
        "draws": may(user, "panels.see_draw", evaluation),
        "role_choices": choices("panel.roles"),
        "form": form,
        **(_vacancy(user, evaluation) if inside(user, evaluation) else {}),
    }


def check_lines(checks: list[Check]) -> list[dict[str, str]]:
    """Return checks in words, each with its tone."""
    rows = zip(check_rows(checks), checks, strict=True)
    return [{**row, "tone": TONES[check["state"]]} for row, check in rows]


def _unshared(checks: list[Check]) -> bool:
    """Whether some indicator is nobody's duty yet."""
    return any(check["code"] == "duties" and check["state"] != "pass" for check in checks)


def _shares(user: User, evaluation: Evaluation) -> bool:
    return evaluation.head.phase in actions.WAITING_WHILE and may(user, "panels.share_duties", evaluation)


def _vacancy(user: User, evaluation: Evaluation) -> dict[str, Any]:
    """Return who left and who may step in; nothing where no seat is vacant."""
    vacant = vacancies(evaluation)
    if not vacant:
        return {}
    waiting = standbys(evaluation, vacant, today=timezone.localdate())
    under_way, size = evaluation.head.phase not in actions.COMPOSED_WHILE, queries.size(evaluation)
    turn, lead = [w for w in waiting if w.turn], is_lead(user, evaluation)
    replace = None
    if lead and under_way:
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
    """Experts who could be seated, with what stands against it; `seen`: the panel they are to join."""
    evaluation = queries.get_for(request.user, evaluation_id, "panels.see_candidates")
    words = request.GET.get("q", "").strip()
    found = queries.candidates(request.user, evaluation, words=words, today=timezone.localdate())
    context = {"evaluation": evaluation, "q": words, "candidates": found, "most": queries.MOST_SHOWN}
    context |= {"role_choices": choices("panel.roles"), "seen": request.GET.get("seen", evaluation.head.size)}
    led = any(s.role == Seat.Role.LEAD for s in seated(evaluation))
    context["likely"] = Seat.Role.MEMBER if led else Seat.Role.LEAD
    return render(request, "panels/candidates.html", context)


def _change(
    request: Request, evaluation_id: UUID, permission: str, kind: type[Any], action: Callable[..., object]
) -> HttpResponse:
    """Make one change and show the panel again; what was refused is said above it."""
    evaluation = queries.get_for(request.user, evaluation_id, permission)
    form = kind(request.POST, evaluation=evaluation)
    if form.run(action, by=request.user, now=timezone.now(), evaluation=evaluation):
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
    """Give somebody another role."""
    return _change(request, evaluation_id, "panels.change_role", RoleForm, actions.change_role)


@require_POST
def unseat_expert(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Take an appointment back."""
    return _change(request, evaluation_id, "panels.unseat_expert", SeatedForm, actions.unseat_expert)


@require_POST
def move_up(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List somebody one place earlier."""
    return _change(request, evaluation_id, "panels.move_up", SeatedForm, actions.move_up)


@require_POST
def copy_panel(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Use the panel for the whole trip."""
    return _change(request, evaluation_id, "panels.copy_panel", PlainForm, actions.copy_panel)


@require_POST
def step_in(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Let a substitute take a vacant seat before scoring begins."""
    return _change(request, evaluation_id, "panels.step_in", StepInForm, recusals.step_in)


@require_POST
def replace_members(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Let substitutes take vacant seats once scoring has begun."""
    found = queries.get_for(request.user, evaluation_id, "panels.replace_members")
    vacant = vacancies(found)

    def kind(data: Any, evaluation: Evaluation) -> ReplaceForm:
        waiting = standbys(evaluation, vacant, today=timezone.localdate())
        return ReplaceForm(data, vacant=vacant, standbys=waiting)

    return _change(
        request, evaluation_id, "panels.replace_members", kind, recusals.replace_members  # type: ignore[arg-type] # makes a form like the others
    )  # fmt: skip
