"""Pages of evidence: the list of materials with what was handed in, files, pictures of their pages."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.documents.attachments.kinds import KINDS, MOST_BYTES
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import queries, store
from zhiping.evidence.actions import evidence as actions
from zhiping.evidence.forms import FileForm, SeenForm
from zhiping.evidence.views.items import materials, size
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import may, require
from zhiping.web.forms import Form, ReasonForm
from zhiping.web.links import page
from zhiping.web.pages import form_page, render_form
from zhiping.web.texts import say

FORMS: dict[str, tuple[type[Form], Any, str]] = {  # the form, its action and the permission it needs
    "file": (FileForm, actions.hand_in_sent, "hand_in_file"),
    "seen": (SeenForm, actions.record_seen, "record_seen"),
}
LIMITS = {
    "kinds": " ".join(KINDS),
    "accept": ",".join(f".{kind}" for kind in KINDS),
    "most": MOST_BYTES // 2**20,
}
SEND_TEXTS = ("sending", "waiting", "done", "criteria", "failed", "signed_out")


def evidence(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the list of materials with what was handed in; take one file or one document seen on site."""
    evaluation = get_for(request.user, evaluation_id, "evidence.see")
    kind = request.POST.get("kind", "")
    forms = _forms(request, evaluation, kind)
    if request.method == "POST":
        if kind not in FORMS:
            raise Http404
        require(request.user, f"evidence.{FORMS[kind][2]}", evaluation)
        if forms[kind].run(FORMS[kind][1], Act.of(request), evaluation=evaluation):
            return redirect(request.path)
    context = _shown(request, evaluation) | {"forms": forms, "typed": kind, "form": forms.get(kind)}
    return render_form(request, "evidence/evidence.html", context)


def _forms(request: Request, evaluation: Evaluation, typed: str) -> dict[str, Form]:
    """Return the forms a page offers, and the one that was sent."""
    opens = queries.is_open(evaluation)
    return {
        kind: form(*((request.POST, request.FILES) if kind == typed else ()), evaluation=evaluation)
        for kind, (form, _, permission) in FORMS.items()
        if kind == typed or (opens and may(request.user, f"evidence.{permission}", evaluation))
    }


def _shown(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    room, waiting = queries.room(evaluation), queries.uploads_of(request.user, evaluation)
    return (
        LIMITS
        | materials(request.user, evaluation)
        | {
            "evaluation": evaluation,
            "uploads": [(upload, 100 * arrived // upload.length) for upload, arrived in waiting],
            "room": room,
            "room_text": say("evidence.room", used=size(room.used), most=size(room.most)),
            "opens": queries.is_open(evaluation),
            "send_texts": [(name, say(f"evidence.send.{name}")) for name in SEND_TEXTS],
            "heading": say("evidence.title"),
            "crumbs": crumbs(evaluation)[:1],
        }
    )


def withdraw(request: Request, evidence_id: UUID) -> HttpResponse:
    """Withdraw what was handed in by mistake."""
    one = queries.get_evidence(request.user, evidence_id)
    form = ReasonForm(request.POST or None, texts="evidence.withdraw")
    shown = {"note": one.caption, "submit": say("evidence.withdraw.title")}
    return form_page(
        request, form, actions.withdraw_evidence, crumbs=crumbs(one.evaluation),
        to=_address(one.evaluation), shown=shown, evidence=one,
    )  # fmt: skip


@require_POST
def take(request: Request, evidence_id: UUID) -> FileResponse:
    """Take a file away; a browser saves it and never shows it."""
    one = queries.get_evidence(request.user, evidence_id)
    file = actions.take_file(Act.of(request), one)
    return FileResponse(file, content_type=KINDS[one.kind], as_attachment=True, filename=one.name)


def preview(request: Request, evidence_id: UUID, number: int) -> HttpResponse:
    """Show the picture of a page of a file."""
    one = queries.get_evidence(request.user, evidence_id)
    try:
        with store.open_picture(one.sha256, number) as picture:
            response = HttpResponse(picture.read(), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _address(evaluation: Evaluation) -> str:
    return reverse("evidence:evidence", args=[evaluation.pk])


def crumbs(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return the pages above the forms of evidence."""
    return [
        (evaluation.platform.name, page("evaluation", evaluation)),
        (say("evidence.title"), _address(evaluation)),
    ]
