"""Check that stored packages are what was sealed: periodically by a worker, or when it is asked."""

import datetime as dt
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from zhiping.accounts.models import Role, User
from zhiping.archive.models import Fixity, Package
from zhiping.documents.package import verify
from zhiping.evidence import store
from zhiping.ledger import actions as ledger
from zhiping.ledger import keys
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.web.links import page

EVERY = dt.timedelta(days=30)
AGAIN = dt.timedelta(days=1)  # a package that was faulty
MOST = 200  # packages of one run, so that a large archive is spread over days
CHECKED = "package.checked"  # what the audit log calls a check


def ask_check(act: Act, package: Package) -> None:
    """Have a worker check a package now."""
    act.require("archive.ask_check", package)
    ledger.enqueue("zhiping.archive.jobs.check_package", str(package.pk))


def check_packages(act: Act) -> int:
    """Check the packages whose last check is old, the oldest first; return how many."""
    act.require("archive.check_packages")
    due = list(_due(act.now)[:MOST])
    for package in due:
        check_package(act, package)
    return len(due)


def _due(now: dt.datetime) -> QuerySet[Package]:
    last = Fixity.objects.filter(package=OuterRef("pk"))
    rows = Package.objects.annotate(
        checked=Subquery(last.values("at")[:1]), sound=Subquery(last.values("sound")[:1])
    )
    old = Q(checked__isnull=True, made__lt=now - EVERY) | Q(checked__lt=now - EVERY)
    return rows.filter(old | Q(sound=False, checked__lt=now - AGAIN)).order_by("checked", "made")


def check_package(act: Act, package: Package) -> Fixity:
    """Verify a stored package with its seal and keep the outcome; notify of faults."""
    act.require("archive.check_packages")
    faults = found_in(package)
    with transaction.atomic():
        row = Fixity.objects.create(package=package, at=act.now, sound=not faults, faults=faults)
        data = {"package": str(package.pk), "faults": len(faults)}
        ledger.audit(CHECKED, by=act.by, at=act.now, subject=str(package.evaluation_id), data=data)
        if faults:
            _notify(act, package)
    return row


def found_in(package: Package) -> list[dict[str, Any]]:
    """Return the faults of a stored package, in the words of the verifier."""
    found = store.found(package.file)
    if not found:
        return [_fault("use.missing", path=package.file)]
    with store.working_folder() as folder:
        path = Path(folder) / "package.zip"
        with store.open_file(package.file) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, store.PIECE)
        return _verified(path, package)


def _verified(path: Path, package: Package) -> list[dict[str, Any]]:
    try:
        with closing(verify.opened(path)) as source:
            trusted = verify.parse_keys("\n".join(keys.named()))
            report = verify.verify(source, trusted, package.seal)
    except verify.Unusable as error:
        return [_fault(error.code, **error.data)]
    return [_said(fault) for fault in report.faults]


def _fault(code: str, **data: Any) -> dict[str, Any]:
    return _said({"code": code, **data})


def _said(fault: dict[str, Any]) -> dict[str, Any]:
    return {"code": fault["code"], **{one: verify.sentence(fault, one) for one in ("zh", "en")}}


def _notify(act: Act, package: Package) -> None:
    record = package.evaluation.record
    keeper = User.objects.filter(
        memberships__organisation=record.organisation, memberships__role=Role.ARCHIVIST, is_active=True
    )
    office = User.objects.filter(office=User.Office.ADMINISTRATOR, is_active=True)
    people = list({person.pk: person for person in (*keeper, *office)}.values())
    data, url = {"platform": package.evaluation.platform.name}, page("record", package.evaluation)
    notices.notify(to=people, code="archive.faulty", data=data, url=url, now=act.now)
