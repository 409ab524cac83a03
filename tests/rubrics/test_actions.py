"""Publishing rubrics: permissions, refusals, immutability."""

from dataclasses import replace
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction
from tests.server.cast import NOW

from zhiping.documents.files import rubric_file
from zhiping.domain.doubt import Doubt
from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.domain.policy import STEPS
from zhiping.ledger import queries as ledger
from zhiping.ledger.act import Act
from zhiping.rubrics import actions, models, queries
from zhiping.rubrics.models import LegalMark, Rubric

TABLE = rubric_file.bundled()


def next_version(**changes):
    """Return a file of the bundled table as another version."""
    return rubric_file.dumps(replace(TABLE, **{"version": "2026", **changes}))


def codes(refused):
    return [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("name", ["officer", "administrator"])
def test_province_and_administrator_publish(cast, name):
    rubric = actions.publish(Act(getattr(cast, name), NOW), source=next_version())
    assert (rubric.version, rubric.published_by, rubric.head.phase) == (
        "2026", getattr(cast, name), "published",
    )  # fmt: skip
    assert rubric.wording_sha256 == replace(TABLE, version="2026").wording_sha256
    assert rubric.scale_sha256 == TABLE.scale_sha256
    [event] = ledger.timeline(rubric.pk)
    recorded = event.data["changes"]["rubrics_rubric"][str(rubric.pk)]
    assert (event.name, recorded["wording_sha256"]) == ("rubric.published", [None, rubric.wording_sha256])


@pytest.mark.parametrize("name", ["officer_a", "auditor", "head", "lead", "archivist", "outsider"])
def test_others_do_not_publish_withdraw_or_restore(cast, name):
    person, rubric = getattr(cast, name), cast.rubric
    with pytest.raises(NotAllowed):
        actions.publish(Act(person, NOW), source=next_version())
    with pytest.raises(NotAllowed):
        actions.withdraw(Act(person, NOW), rubric=rubric, reason="过时")
    with pytest.raises(NotAllowed):
        actions.restore(Act(person, NOW), rubric=rubric)
    assert Rubric.objects.count() == 1


def test_legal_marks_are_rows_with_their_step(cast):
    rows = LegalMark.objects.filter(rubric=cast.rubric).values_list("criterion", "points", "halves")
    whole, halves = STEPS
    for criterion in TABLE.criteria.values():
        legal = {Fraction(points): half for name, points, half in rows if name == criterion.id}
        assert sorted(legal) == list(criterion.marks(halves))
        assert sorted(mark for mark, half in legal.items() if not half) == list(criterion.marks(whole))


def test_publishing_the_same_wording_again_has_no_effect(cast):
    bundled = cast.rubric
    first = actions.publish(Act(cast.officer, NOW), source=next_version())
    again = actions.publish(Act(cast.administrator, NOW), source="# a remark\n" + next_version())
    assert (again, len(ledger.timeline(first.pk))) == (first, 1)
    assert (actions.publish_bundled(Act.clock(NOW)), Rubric.objects.count()) == (bundled, 2)


def test_same_version_with_another_wording_is_refused(cast):
    source = rubric_file.dumps(replace(TABLE, title=replace(TABLE.title, zh="另一张表")))
    with pytest.raises(Invalid) as refused:
        actions.publish(Act(cast.officer, NOW), source=source)
    assert codes(refused) == ["rubrics.version_taken"]


def test_open_doubts_and_inconsistent_tables_are_refused_with_their_places(cast):
    doubt = Doubt("D1", "gap", "第 5 行", "2 分", "按原文保留")
    with pytest.raises(Invalid) as refused:
        actions.publish(
            Act(cast.officer, NOW), source=rubric_file.dumps(replace(TABLE, version="2026"), [doubt])
        )
    assert codes(refused) == ["rubric.doubt"]
    settled = rubric_file.dumps(replace(TABLE, version="2026"), [replace(doubt, settled="同意")])
    assert actions.publish(Act(cast.officer, NOW), source=settled).version == "2026"
    unsound = next_version(bands=TABLE.bands[:1])
    with pytest.raises(Invalid) as refused:
        actions.publish(Act(cast.officer, NOW), source=unsound)
    assert codes(refused) == ["rubric.band_floor"]
    with pytest.raises(Invalid):
        actions.publish(Act(cast.officer, NOW), source="no = rubric")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"version": "2" * 41}, ("version",)),
        ({"id": "x" * 81}, ("rubric_id",)),
        ({"version": "2026\u0000"}, ("version",)),
        ({"title": replace(TABLE.title, zh="长" * 201)}, ("title",)),
        ({"title": replace(TABLE.title, en="two\nlines")}, ("title_en",)),
    ],
)
def test_names_too_long_for_their_column_are_refused(cast, changes, place):
    with pytest.raises(Invalid) as refused:
        actions.publish(Act(cast.officer, NOW), source=next_version(**changes))
    assert [(p.code, p.where) for p in refused.value.problems] == [("rubrics.bad_name", place)]


def test_table_with_too_many_marks_is_refused(cast, monkeypatch):
    monkeypatch.setattr(actions, "MOST_MARKS", 50)
    with pytest.raises(Invalid) as refused:
        actions.publish(Act(cast.officer, NOW), source=next_version())
    assert codes(refused) == ["rubrics.too_many_marks"]


def test_withdrawn_rubric_is_unavailable_until_restored(cast):
    rubric = cast.rubric
    actions.withdraw(Act(cast.officer, NOW), rubric=rubric, reason="有新版本")
    assert list(queries.available(cast.officer)) == []
    assert list(queries.visible_to(cast.officer)) == [rubric]
    with pytest.raises(Conflict) as refused:
        actions.withdraw(Act(cast.officer, NOW), rubric=rubric, reason="再一次")
    assert codes(refused) == ["ledger.not_now"]
    actions.restore(Act(cast.administrator, NOW), rubric=rubric)
    assert list(queries.available(cast.officer)) == [rubric]
    names = [(event.name, event.data) for event in ledger.timeline(rubric.pk)]
    assert names[:2] == [("rubric.restored", {}), ("rubric.withdrawn", {"reason": "有新版本"})]


def test_withdrawing_after_a_concurrent_change_is_a_conflict(cast):
    rubric, seen = cast.rubric, cast.rubric.head.size
    actions.withdraw(Act(cast.officer, NOW, expect=seen), rubric=rubric, reason="甲")
    actions.restore(Act(cast.officer, NOW), rubric=rubric)
    with pytest.raises(Conflict) as refused:
        actions.withdraw(Act(cast.administrator, NOW, expect=seen), rubric=rubric, reason="乙")
    assert codes(refused) == ["ledger.changed"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rubrics_rubric SET title = 'x'",
        "DELETE FROM rubrics_legalmark",
        "UPDATE rubrics_legalmark SET points = '2' WHERE points = '1'",
    ],
)
def test_database_refuses_to_change_published_rubrics(cast, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_table_is_cached_and_checked_against_its_hash(cast, django_assert_num_queries):
    models.table_of.cache_clear()
    rubric = cast.rubric
    with django_assert_num_queries(1):
        assert rubric.as_domain() == TABLE
        assert rubric.as_domain() is rubric.as_domain()
    models.table_of.cache_clear()
    altered = actions.publish(Act(cast.officer, NOW), source=next_version())
    altered.wording_sha256 = "0" * 64
    altered.pk, altered.version = cast.platform("a").head_id, "forged"
    altered.save(force_insert=True)
    with pytest.raises(Conflict) as refused:
        altered.as_domain()
    assert codes(refused) == ["rubrics.altered"]
