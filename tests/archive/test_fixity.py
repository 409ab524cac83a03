"""Periodic checks of stored packages: a changed byte is found and named, a sound package is not accused."""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from tests.archive.archiving import packed

from zhiping.archive.actions import fixity
from zhiping.archive.models import Fixity, Package
from zhiping.desk.queries import desk
from zhiping.ledger.act import Act
from zhiping.notices.models import Notice

MONTHS = dt.timedelta(days=60)


def stored(package):
    return Path(settings.EVIDENCE) / package.file[:2] / package.file


def changed(content, before, after):
    assert content.count(before)
    return content.replace(before, after, 1)


def test_mutated_package_is_found_named_and_shown(cast, client_for):
    evaluation = packed(cast)
    full, later = Package.objects.get(edition="full"), timezone.now() + MONTHS
    act = Act.clock(later)
    assert fixity.check_packages(act) == 2
    assert set(Fixity.objects.values_list("sound", flat=True)) == {True}
    assert fixity.check_packages(act) == 0
    content = stored(full).read_bytes()
    stored(full).chmod(0o600)
    stored(full).write_bytes(changed(content, b'"grade": "', b'"grade"; "'))
    fixity.check_packages(Act.clock(later + MONTHS))
    row = Fixity.objects.filter(sound=False).get()
    assert row.package == full
    assert any("result.json" in fault["zh"] for fault in row.faults)
    assert Notice.objects.filter(to=cast.administrator, code="archive.faulty").count() == 1
    assert "mend_package" in {task.code for task in desk(cast.archivist, later).tasks}
    client = client_for(cast.archivist)
    assert "result.json" in client.get(reverse("archive:fixity")).content.decode()
    page = client.get(reverse("archive:record", args=[evaluation.pk])).content.decode()
    assert ("核查发现问题" in page, "可以归档" in page) == (True, False)
    stored(full).unlink()
    found = fixity.check_package(act, full)
    assert [fault["code"] for fault in found.faults] == ["use.missing"]
