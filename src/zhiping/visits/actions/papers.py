"""Making papers: one evaluation's at once, a programme's by a worker; replacing templates."""

import datetime as dt
import hashlib
import io
import logging
import tempfile
import zipfile
from pathlib import Path
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.rules import require
from zhiping.documents.papers.word import papers, stages
from zhiping.documents.papers.word.example import try_template
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.domain.errors import Conflict, Invalid, Problem, Refused
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.notices import actions as notices
from zhiping.texts.catalogue import problem_text, sayer
from zhiping.visits.models import Bundle, PaperTemplate
from zhiping.visits.queries import STAGES, facts, facts_for, templates_of

KEPT = dt.timedelta(days=30)
MOST_TEMPLATE = 5 * 2**20
OWN = tuple(name for stage in STAGES for name in stages.STAGES[stage])  # an authority may replace these
log = logging.getLogger("zhiping")


def make_papers(
    *, by: User, now: dt.datetime, evaluation: Evaluation, stage: str, language: str, name: str = ""
) -> tuple[str, bytes]:
    """Make the papers of a stage, or the one called `name`; return a file name with its content.

    A whole stage comes as a zip. That it left the system is in the audit log.
    """
    require(by, "visits.make_papers", evaluation)
    with tempfile.TemporaryDirectory() as folder, templates_of(evaluation.authority, language) as own:
        written = papers.write_papers(
            stage, facts_for(by, evaluation), evaluation.rubric.as_domain(), None, Path(folder),
            language=language, templates=own,
        )  # fmt: skip
        if name and name not in stages.STAGES[stage]:
            raise Invalid([Problem("papers_web.no_such_paper", {"name": name[:60]})])
        if name:
            title = papers.title(name, language)
            written = [path for path in written if path.stem.partition(" ")[2] == title]
        if not written:
            raise Invalid([Problem("papers_web.no_such_paper", {"name": name or stage})])
        ledger.audit("exported", by=by, at=now, subject=str(evaluation.pk), data={"papers": name or stage})
        if name:
            return f"{evaluation.platform.name} {written[0].name.partition(' ')[2]}", written[0].read_bytes()
        stage_name = sayer(language)(f"papers_web.stages.{stage}")
        return f"{evaluation.platform.name} {stage_name}.zip", _zipped(written)


def make_sheets(*, by: User, now: dt.datetime, evaluation: Evaluation, language: str) -> tuple[str, bytes]:
    """Make an empty scoring sheet for each member, names, step and hashes filled in, as one zip."""
    require(by, "visits.make_papers", evaluation)
    about, rubric = facts(evaluation), evaluation.rubric.as_domain()
    common = about.policy.method == "panel"
    people = [("", "")] if common else [(e.id, e.name) for e in about.panel or ()]
    if not people:
        raise Invalid([Problem("papers_web.no_panel")])
    title = sayer(language)("papers_web.sheet")
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, (expert_id, name) in enumerate(people, 1):
            path = Path(folder) / f"{number:02d} {title} {_file_name(name)}".rstrip()
            path = path.with_name(f"{path.name}.xlsx")
            write_form(
                rubric, path, step=about.policy.step, expert_id=expert_id, expert_name=name,
                platform=about.platform.name, kind=about.kind, language=language,
            )  # fmt: skip
            paths.append(path)
        ledger.audit("exported", by=by, at=now, subject=str(evaluation.pk), data={"papers": "sheets"})
        return f"{about.platform.name} {title}.zip", _zipped(paths)


def ask_bundle(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    stage: str,
    language: str,
    trip: Trip | None = None,
    id: UUID | None = None,
) -> Bundle:
    """Have the papers of a stage made for all evaluations of a programme, or of one of its trips.

    A worker makes them; asking twice under one id makes one bundle. Raises Invalid `papers_web.nothing` where
    there is no evaluation.
    """
    require(by, "visits.ask_bundle", programme)
    with transaction.atomic():
        total = _evaluations(programme, trip).count()
        if stage not in STAGES or not total:
            raise Invalid([Problem("papers_web.nothing")])
        given = {"programme": programme, "trip": trip, "stage": stage, "language": language}
        bundle, made = Bundle.objects.get_or_create(
            id=id or uuid7(), defaults={**given, "by": by, "asked": now, "total": total}
        )
        if made:
            ledger.audit("exported", by=by, at=now, subject=str(programme.pk), data={"papers": stage})
            ledger.later("visits.jobs.make_bundle", str(bundle.pk))
    return bundle


def make_bundle(*, bundle: Bundle, now: dt.datetime) -> None:
    """Make a bundle: a folder per evaluation; one that fails is told and does not stop the others."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            for number, evaluation in enumerate(_evaluations(bundle.programme, bundle.trip), 1):
                _add(package, number, evaluation, bundle)
                bundle.done = number
                bundle.save(update_fields=("done", "problems"))
        if len(bundle.problems) < bundle.done:
            _keep(bundle, file)
    bundle.finished = now
    with transaction.atomic():
        bundle.save(update_fields=("file", "finished"))
        notices.notify(
            to=bundle.by, code="papers_web.ready", data={"programme": bundle.programme.name},
            url=reverse("visits:bundle", args=[bundle.pk]), now=now,
        )  # fmt: skip


def _keep(bundle: Bundle, file: IO[bytes]) -> None:
    file.seek(0)
    bundle.file = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # a file on disk
    file.seek(0)
    if not default_storage.exists(_stored(bundle)):
        default_storage.save(_stored(bundle), File(file))


def _add(package: zipfile.ZipFile, number: int, evaluation: Evaluation, bundle: Bundle) -> None:
    name = f"{number:03d} {_file_name(evaluation.platform.name)}"
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            templates_of(evaluation.authority, bundle.language) as own,
        ):
            for path in papers.write_papers(
                bundle.stage, facts(evaluation), evaluation.rubric.as_domain(), None, Path(folder),
                language=bundle.language, templates=own,
            ):  # fmt: skip
                package.write(path, f"{name}/{path.name}")
    except Refused as refused:
        texts = [problem_text(bundle.language, problem) for problem in refused.problems]
    except Exception:
        log.exception("papers of %s", evaluation.pk)
        texts = [sayer(bundle.language)("papers_web.failed")]
    else:
        return
    bundle.problems.append({"evaluation": str(evaluation.pk), "name": name, "texts": texts})


def take_bundle(*, by: User, now: dt.datetime, bundle: Bundle) -> IO[bytes]:
    """Open a finished bundle to take it away.

    Raises Conflict `papers_web.not_ready` before, `papers_web.gone` once its file has expired.
    """
    require(by, "visits.ask_bundle", bundle.programme)
    if not bundle.finished:
        raise Conflict([Problem("papers_web.not_ready")])
    try:
        file = default_storage.open(_stored(bundle))
    except FileNotFoundError as error:
        raise Conflict([Problem("papers_web.gone")]) from error
    ledger.audit("exported", by=by, at=now, subject=str(bundle.pk), data={"papers": bundle.stage})
    return file


def drop_old_bundles(*, now: dt.datetime) -> int:
    """Delete the files of bundles older than KEPT; the rows stay and say that they have expired."""
    old = Bundle.objects.filter(asked__lt=now - KEPT).exclude(file="")
    for bundle in old:
        if not Bundle.objects.filter(file=bundle.file, asked__gte=now - KEPT).exists():
            default_storage.delete(_stored(bundle))
    return old.update(file="")


def replace_template(
    *,
    by: User,
    now: dt.datetime,
    authority: Organisation,
    paper: str,
    language: str,
    content: bytes,
    id: UUID | None = None,
) -> None:
    """Use the authority's own Word template for a paper from now on; it is tried on an example first.

    Raises Invalid with every fault of the template (documents.papers).
    """
    require(by, "visits.replace_template", authority)
    if paper not in OWN:
        raise Invalid([Problem("papers_web.no_such_paper", {"name": paper})])
    if len(content) > MOST_TEMPLATE:
        raise Invalid([Problem("papers.too_big", {"limit": MOST_TEMPLATE >> 20}, ("content",))])
    with tempfile.TemporaryDirectory() as folder:
        try_template(paper, content, language, Path(folder))
    with ledger.record(authority, "template.replaced", by=by, at=now, id=id) as entry:
        PaperTemplate.objects.update_or_create(
            authority=authority, paper=paper, language=language,
            defaults={"content": content, "uploaded": now, "uploaded_by": by},
        )  # fmt: skip
        entry.data = {"paper": paper, "language": language, "sha256": hashlib.sha256(content).hexdigest()}


def drop_template(
    *,
    by: User,
    now: dt.datetime,
    authority: Organisation,
    paper: str,
    language: str,
    id: UUID | None = None,
) -> None:
    """Go back to our template for a paper; Conflict `papers_web.no_template` where it is ours already."""
    require(by, "visits.drop_template", authority)
    with ledger.record(authority, "template.dropped", by=by, at=now, id=id) as entry:
        own = PaperTemplate.objects.filter(authority=authority, paper=paper, language=language)
        if not own.delete()[0]:
            raise Conflict([Problem("papers_web.no_template")])
        entry.data = {"paper": paper, "language": language}


def _evaluations(programme: Programme, trip: Trip | None) -> QuerySet[Evaluation]:
    found = Evaluation.objects.filter(programme=programme).exclude(head__phase=State.CANCELLED)
    if trip is not None:
        found = found.filter(trip=trip)
    related = ("head", "platform__operator", "platform__region", "programme", "authority", "rubric")
    return found.select_related(*related).order_by("platform__region_id", "platform__name")


def _stored(bundle: Bundle) -> str:
    return f"papers/{bundle.file}.zip"


def _zipped(paths: list[Path]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for path in paths:
            package.write(path, path.name)
    return held.getvalue()


def _file_name(name: str) -> str:
    return "".join("_" if c in '<>:"/\\|?*' or ord(c) < 32 else c for c in name).strip(" .")[:80]
