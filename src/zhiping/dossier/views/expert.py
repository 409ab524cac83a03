"""The page of one expert."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.accounts.models import Organisation
from zhiping.dossier.queries import sections
from zhiping.experts import queries
from zhiping.experts.views import fields_text, trained
from zhiping.ledger.queries import timeline
from zhiping.registry.queries import place
from zhiping.web.pages import offered
from zhiping.web.texts import say

TRAINING = "topic date valid_until number"  # columns
OFFERED = (
    "change_expert", "correct_contact", "write_training", "write_affiliation", "leave_pool", "return_to_pool",
    "open_account", "link_account", "show_phone",
)  # fmt: skip


def expert(request: Request, expert_id: UUID) -> HttpResponse:
    """Show an entry with trainings, affiliations, seats and history."""
    found = queries.get_expert(request.user, expert_id)
    today, trainings = timezone.localdate(), queries.trainings_of(found)
    may = offered(request.user, found, *OFFERED, app="experts")
    context = {
        "expert": found,
        "heading": found.name,
        "crumbs": [(say("experts.title"), reverse("experts:experts"))],
        "columns": TRAINING + " experts.actions:hidden" * may["write_training"],
        "place": place(found.region),
        "fields": fields_text(queries.fields_of(found)),
        "trainings": [(row, trained(row.valid_until or queries.FOREVER, today)) for row in trainings],
        "affiliations": queries.affiliations_of(found),
        "sections": sections("expert", request.user, found, today),
        "timeline": timeline(found.pk),
        "may": may,
        "own": found.keeper.kind == Organisation.Kind.OPERATOR,
    }
    return render(request, "dossier/expert.html", context)
