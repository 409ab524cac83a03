"""Forms of a measure: proof, report, recheck, extension."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.improvement.actions import measures as actions
from zhiping.improvement.forms import DecideForm, ExtensionForm, ProofForm, RecheckForm, ReportForm
from zhiping.improvement.models import Action
from zhiping.improvement.queries import improvement as queries
from zhiping.improvement.views.improvement import address, crumbs
from zhiping.ledger.act import Act
from zhiping.scoring.queries.sheet import table_of
from zhiping.texts.catalogue import translated
from zhiping.web.downloads import stored_file
from zhiping.web.forms import Form, ReasonForm
from zhiping.web.pages import Action as Run
from zhiping.web.pages import form_page
from zhiping.web.texts import say


def _page(request: Request, action: Action, form: Form, run: Run) -> HttpResponse:
    """Show the form of a measure below what it is about."""
    evaluation = action.evaluation
    criterion = table_of(evaluation).criteria[action.criterion]
    name = say("papers.indicator", id=criterion.id, name=translated(criterion.title))
    return form_page(
        request, form, run, crumbs=crumbs(evaluation, page_itself=True), to=address(evaluation),
        template="improvement/measure.html", evaluation=evaluation, finding=action, shown={"name": name},
    )  # fmt: skip


def add_proof(request: Request, action_id: UUID) -> HttpResponse:
    """Add proof of a measure."""
    action = queries.get_action(request.user, action_id)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    return _page(request, action, ProofForm(*given), actions.add_proof)


def report_action(request: Request, action_id: UUID) -> HttpResponse:
    """Report a measure as carried out."""
    action = queries.get_action(request.user, action_id)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    return _page(request, action, ReportForm(*given, action=action), actions.report_action)


def recheck_action(request: Request, action_id: UUID) -> HttpResponse:
    """Recheck a measure."""
    action = queries.get_action(request.user, action_id)
    form = RecheckForm(request.POST or None, action=action)
    return _page(request, action, form, actions.recheck_action)


def ask_extension_of(request: Request, action_id: UUID) -> HttpResponse:
    """Ask for a later deadline of a measure."""
    action = queries.get_action(request.user, action_id)
    return _page(request, action, ExtensionForm(request.POST or None), actions.ask_extension)


def ask_extension(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Ask for a later deadline of the whole improvement."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    form = ExtensionForm(request.POST or None)
    return form_page(
        request, form, actions.ask_extension, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation, shown={"note": say("improvement.extension_form.all")},
    )  # fmt: skip


def decide_extension(request: Request, extension_id: UUID) -> HttpResponse:
    """Decide on a later deadline."""
    extension = queries.get_extension(request.user, extension_id)
    evaluation, form = extension.evaluation, DecideForm(request.POST or None)
    return form_page(
        request, form, actions.decide_extension, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), template="improvement/decide.html", evaluation=evaluation,
        extension=extension,
    )  # fmt: skip


@require_POST
def take_proof(request: Request, proof_id: UUID) -> FileResponse:
    """Take the file of a proof."""
    proof = queries.get_proof(request.user, proof_id)
    if not proof.file:
        raise Http404
    return stored_file(*actions.take_proof(Act.of(request), proof))


def withdraw_proof(request: Request, proof_id: UUID) -> HttpResponse:
    """Withdraw proof that was given by mistake."""
    proof = queries.get_proof(request.user, proof_id)
    form = ReasonForm(request.POST or None, texts="improvement.withdraw_form")
    evaluation = proof.evaluation
    return form_page(
        request, form, actions.withdraw_proof, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation, proof=proof,
    )  # fmt: skip
