"""Views of the pool of experts."""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.models import Organisation
from zhiping.experts import forms, queries
from zhiping.experts.actions import expert as actions
from zhiping.experts.actions.imports import import_experts as take_sheet
from zhiping.experts.models import Expert
from zhiping.experts.queries import as_rows, expert_sheet
from zhiping.experts.rules import is_expert
from zhiping.ledger.act import Act
from zhiping.permissions import require
from zhiping.registry.queries import NAMES, named
from zhiping.web import importing
from zhiping.web.forms import Form, ReasonForm, hide_phone
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say

address = link_to("expert")
SOON = dt.timedelta(days=90)
FORM = "experts/form.html"


def experts(request: Request) -> HttpResponse:
    """Show the pool with fields of expertise, validity of training and visits this year."""
    today = timezone.localdate()
    left = request.GET.get("standing") in ("left", "all")
    listing = Listing(
        request, partial(queries.experts_listed, request.user, left=left), columns(today), "experts",
        url=address, filters=partial(forms.ExpertFilters, user=request.user, today=today), order="name",
        dress=partial(queries.with_service, today=today), empty_url=reverse("experts:add-expert"),
    )  # fmt: skip
    return listing.response("experts/experts.html", may_add=queries.own_pool(request.user) is not None)


REGION = tuple(f"region__{name}" for name in NAMES)


def columns(today: dt.date) -> tuple[Column, ...]:
    """Return the columns of lists of experts; visits are not sortable, they depend on the year."""
    return (
        Column("name", "name"),
        Column("employer", "employer"),
        Column("title", "title", order=()),
        Column(
            "fields", "known", order=(), show=lambda codes: fields_text(codes.split(",") if codes else ())
        ),
        Column("region", reads=REGION, show=named, order=("region_id",)),
        Column("trained_until", "trained_until", show=lambda until: trained(until, today)),
        Column("experience", "experience", order=(), show=_experience),
        Column("visits", "visits", order=(), numeric=True),
    )


def _experience(text: str | None) -> str:
    code = "unknown" if text is None else "yes" if text else "no"
    return say(f"experts.experience_filter.{code}")


def fields_text(fields: Iterable[str]) -> str:
    """Return the names of an expert's fields of expertise."""
    return say("wording.comma").join(say(f"experts.fields.{field}") for field in sorted(fields))


def trained(until: dt.date | None, today: dt.date) -> Cell:
    """Return the end of validity of the training as a badge, with a warning before it expires."""
    if until is None:
        return Cell(say("experts.untrained"), badge="danger")
    text = say("experts.without_end") if until == queries.FOREVER else until.isoformat()
    return Cell(text, badge="danger" if until < today else "warning" if until < today + SOON else "success")


def add_expert(request: Request) -> HttpResponse:
    """Add an expert to the pool."""
    form = forms.AddExpertForm(request.POST or None, user=request.user)
    keeper = form.cleaned_data.get("keeper") if form.is_bound and form.is_valid() else None
    about = keeper or queries.keepers(request.user).order_by("region_id").first()
    return form_page(
        request, form, actions.add_expert, crumbs=_crumbs(), to=address, about=about, template=FORM,
        heading=say("experts.add.title"),
    )  # fmt: skip


def change_expert(request: Request, expert_id: UUID) -> HttpResponse:
    """Correct an entry."""
    expert = queries.get_expert(request.user, expert_id)
    form = forms.ChangeExpertForm(
        request.POST or None, user=request.user, seen=expert.head.size, initial=forms.initial(expert)
    )
    _hide_phone(request, form, expert)
    return _answer(request, form, actions.change_expert, expert)


def correct_contact(request: Request, expert_id: UUID) -> HttpResponse:
    """Change contact data; experts may change their own."""
    expert = queries.get_expert(request.user, expert_id)
    shown = {"phone": expert.phone, "email": expert.email}
    form = forms.ContactForm(request.POST or None, seen=expert.head.size, initial=shown)
    _hide_phone(request, form, expert)
    return _answer(request, form, actions.correct_contact, expert)


def _hide_phone(request: Request, form: Form, expert: Expert) -> None:
    if not is_expert(request.user, expert):
        hide_phone(form, expert.phone)


@require_POST
def show_phone(request: Request, expert_id: UUID) -> HttpResponse:
    """Show the telephone of an expert, once asked: the audit log has who asked, and when."""
    expert = queries.get_expert(request.user, expert_id)
    number = actions.show_phone(Act.of(request), expert)
    context = {"number": number, "heading": expert.name, "crumbs": _crumbs(expert)}
    return render(request, "web/phone.html", context)


def training(request: Request, expert_id: UUID, training_id: int | None = None) -> HttpResponse:
    """Add a training, or correct one."""
    expert = queries.get_expert(request.user, expert_id)
    row = queries.get_training(expert, training_id) if training_id else None
    shown = forms.as_typed(row) if row else {}
    form = forms.TrainingForm(request.POST or None, seen=expert.head.size if row else None, initial=shown)
    remove = reverse("experts:remove-training", args=[expert.pk, row.pk]) if row else ""
    return _answer(request, form, actions.write_training, expert, remove, training=row)


@require_POST
def remove_training(request: Request, expert_id: UUID, training_id: int) -> HttpResponse:
    """Delete a training entered by mistake."""
    expert = queries.get_expert(request.user, expert_id)
    row = queries.get_training(expert, training_id)
    return action_button(request, actions.remove_training, to=address(expert), expert=expert, training=row)


def affiliation(request: Request, expert_id: UUID, affiliation_id: int | None = None) -> HttpResponse:
    """Add an affiliation, or correct one."""
    expert = queries.get_expert(request.user, expert_id)
    row = queries.get_affiliation(expert, affiliation_id) if affiliation_id else None
    shown = forms.as_typed(row) if row else {}
    form = forms.AffiliationForm(
        request.POST or None, user=request.user, seen=expert.head.size if row else None, initial=shown
    )
    remove = reverse("experts:remove-affiliation", args=[expert.pk, row.pk]) if row else ""
    return _answer(request, form, actions.write_affiliation, expert, remove, affiliation=row)


@require_POST
def remove_affiliation(request: Request, expert_id: UUID, affiliation_id: int) -> HttpResponse:
    """Delete an affiliation entered by mistake."""
    expert = queries.get_expert(request.user, expert_id)
    row = queries.get_affiliation(expert, affiliation_id)
    to = address(expert)
    return action_button(request, actions.remove_affiliation, to=to, expert=expert, affiliation=row)


def leave_pool(request: Request, expert_id: UUID) -> HttpResponse:
    """Remove an expert from the pool, with a reason."""
    expert = queries.get_expert(request.user, expert_id)
    form = ReasonForm(request.POST or None, texts="experts.leave", seen=expert.head.size)
    return _answer(request, form, actions.leave_pool, expert)


def return_to_pool(request: Request, expert_id: UUID) -> HttpResponse:
    """Return an expert to the pool, with a reason."""
    expert = queries.get_expert(request.user, expert_id)
    form = ReasonForm(request.POST or None, texts="experts.come_back", seen=expert.head.size)
    return _answer(request, form, actions.return_to_pool, expert)


def open_account(request: Request, expert_id: UUID) -> HttpResponse:
    """Create the expert's account and show the invitation; an operator's experts are linked to theirs."""
    expert = queries.get_expert(request.user, expert_id)
    if expert.keeper.kind == Organisation.Kind.OPERATOR:
        tie = forms.LinkAccountForm(request.POST or None, expert=expert, seen=expert.head.size)
        return _answer(request, tie, actions.link_account, expert)
    form = forms.OpenAccountForm(request.POST or None, seen=expert.head.size)
    to = lambda _: reverse("accounts:invite", args=[queries.get_expert(request.user, expert_id).user_id])  # noqa: E731
    return form_page(request, form, actions.open_account, crumbs=_crumbs(expert), to=to, expert=expert)


def import_experts(request: Request) -> HttpResponse:
    """Upload a sheet of experts for the own pool."""
    keeper = _own_pool(request)
    sheet = expert_sheet(request.user, keeper)
    return importing.start(request, sheet, preview="experts:import-experts-preview")


@require_POST
def export_experts(request: Request) -> HttpResponse:
    """Export the own pool with the columns of the import."""
    keeper = _own_pool(request)
    return importing.export(request, expert_sheet(request.user, keeper), as_rows(queries.kept_by(keeper)))


def import_preview(request: Request, upload_id: UUID) -> HttpResponse:
    """Preview the changes of a sheet and confirm them."""
    keeper = _own_pool(request)
    sheet = expert_sheet(request.user, keeper)
    store = partial(take_sheet, keeper=keeper)
    return importing.review(request, sheet, upload_id, store, done="experts:experts")


def _own_pool(request: Request) -> Organisation:
    keeper = queries.own_pool(request.user)
    require(request.user, "experts.import_experts", keeper)
    assert keeper is not None  # without a pool the permission check refuses
    return keeper


def own_entry(request: Request) -> HttpResponse:
    """Redirect an expert to the own entry."""
    return redirect(address(queries.own_entry(request.user)))


def _answer(
    request: Request,
    form: Form,
    action: Callable[..., object],
    expert: Expert,
    remove_url: str = "",
    **given: Any,
) -> HttpResponse:
    heading = say(f"{form.texts}.correct") if remove_url else ""
    return form_page(
        request, form, action, crumbs=_crumbs(expert), to=address(expert), template=FORM, heading=heading,
        shown={"remove_url": remove_url}, expert=expert, **given,
    )  # fmt: skip


def _crumbs(expert: Expert | None = None) -> list[tuple[str, str]]:
    crumbs = [(say("experts.title"), reverse("experts:experts"))]
    return [*crumbs, (expert.name, address(expert))] if expert else crumbs
