"""Make the papers of an evaluation at once, or of a programme by a worker; replace templates."""

import datetime as dt
import hashlib
import io
import logging
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from zhiping.accounts.models import Organisation
from zhiping.documents.papers.word import papers, stages
from zhiping.documents.papers.word.example import try_template
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.documents.spreadsheets.tables.overview import Outcome, write_overview
from zhiping.domain.errors import Conflict, Invalid, Refused
from zhiping.domain.evaluation import Evaluation as Facts
from zhiping.domain.lifecycle import ISSUED, State
from zhiping.domain.programme import shared
from zhiping.domain.result_document import Result
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.texts.catalogue import problem_text, say, speaking
from zhiping.visits.models import Bundle, PaperTemplate
from zhiping.visits.queries import BUNDLES, STAGES, facts, facts_for, programme_facts, templates_of

KEPT = dt.timedelta(days=30)
MOST_TEMPLATE = 5 * 2**20
OWN = tuple(  # an authority may replace these: a report is tried out with a whole result only
    name for stage in (*STAGES, "after") for name in stages.STAGES[stage] if name not in stages.REPORTS
)
log = logging.getLogger("zhiping")


def make_papers(
    act: Act, evaluation: Evaluation, *, stage: str, language: str, name: str = ""
) -> tuple[str, bytes]:
    """Make the papers of a stage, or the one called `name`; return a file name with its content.

    A whole stage is a zip. The export is recorded in the audit log. Raises Invalid
    `papers_web.no_such_paper`.
    """
    act.require("visits.make_papers", evaluation)
    about = facts_for(act.by, evaluation)
    return written_papers(act, evaluation, about, None, stage=stage, language=language, name=name)


def written_papers(
    act: Act, evaluation: Evaluation, about: Facts, result: Result | None, *,
    stage: str, language: str, name: str = "",
) -> tuple[str, bytes]:  # fmt: skip
    """Make papers from what they say, and record the export; raises as `make_papers`."""
    with (
        speaking(language),
        tempfile.TemporaryDirectory() as folder,
        templates_of(evaluation.authority) as own,
    ):
        written = papers.write_papers(
            stage, about, evaluation.rubric.as_domain(), result, Path(folder), templates=own,
        )  # fmt: skip
        if name and name not in stages.STAGES[stage]:
            raise Invalid.of("papers_web.no_such_paper", name=name[:60])
        if name:
            title = papers.title(name)
            written = [path for path in written if path.stem.partition(" ")[2] == title]
        if not written:
            raise Invalid.of("papers_web.no_such_paper", name=name or stage)
        ledger.audit(
            "exported", by=act.by, at=act.now, subject=str(evaluation.pk), data={"papers": name or stage}
        )
        if name:
            return f"{evaluation.platform.name} {written[0].name.partition(' ')[2]}", written[0].read_bytes()
        stage_name = say(f"papers_web.stages.{stage}")
        return f"{evaluation.platform.name} {stage_name}.zip", _zipped(written)


def make_sheets(act: Act, evaluation: Evaluation, *, language: str) -> tuple[str, bytes]:
    """Make an empty scoring sheet for each member, names, step and hashes filled in, as one zip."""
    act.require("visits.make_papers", evaluation)
    about, rubric = facts(evaluation), evaluation.rubric.as_domain()
    common = about.policy.method == "panel"
    people = [("", "")] if common else [(e.id, e.name) for e in about.panel or ()]
    if not people:
        raise Invalid.of("papers_web.no_panel")
    with speaking(language), tempfile.TemporaryDirectory() as folder:
        title = say("papers_web.sheet")
        paths = []
        for number, (expert_id, name) in enumerate(people, 1):
            path = Path(folder) / f"{number:02d} {title} {_file_name(name)}".rstrip()
            path = path.with_name(f"{path.name}.xlsx")
            write_form(
                rubric, path, step=about.policy.step, expert_id=expert_id, expert_name=name,
                platform=about.platform.name, kind=about.kind,
            )  # fmt: skip
            paths.append(path)
        ledger.audit("exported", by=act.by, at=act.now, subject=str(evaluation.pk), data={"papers": "sheets"})
        return f"{about.platform.name} {title}.zip", _zipped(paths)


def ask_bundle(
    act: Act, programme: Programme, *, stage: str, language: str, trip: Trip | None = None
) -> Bundle:
    """Let a worker make the papers of a stage for all evaluations of a programme, or of one of its trips.

    A repeated request makes no second bundle. Raises Invalid `papers_web.nothing` where there is no
    evaluation.
    """
    act.require("visits.ask_bundle", programme)
    with transaction.atomic():
        total = _evaluations(programme, trip, stage).count()
        if stage not in BUNDLES or not total:
            raise Invalid.of("papers_web.nothing")
        given = {"programme": programme, "trip": trip, "stage": stage, "language": language}
        bundle, made = Bundle.objects.get_or_create(
            id=act.id or uuid7(), defaults={**given, "by": act.by, "asked": act.now, "total": total}
        )
        if made:
            ledger.audit("exported", by=act.by, at=act.now, subject=str(programme.pk), data={"papers": stage})
            ledger.enqueue("zhiping.visits.jobs.make_bundle", str(bundle.pk))
    return bundle


def make_bundle(act: Act, bundle: Bundle) -> None:
    """Make a bundle: a folder for each evaluation; one that fails is noted and does not stop the others."""
    act.require("visits.make_bundle")
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            evaluations = _evaluations(bundle.programme, bundle.trip, bundle.stage)
            for number, evaluation in enumerate(evaluations, 1):
                _add(package, number, evaluation, bundle)
                bundle.done = number
                bundle.save(update_fields=("done", "problems"))
            if bundle.stage == "after" and bundle.trip is None:
                _add_together(package, evaluations, bundle)
        if len(bundle.problems) < bundle.done:
            _keep(bundle, file)
    bundle.finished = act.now
    with transaction.atomic():
        bundle.save(update_fields=("file", "finished"))
        notices.notify(
            to=bundle.by, code="papers_web.ready", data={"programme": bundle.programme.name},
            url=reverse("visits:bundle", args=[bundle.pk]), now=act.now,
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
            speaking(bundle.language),
            tempfile.TemporaryDirectory() as folder,
            templates_of(evaluation.authority) as own,
        ):
            about, result = facts_of(bundle.stage, evaluation)
            for path in papers.write_papers(
                bundle.stage, about, evaluation.rubric.as_domain(), result, Path(folder), templates=own,
            ):  # fmt: skip
                package.write(path, f"{name}/{path.name}")
    except Refused as refused:
        with speaking(bundle.language):
            texts = [problem_text(problem) for problem in refused.problems]
    except Exception:
        log.exception("papers of %s", evaluation.pk)
        with speaking(bundle.language):
            texts = [say("papers_web.failed")]
    else:
        return
    bundle.problems.append({"evaluation": str(evaluation.pk), "name": name, "texts": texts})


def facts_of(stage: str, evaluation: Evaluation) -> tuple[Facts, Result | None]:
    """Return what the papers of a stage contain; those after the result contain a later stage's (ADR 29)."""
    if stage != "after":
        return facts(evaluation), None
    found: tuple[Facts, Result] = import_string(settings.CONCLUDED)(evaluation)
    return found


def _add_together(package: zipfile.ZipFile, evaluations: QuerySet[Evaluation], bundle: Bundle) -> None:
    """Add what names all platforms whose report was issued: 通报, 公示 and the overview of the region.

    Self-evaluations are in the overview only.
    """
    issued = [one for one in evaluations if one.reached in ISSUED]
    if not issued:
        return
    known = [facts_of(bundle.stage, one) for one in issued]
    led = [(about, result) for about, result in known if about.kind == "authority"]
    rubric, programme = issued[0].rubric.as_domain(), bundle.programme
    with (
        speaking(bundle.language),
        tempfile.TemporaryDirectory() as folder,
        templates_of(programme.authority) as own,
    ):
        overview = Path(folder) / f"{say('tables.overview.title')}.xlsx"
        write_overview([Outcome(a.platform.name, result) for a, result in known], rubric, overview)
        written = [overview]
        if led:
            about = shared([about for about, _ in led], programme_facts(programme))
            results = [result for _, result in led if result]
            written += papers.write_programme_papers(about, rubric, results, Path(folder), templates=own)
        for path in written:
            package.write(path, path.name)


def take_bundle(act: Act, bundle: Bundle) -> IO[bytes]:
    """Open the file of a finished bundle and record the download in the audit log.

    Raises Conflict `papers_web.not_ready` before, `papers_web.gone` once its file has expired.
    """
    act.require("visits.ask_bundle", bundle.programme)
    if not bundle.finished:
        raise Conflict.of("papers_web.not_ready")
    try:
        file = default_storage.open(_stored(bundle))
    except FileNotFoundError as error:
        raise Conflict.of("papers_web.gone") from error
    ledger.audit("exported", by=act.by, at=act.now, subject=str(bundle.pk), data={"papers": bundle.stage})
    return file


def drop_old_bundles(act: Act) -> int:
    """Delete the files of bundles older than KEPT; the rows stay and show that they have expired."""
    act.require("visits.drop_old_bundles")
    old = Bundle.objects.filter(asked__lt=act.now - KEPT).exclude(file="")
    for bundle in old:
        if not Bundle.objects.filter(file=bundle.file, asked__gte=act.now - KEPT).exists():
            default_storage.delete(_stored(bundle))
    return old.update(file="")


def replace_template(act: Act, authority: Organisation, *, paper: str, language: str, content: bytes) -> None:
    """Use the authority's own Word template for a paper from now on; it is tried on an example first.

    Raises Invalid with every fault of the template (documents.papers).
    """
    act.require("visits.replace_template", authority)
    if paper not in OWN:
        raise Invalid.of("papers_web.no_such_paper", name=paper)
    if len(content) > MOST_TEMPLATE:
        raise Invalid.of("papers.too_big", "content", limit=MOST_TEMPLATE >> 20)
    with speaking(language), tempfile.TemporaryDirectory() as folder:
        try_template(paper, content, Path(folder))
    with act.record("visits.replace_template", authority, "template.replaced") as entry:
        values = {"content": content, "uploaded": act.now, "uploaded_by": act.by}
        if template := _template(authority, paper, language):
            entry.change(template, **values)
        else:
            entry.add(PaperTemplate(authority=authority, paper=paper, language=language, **values))


def drop_template(act: Act, authority: Organisation, *, paper: str, language: str) -> None:
    """Use the bundled template again; Conflict `papers_web.no_template` where the authority has none."""
    with act.record("visits.drop_template", authority, "template.dropped") as entry:
        template = _template(authority, paper, language)
        if template is None:
            raise Conflict.of("papers_web.no_template")
        entry.remove(template)


def _template(authority: Organisation, paper: str, language: str) -> PaperTemplate | None:
    return PaperTemplate.objects.filter(authority=authority, paper=paper, language=language).first()


def _evaluations(programme: Programme, trip: Trip | None, stage: str) -> QuerySet[Evaluation]:
    """Return the evaluations for which a stage's papers can be made; after the result: those with one."""
    evaluations = Evaluation.objects.filter(programme=programme).exclude(head__phase=State.CANCELLED)
    if stage == "after":
        evaluations = evaluations.exclude(grade="")
    if trip is not None:
        evaluations = evaluations.filter(trip=trip)
    related = ("head", "platform__operator", "platform__region", "programme", "authority", "rubric")
    return evaluations.select_related(*related).order_by("platform__region_id", "platform__name")


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
