"""Pages of the archive: what each reader sees and does."""

import pytest
from django.urls import reverse
from tests.archive.archiving import REASON, archived, closed, fresh, packed

from zhiping.archive import jobs
from zhiping.archive.models import Fixity, Package, Packing, Record
from zhiping.ledger.models import Audit


def url(name, *arguments):
    return reverse(f"archive:{name}", args=arguments)


def text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_archivist_archives_on_the_pages(cast, client_for):
    evaluation, client = closed(cast), client_for(cast.archivist)
    page = url("record", evaluation.pk)
    assert "尚未归档" in text(client, page)
    assert f"为{evaluation.platform.name}的评价归档" in text(client, reverse("desk:desk"))
    form = client.get(url("open-record", evaluation.pk)).context["form"]
    assert form["retention"].value() == "30"
    values = {"retention": "permanent", "reason": REASON}
    assert client.post(url("open-record", evaluation.pk), values).url == page
    assert "第 0 步，共 4 步" in text(client, page)
    jobs.make_packages.call(str(Packing.objects.get().pk))
    shown = text(client, page)
    assert ("可以归档" in shown, "真实性" in shown, "不符合" in shown) == (True, True, False)
    assert client.post(url("archive-evaluation", evaluation.pk)).url == page
    assert fresh(evaluation).head.phase == "archived"
    assert "已归档" in text(client, page)
    assert "永久" in text(client, url("records"))
    assert Record.objects.get().retention == "permanent"


def test_page_of_an_archived_evaluation_leads_to_its_record(cast, client_for):
    evaluation = archived(cast)
    for person in (cast.officer, cast.staff, cast.lead):
        client = client_for(person)
        assert url("record", evaluation.pk) in text(
            client, reverse("dossier:evaluation", args=[evaluation.pk])
        )
        assert "已归档" in text(client, url("record", evaluation.pk))


def test_public_edition_alone_is_for_the_operator(cast, client_for):
    evaluation = archived(cast)
    full, public = (Package.objects.get(edition=one) for one in ("full", "public"))
    client = client_for(cast.staff)
    shown = text(client, url("record", evaluation.pk))
    assert (full.file in shown, public.file in shown) == (False, True)
    assert client.post(url("take-package", full.pk)).status_code == 403
    assert client.post(url("take-seal", full.pk)).status_code == 403
    assert b"".join(client.post(url("take-package", public.pk)).streaming_content)[:2] == b"PK"
    assert "/package/" in client.post(url("take-seal", public.pk)).content.decode()
    assert client.get(url("access", evaluation.pk)).status_code == 403
    shown = text(client_for(cast.archivist), url("access", evaluation.pk))
    assert ("公开版：归档包" in shown, cast.staff.name in shown) == (True, True)
    assert Audit.objects.filter(subject=str(evaluation.pk), data__package="full").count() == 0


def test_outsiders_and_other_regions_see_no_record(cast, client_for):
    evaluation = archived(cast)
    for person in (cast.outsider, cast.officer_b, cast.staff_b, cast.administrator):
        client = client_for(person)
        assert client.get(url("record", evaluation.pk)).status_code == 404
        assert client.post(url("take-package", Package.objects.first().pk)).status_code == 404
        assert evaluation.platform.name not in client.get(url("records")).content.decode()


def test_package_is_checked_when_it_is_asked(cast, client_for):
    evaluation, client = packed(cast), client_for(cast.archivist)
    package = Package.objects.get(edition="full")
    assert client.post(url("ask-check", package.pk)).url == url("record", evaluation.pk)
    jobs.check_package.call(str(package.pk))
    assert Fixity.objects.get().sound
    assert "核查无误" in text(client, url("fixity"))


@pytest.mark.parametrize("name", ["records", "years", "fixity"])
def test_lists_without_rows_say_so(cast, client_for, name):
    assert "还没有" in text(client_for(cast.archivist), url(name))
