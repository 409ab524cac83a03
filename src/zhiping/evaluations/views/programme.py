"""Programmes: list, page, rules, and the evaluations they open."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.asking import answer_button, answer_form
from zhiping.accounts.requests import Request
from zhiping.accounts.rules import require
from zhiping.evaluations import forms
from zhiping.evaluations.actions import evaluation as evaluations
from zhiping.evaluations.actions import programme as actions
from zhiping.evaluations.forms import OpenManyForm
from zhiping.evaluations.models import Programme
from zhiping.evaluations.queries import programme as queries
from zhiping.evaluations.views.evaluation import period
from zhiping.registry.forms.platforms import PlatformFilters
from zhiping.registry.views import platforms as register
from zhiping.web.choosing import Choice, chosen
from zhiping.web.forms import Form, ReasonForm
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.texts import say

address = link_to("dossier:programme")
TONES = {"draft": "secondary", "frozen": "info", "closed": "success"}


def programmes(request: Request) -> HttpResponse:
    """The programmes of the person's regions."""
    columns = (
        Column("name", "name"),
        Column("year", "year", numeric=True),
        Column("authority", "authority__name"),
        Column("period", reads=("period_start", "period_end"), show=period, order=("period_start",)),
        Column("size", "size", numeric=True, order=()),
        Column("state", "head__phase", show=state_badge, order=()),
    )
    listing = Listing(
        request, partial(queries.programmes, request.user), columns, "programmes", url=address,
        filters=partial(forms.ProgrammeFilters), order="-year", dress=queries.with_size,
        empty_url=reverse("evaluations:add-programme"),
    )  # fmt: skip
    return listing.response("evaluations/programmes.html", may_add=bool(request.user.regions))


def state(programme: Programme) -> Cell:
    """Return where a programme stands, as a badge."""
    return state_badge(programme.head.phase)


def state_badge(phase: str) -> Cell:
    """Return a state of programmes as a badge."""
    return Cell(say(f"lifecycle.programme_states.{phase}"), badge=TONES[phase])


def add_programme(request: Request) -> HttpResponse:
    """Draw up a programme."""
    form = forms.AddProgrammeForm(request.POST or None, user=request.user, initial=_this_year())
    authority = form.cleaned_data.get("authority") if form.is_bound and form.is_valid() else None
    about = authority or queries.authorities(request.user).order_by("region_id").first()
    target = lambda: reverse("dossier:programme", args=[form.made])  # noqa: E731 - known once it is written
    return answer_form(request, form, actions.add_programme, target, about=about, context=crumbs())


def _this_year() -> dict[str, object]:
    year = timezone.localdate().year
    return {"year": year, "period_start": f"{year}-01-01", "period_end": f"{year}-12-31"}


def change_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """Change what a programme says of itself."""
    found = queries.get_programme(request.user, programme_id)
    form = forms.ChangeProgrammeForm(
        request.POST or None, user=request.user, seen=found.head.size, initial=forms.initial(found)
    )
    return _answer(request, form, actions.change_programme, found)


def policy(request: Request, programme_id: UUID) -> HttpResponse:
    """Settle what the standard leaves open."""
    found = queries.get_programme(request.user, programme_id)
    form = forms.PolicyForm(request.POST or None, programme=found, seen=found.head.size)
    return _answer(request, form, actions.set_policy, found, template="evaluations/programme_policy.html")


def guidance(request: Request, programme_id: UUID) -> HttpResponse:
    """Write how the criteria are read, all on one page."""
    found = queries.get_programme(request.user, programme_id)
    form = forms.GuidanceForm(request.POST or None, programme=found, seen=found.head.size)
    return _answer(request, form, actions.set_guidance, found, template="evaluations/programme_guidance.html")


def copy_guidance(request: Request, programme_id: UUID) -> HttpResponse:
    """Take over another programme's guidance."""
    found = queries.get_programme(request.user, programme_id)
    form = forms.CopyForm(request.POST or None, user=request.user, programme=found, seen=found.head.size)
    target = reverse("evaluations:guidance", args=[found.pk])
    return answer_form(
        request,
        form,
        actions.copy_guidance,
        lambda: target,
        about=found,
        context=crumbs(found),
        programme=found,
    )


@require_POST
def freeze_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """Fix the rules."""
    found = queries.get_programme(request.user, programme_id)
    return answer_button(request, actions.freeze_programme, address(found), programme=found)


def reopen_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """Take the rules back for editing, with the reason."""
    found = queries.get_programme(request.user, programme_id)
    form = ReasonForm(request.POST or None, texts="programmes.reopen", seen=found.head.size)
    return _answer(request, form, actions.reopen_programme, found)


@require_POST
def end_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """End a programme."""
    found = queries.get_programme(request.user, programme_id)
    return answer_button(request, actions.end_programme, address(found), programme=found)


@require_POST
def prepare_evaluations(request: Request, programme_id: UUID) -> HttpResponse:
    """Begin the preparation of everything planned."""
    found = queries.get_programme(request.user, programme_id)
    done = "programmes.prepared"
    return answer_button(request, evaluations.prepare_evaluations, address(found), done=done, programme=found)


def open_evaluations(request: Request, programme_id: UUID) -> HttpResponse:
    """Choose platforms, all that a filter leaves or some of them, and plan their evaluations at once."""
    found = queries.get_programme(request.user, programme_id)
    require(request.user, "evaluations.open_evaluations", found)
    today = timezone.localdate()
    listing = Listing(
        request, partial(queries.candidates_for, request.user, found), register.columns(today),
        "programmes.candidates", url=register.address, order="due",
        filters=partial(PlatformFilters, user=request.user, today=today),
    )  # fmt: skip
    form = OpenManyForm(request.POST or None)
    choice = Choice(listing, form, crumbs(found))
    act = lambda **given: evaluations.open_evaluations(programme=found, platforms=chosen(choice), **given)  # noqa: E731
    return choice.answer(act, address(found))


def _answer(
    request: Request,
    form: Form,
    action: Callable[..., object],
    found: Programme,
    template: str = "web/action_page.html",
) -> HttpResponse:
    return answer_form(
        request, form, action, lambda: address(found), about=found, template=template, programme=found,
        context=crumbs(found) | {"programme": found},
    )  # fmt: skip


def crumbs(found: Programme | None = None) -> dict[str, object]:
    """Return the way back, for forms."""
    way = [{"url": reverse("evaluations:programmes"), "name": say("programmes.title")}]
    if found:
        way.append({"url": address(found), "name": found.name})
    return {"crumbs": way, "cancel": way[-1]["url"]}
