"""Results from before this system: entered by hand, imported from a document, shown apart, compared with."""

import datetime as dt
import json
from fractions import Fraction
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.server.cast import NOW

from zhiping.domain.errors import Invalid, NotAllowed
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.scoring.actions import earlier
from zhiping.scoring.models import EarlierResult
from zhiping.scoring.queries.past import past

EXPECTED = Path(__file__).parents[1] / "expected"
YEAR = {
    "kind": "authority",
    "period_end": dt.date(2024, 12, 31),
    "grade": "qualified",
    "graded": Fraction(85),
}


def document(of, **other):
    """Return an example's result as a file of a platform."""
    found = json.loads((EXPECTED / "platform.json").read_text(encoding="utf-8"))
    found["platform"]["name"] = of.name
    return json.dumps({**found, **other}, ensure_ascii=False).encode()


def codes(refused):
    return [problem.code for problem in refused.value.problems]


def test_entered_result_is_in_the_platforms_history(cast, client_for):
    platform = cast.platform("a")
    earlier.add_earlier(Act(cast.officer_a, NOW), platform, **YEAR, note="原件存档")
    (one,) = past(platform.pk)
    assert (one.kind, one.period_end.year, one.grade, one.shown) == ("authority", 2024, "qualified", "85.00")
    page = client_for(cast.officer_a).get(reverse("dossier:platform", args=[platform.pk])).content.decode()
    assert "历年评价结果" in page
    assert "以往结果" in page
    assert list(verification.verify(platform.head)) == []


def test_same_kind_and_period_is_entered_once(cast):
    platform = cast.platform("a")
    earlier.add_earlier(Act(cast.officer_a, NOW), platform, **YEAR)
    with pytest.raises(Invalid) as refused:
        earlier.add_earlier(Act(cast.officer_a, NOW), platform, **YEAR)
    assert codes(refused) == ["results.earlier_taken"]
    earlier.add_earlier(Act(cast.officer_a, NOW), platform, **YEAR | {"kind": "self"})
    assert [one.kind for one in past(platform.pk)] == ["authority", "self"]


def test_period_to_come_is_refused(cast):
    with pytest.raises(Invalid) as refused:
        earlier.add_earlier(
            Act(cast.officer_a, NOW), cast.platform("a"), **YEAR | {"period_end": dt.date(2026, 12, 31)}
        )
    assert codes(refused) == ["dates.future"]


def test_imported_document_is_kept_whole(cast):
    platform = cast.platform("a")
    made = earlier.import_earlier(Act(cast.officer_a, NOW), platform, content=document(platform))
    assert (made.grade, made.graded, made.period_end) == ("excellent", "91", dt.date(2025, 8, 31))
    kept = EarlierResult.objects.get().document
    assert json.loads(kept) == json.loads(document(platform))
    assert list(verification.verify(platform.head)) == []


def test_wrong_document_is_refused_with_everything_at_once(cast):
    platform = cast.platform("a")
    content = document(platform, status="open", period=None, platform={"name": "别的平台"} | {
        "operator": "", "region": "", "address": "", "sites": []})  # fmt: skip
    with pytest.raises(Invalid) as refused:
        earlier.import_earlier(Act(cast.officer_a, NOW), platform, content=content)
    assert codes(refused) == ["results.other_platform", "results.not_concluded", "results.no_period"]
    with pytest.raises(Invalid) as refused:
        earlier.import_earlier(
            Act(cast.officer_a, NOW), platform, content=document(platform, grade=7, kind="x")
        )
    assert codes(refused) == ["result.value", "result.value"]
    with pytest.raises(Invalid) as refused:
        earlier.import_earlier(Act(cast.officer_a, NOW), platform, content=b"{")
    assert codes(refused) == ["result.unreadable"]
    assert EarlierResult.objects.count() == 0


def test_only_officers_over_the_platform_enter_results(cast):
    platform = cast.platform("a")
    for name in ("officer_b", "head", "staff", "lead", "outsider", "administrator"):
        with pytest.raises(NotAllowed):
            earlier.add_earlier(Act(getattr(cast, name), NOW), platform, **YEAR)
        with pytest.raises(NotAllowed):
            earlier.import_earlier(Act(getattr(cast, name), NOW), platform, content=document(platform))


def test_forms_enter_and_import(cast, client_for):
    platform, client = cast.platform("a"), client_for(cast.officer_a)
    typed = {"kind": "authority", "period_end": "2024-12-31", "grade": "qualified", "graded": "85.5"}
    assert client.post(reverse("scoring:add-earlier", args=[platform.pk]), typed).status_code == 302
    file = SimpleUploadedFile("result.json", document(platform))
    url = reverse("scoring:import-earlier", args=[platform.pk])
    assert client.post(url, {"content": file}).status_code == 302
    assert client.post(url, {"content": SimpleUploadedFile("x.json", b"[]")}).status_code == 422
    assert [one.graded for one in past(platform.pk)] == ["91", "85.5"]
