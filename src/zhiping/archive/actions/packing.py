"""Pack a record into both editions, seal, verify and check them: by a worker, and as often as it is asked."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, get_args
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from zhiping.archive.models import Package, Packing
from zhiping.archive.queries import checks as of_checks
from zhiping.archive.queries.contents import contents_of
from zhiping.archive.queries.record import RELATED
from zhiping.documents.package import verify
from zhiping.documents.package.building import Built, build, ensure_verified
from zhiping.documents.package.checks_page import checks_page
from zhiping.documents.package.contents import Edition
from zhiping.documents.package.recomputation import recompute
from zhiping.domain.errors import Refused
from zhiping.domain.transparency.note import signed_note
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import store
from zhiping.ledger import checkpoints, keys
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.texts.catalogue import LANGUAGES, problem_text, say, speaking
from zhiping.web.links import page

log = logging.getLogger("zhiping")


class Sealed(NamedTuple):
    """A package that was built and sealed, not stored yet."""

    id: UUID
    built: Built
    seal: str


def make_packages(act: Act, packing: Packing) -> None:
    """Pack a record: nothing is stored unless both editions were built, sealed and verified.

    A run that was interrupted leaves its files in a folder of its own, which the next run empties; one that
    has stored its packages is not made again. What fails is noted on the request and notified.
    """
    act.require("archive.make_packages")
    if packing.finished:
        return
    evaluation = Evaluation.objects.select_related(*RELATED).get(pk=packing.evaluation_id)
    try:
        if not Package.objects.filter(pk=_id(packing, Package.Edition.FULL)).exists():
            _make(act, evaluation, packing)
    except Refused as refused:
        packing.problems = [_texts(problem) for problem in refused.problems]
    except Exception:
        log.exception("package of %s", evaluation.pk)
        packing.problems = [{one: _in(one, "archive.failed") for one in LANGUAGES}]
    packing.finished = act.now
    with transaction.atomic():
        packing.save(update_fields=("problems", "finished"))
        notices.notify(
            to=packing.by, code="archive.not_packed" if packing.problems else "archive.packed",
            data={"platform": evaluation.platform.name}, url=page("record", evaluation), now=act.now,
        )  # fmt: skip


def _make(act: Act, evaluation: Evaluation, packing: Packing) -> None:
    checkpoints.sign_grown(now=act.now)
    with _workshop(packing) as folder:
        full, public = (_sealed(act, evaluation, packing, one, folder) for one in get_args(Edition))
        _store(act, evaluation, packing, full, public)


def _id(packing: Packing, edition: str) -> UUID:
    """Return the id of a package, which follows from the request: a repeated run has the same."""
    return uuid5(packing.pk, edition)


def _in(language: str, key: str) -> str:
    with speaking(language):
        return say(key)


def _texts(problem: Any) -> dict[str, str]:
    texts = {}
    for one in LANGUAGES:
        with speaking(one):
            texts[one] = problem_text(problem)
    return texts


@contextmanager
def _workshop(packing: Packing) -> Iterator[Path]:
    """Give an empty folder for a request, and remove it with everything left in it."""
    folder = Path(settings.UPLOADS) / "packing" / str(packing.evaluation_id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _step(packing: Packing, name: str) -> None:
    packing.done = Packing.STEPS.index(name) + 1
    packing.save(update_fields=("done",))


def _sealed(act: Act, evaluation: Evaluation, packing: Packing, edition: Edition, folder: Path) -> Sealed:
    """Build an edition and sign its seal."""
    package_id = _id(packing, edition)
    contents = contents_of(evaluation, edition, package_id, act.now)
    _step(packing, "files" if edition == "full" else "full")
    built = build(contents, folder / f"{contents.name}.zip")
    _step(packing, edition)
    key = keys.own()
    text = built.seal_text(key.name)
    return Sealed(package_id, built, signed_note(text, key.name, key.id, key.private.sign(text.encode())))


def _store(act: Act, evaluation: Evaluation, packing: Packing, full: Sealed, public: Sealed) -> None:
    """Check both packages, put them into the store and record their seals."""
    with (
        closing(verify.opened(full.built.path)) as first,
        closing(verify.opened(public.built.path)) as second,
    ):
        found = of_checks.checks_of(evaluation, _verified(first, full), _verified(second, public))
    _step(packing, "check")
    report = _kept_page(evaluation, full, found)
    with transaction.atomic():
        for one in (full, public):
            seal_package(act, evaluation, one, checks=found, report=report)


def _verified(source: Any, one: Sealed) -> of_checks.Packed:
    report = verify.verify(source, verify.parse_keys("\n".join(keys.named())), one.seal)
    recompute(source, report)
    ensure_verified(report)
    return of_checks.Packed(report, source)


def _kept_page(evaluation: Evaluation, full: Sealed, found: list[dict[str, str]]) -> str:
    """Put the page of the checks into the store; return its SHA-256."""
    path = full.built.path.with_suffix(".html")
    title = f"{evaluation.platform.name} {evaluation.record.year}"
    path.write_text(checks_page(title, str(full.id), found), encoding="utf-8")
    return store.keep(path).sha256


def seal_package(
    act: Act, evaluation: Evaluation, sealed: Sealed, *, checks: list[dict[str, str]], report: str
) -> None:
    """Put a package into the store, and record its seal, so that another one in its place is found."""
    stored, built = store.keep(sealed.built.path), sealed.built
    with act.move(evaluation, "seal_package") as entry:
        entry.data = built.event()
        entry.add(
            Package(
                id=sealed.id, evaluation=evaluation, edition=built.edition, file=stored.sha256,
                size=stored.size, files=built.files, seal=sealed.seal, made=act.now, checks=checks,
                report=report,
            )
        )  # fmt: skip
