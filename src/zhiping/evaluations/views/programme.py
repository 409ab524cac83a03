"""Programmes: list, page, rules, and the evaluations they open."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.domain.letters import from_data
from zhiping.evaluations import forms
from zhiping.evaluations.actions import evaluation as evaluations
from zhiping.evaluations.actions import letters
from zhiping.evaluations.actions import programme as actions
from zhiping.evaluations.forms import OpenManyForm
from zhiping.evaluations.models import Programme
from zhiping.evaluations.queries import programme as queries
from zhiping.evaluations.views.evaluation import period
from zhiping.permissions import require
from zhiping.registry.forms import PlatformFilters
from zhiping.registry.views import platforms as register
from zhiping.web.choosing import Choice, chosen
from zhiping.web.forms import Form, ReasonForm
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing, state_cell
from zhiping.web.pages import Action, action_button, form_page
from zhiping.web.texts import say

address = link_to("programme")


def programmes(request: Request) -> HttpResponse:
    """The programmes of the person's regions."""
    columns = (
        Column("name", "name"),
        Column("year", "year", numeric=True),
        Column("authority", "authority__name"),
        Column("period", reads=("period_start", "period_end"), show=period, order=("period_start",)),
        Column("size", "size", numeric=True, order=()),
        Column("state", "head__phase", show=partial(state_cell, "lifecycle.programme_states"), order=()),
    )
    listing = Listing(
        request, partial(queries.programmes, request.user), columns, "programmes", url=address,
        filters=partial(forms.ProgrammeFilters), order="-year", dress=queries.with_size,
        empty_url=reverse("evaluations:add-programme"),
    )  # fmt: skip
    return listing.response("evaluations/programmes.html", may_add=bool(request.user.regions))


def add_programme(request: Request) -> HttpResponse:
    """Draw up a programme."""
    form = forms.AddProgrammeForm(request.POST or None, user=request.user, initial=_this_year())
    authority = form.cleaned_data.get("authority") if form.is_bound and form.is_valid() else None
    about = authority or queries.authorities(request.user).order_by("region_id").first()
    return form_page(request, form, actions.add_programme, crumbs=crumbs(), to=address, about=about)


def _this_year() -> dict[str, object]:
    year = timezone.localdate().year
    return {"year": year, "period_start": f"{year}-01-01", "period_end": f"{year}-12-31"}


def change_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """Change a programme's facts."""
    programme = queries.get_programme(request.user, programme_id)
    form = forms.ChangeProgrammeForm(
        request.POST or None, user=request.user, seen=programme.head.size, initial=forms.initial(programme)
    )
    return _form_page(request, form, actions.change_programme, programme)


def policy(request: Request, programme_id: UUID) -> HttpResponse:
    """Settle what the standard leaves open."""
    programme = queries.get_programme(request.user, programme_id)
    form = forms.PolicyForm(request.POST or None, programme=programme, seen=programme.head.size)
    template = "evaluations/programme_policy.html"
    return _form_page(request, form, actions.set_policy, programme, template=template)


def guidance(request: Request, programme_id: UUID) -> HttpResponse:
    """Write how the criteria are read, all on one page."""
    programme = queries.get_programme(request.user, programme_id)
    form = forms.GuidanceForm(request.POST or None, programme=programme, seen=programme.head.size)
    template = "evaluations/programme_guidance.html"
    return _form_page(request, form, actions.set_guidance, programme, template=template)


def change_common_letters(request: Request, programme_id: UUID) -> HttpResponse:
    """Change what the letters of all its evaluations share."""
    programme = queries.get_programme(request.user, programme_id)
    form = forms.LettersForm(
        request.POST or None, letters=from_data(programme.letters), seen=programme.head.size
    )
    return _form_page(request, form, letters.change_common_letters, programme)


def copy_guidance(request: Request, programme_id: UUID) -> HttpResponse:
    """Copy another programme's guidance."""
    programme = queries.get_programme(request.user, programme_id)
    form = forms.CopyForm(
        request.POST or None, user=request.user, programme=programme, seen=programme.head.size
    )
    to = reverse("evaluations:guidance", args=[programme.pk])
    return form_page(
        request, form, actions.copy_guidance, crumbs=crumbs(programme), to=to, programme=programme
    )


@require_POST
def freeze_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """Freeze the rules."""
    programme = queries.get_programme(request.user, programme_id)
    return action_button(request, actions.freeze_programme, to=address(programme), programme=programme)


def reopen_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """Make the rules editable again, with the reason."""
    programme = queries.get_programme(request.user, programme_id)
    form = ReasonForm(request.POST or None, texts="programmes.reopen", seen=programme.head.size)
    return _form_page(request, form, actions.reopen_programme, programme)


@require_POST
def end_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """End a programme."""
    programme = queries.get_programme(request.user, programme_id)
    return action_button(request, actions.end_programme, to=address(programme), programme=programme)


@require_POST
def prepare_evaluations(request: Request, programme_id: UUID) -> HttpResponse:
    """Begin the preparation of everything planned."""
    programme = queries.get_programme(request.user, programme_id)
    return action_button(
        request, evaluations.prepare_evaluations, to=address(programme), done="programmes.prepared",
        programme=programme,
    )  # fmt: skip


def open_evaluations(request: Request, programme_id: UUID) -> HttpResponse:
    """Choose platforms, all that a filter leaves or some of them, and plan their evaluations at once."""
    programme = queries.get_programme(request.user, programme_id)
    require(request.user, "evaluations.open_evaluations", programme)
    today = timezone.localdate()
    listing = Listing(
        request, partial(queries.candidates_for, request.user, programme), register.columns(today),
        "programmes.candidates", url=register.address, order="due",
        filters=partial(PlatformFilters, user=request.user, today=today),
    )  # fmt: skip
    form = OpenManyForm(request.POST or None)
    choice = Choice(listing, form, {"crumbs": crumbs(programme), "cancel": address(programme)})
    open_chosen = lambda act, **given: evaluations.open_evaluations(  # noqa: E731
        act, programme, platforms=chosen(choice), **given
    )
    return choice.answer(open_chosen, address(programme))


def _form_page(
    request: Request,
    form: Form,
    action: Action,
    programme: Programme,
    *,
    template: str = "web/form_page.html",
) -> HttpResponse:
    """Show the form of an action on a programme; it leads back to the programme's page."""
    return form_page(
        request, form, action, crumbs=crumbs(programme), to=address(programme), programme=programme,
        template=template,
    )  # fmt: skip


def crumbs(programme: Programme | None = None) -> list[tuple[str, str]]:
    """Return the pages above a form of a programme."""
    above = [(say("programmes.title"), reverse("evaluations:programmes"))]
    return [*above, (programme.name, address(programme))] if programme else above
