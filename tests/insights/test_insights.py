"""The figures of an authority: right to the last fraction, of its own regions only, each with its rows."""

import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.reporting.reporting import concluded
from tests.server import insider
from tests.server.cast import NOW

from zhiping.domain.errors import NotAllowed
from zhiping.domain.spread import LEAST
from zhiping.improvement.models import Action
from zhiping.insights import actions, pages, queries
from zhiping.insights.models import Digest
from zhiping.ledger.act import Act
from zhiping.scoring.models import Result
from zhiping.scoring.queries.past import document_of

CLOCK = Act.clock(NOW)
EXPECTED = Path(__file__).parents[1] / "expected"


@pytest.fixture
def evaluation(cast):
    """A concluded evaluation in region A that lost points in 4.1, digested."""
    made = concluded(cast)
    assert actions.digest_results(CLOCK) == 1
    return made


def facts(grade="excellent", **changes):
    """Return the figures of the published example, changed."""
    document = json.loads((EXPECTED / "platform.json").read_text("utf-8"))
    return queries._facts({**actions.facts_of(document), "grade": grade, **changes})


# --- the digest --------------------------------------------------------------


def test_a_digest_has_the_numbers_of_the_result(evaluation):
    document, digest = document_of(Result.objects.get()), Digest.objects.get()
    assert digest.facts["graded"] == document["score"]["graded"]
    assert digest.facts["lost"] == {
        c["id"]: [c["lost"], c["reasons"]] for c in document["criteria"] if c["lost"] not in (None, "0")
    }
    assert digest.facts["alpha"] == document["agreement"]["alpha"]
    assert actions.digest_results(CLOCK) == 0


def test_a_digest_names_no_expert(evaluation):
    text = json.dumps(Digest.objects.get().facts)
    document = document_of(Result.objects.get())
    names = {value for sheet in document["sheets"] for value in (sheet["expert_id"], sheet["name"])}
    assert names
    assert not any(name in text for name in names)


def test_a_corrected_result_replaces_the_digest(evaluation):
    row = Result.objects.get()
    row.pk, row.version, row.sha256 = None, 2, "f" * 64
    row._state.adding = True
    row.id = Result._meta.get_field("id").get_default()
    row.save()
    assert actions.digest_results(CLOCK) == 1
    assert [one.version for one in Digest.objects.all()] == [2]


def test_a_result_disposed_of_leaves_no_digest(evaluation):
    other = Digest.objects.get()
    insider.unguard()
    Result.objects.all()._raw_delete(connection.alias)
    actions.digest_results(CLOCK)
    assert not Digest.objects.filter(pk=other.pk).exists()


# --- the sums ----------------------------------------------------------------


def test_shares_are_sums_by_sums_and_exact():
    one = facts(scores={"1": ["1/3", "2"], "2": ["5", "5"]})
    other = facts(scores={"1": ["1.5", "4"], "2": ["0", "5"]})
    row = queries._row("150100", "甲市", [one, other])
    assert row.cells == [Fraction(1, 3) / 6 + Fraction(3, 2) / 6, Fraction(1, 2)]
    assert row.mean == 91


def test_losses_count_results_points_and_reasons():
    one = facts(lost={"1.1": ["1/2", ["甲", "乙"]], "2.1": ["1", ["丙"]]})
    other = facts(lost={"1.1": ["1", ["甲"]]})
    assert queries._losses([one, other]) == [
        queries.Loss("1.1", 2, Fraction(3, 2), [("甲", 2), ("乙", 1)]),
        queries.Loss("2.1", 1, Fraction(1), [("丙", 1)]),
    ]


def test_an_interval_needs_sheets_enough():
    few = queries._year(2026, [facts(severity=["1"] * (LEAST - 1))])
    many = queries._year(2026, [facts(severity=["1"] * LEAST)])
    assert pages._middle(few, few.severity) == ("1.00", "份数不足")
    assert pages._middle(many, many.severity) == ("1.00", "1.00～1.00")
    assert pages._middle(few, None) == ("", "")


def test_results_under_another_rubric_are_counted_apart(cast, evaluation):
    other = facts(rubric="0" * 64)
    found = queries.insights(cast.officer)
    assert (found.count, found.others) == (1, 0)
    assert other.rubric != found.rubric.wording_sha256


def test_findings_are_counted_by_what_became_of_them(cast, evaluation):
    done = {"done": NOW, "done_by": cast.staff, "outcome": "已更换"}
    rows = [done, {**done, "verdict": "accepted"}, {}]
    for number, values in enumerate(rows):
        Action.objects.create(evaluation=evaluation, criterion=f"1.{number}", **values)
    assert queries.improved(cast.officer, "150100") == [queries.Improved(evaluation.period_end.year, 3, 2, 1)]
    assert queries.improved(cast.officer, "150200") == queries.improved(cast.officer_b, "") == []


# --- who sees what -----------------------------------------------------------


def test_an_officer_sees_the_own_regions_only(cast, evaluation):
    assert queries.insights(cast.officer).count == 1
    assert queries.insights(cast.officer_a).count == 1
    assert queries.insights(cast.officer_b).count == 0
    with pytest.raises(NotAllowed):
        queries.insights(cast.head)


def test_another_region_changes_nothing_of_the_page(cast, client_for):
    """T7: the page of an officer is the same with and without a result of another region."""
    client = client_for(cast.officer_b)
    before = client.get("/insights/").content.decode()
    concluded(cast)
    actions.digest_results(CLOCK)
    after = client.get("/insights/").content.decode()
    assert before[before.index("<main") :] == after[after.index("<main") :]
    assert "4.1" in client_for(cast.officer_a).get("/insights/").content.decode()


# --- the page ----------------------------------------------------------------


def test_every_figure_leads_to_its_rows(cast, evaluation, client_for):
    client = client_for(cast.officer)
    page = client.get("/insights/").context["page"]
    links = {cell.url for table in page.tables for row in table.rows for cell in row if cell.url}
    assert len(links) > 5
    for url in links:
        assert client.get(url).status_code == 200, url
    (loss,) = [row for table in page.tables if table.key == "losses" for row in table.rows]
    listed = client.get(loss[0].url).content.decode()
    assert evaluation.platform.name in listed
    assert "评议认定" in listed


def test_rows_of_another_criterion_are_none(cast, evaluation, client_for):
    page = client_for(cast.officer).get("/insights/results", {"criterion": "1.1"})
    assert page.context["listing"].total == 0


def test_a_region_is_looked_into(cast, evaluation, client_for):
    client = client_for(cast.officer)
    whole, city = (client.get("/insights/", {"region": code}).context["page"] for code in ("", "150100"))
    grids = [next(t for t in page.tables if t.key == "grid") for page in (whole, city)]
    assert [row[0].text for row in grids[0].rows] == ["合计", "呼和浩特市"]
    assert grids[1].rows[0][0].text == "合计"
    assert client.get("/insights/", {"region": "150200"}).context["page"].year is None


def test_the_spreadsheet_has_the_tables_of_the_page(cast, evaluation, client_for):
    client = client_for(cast.officer)
    page = client.get("/insights/").context["page"]
    answer = client.post("/insights/", {"export": "xlsx"})
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == [table.title[:31] for table in page.tables]
    for table in page.tables:
        rows = [[cell.value or "" for cell in row] for row in book[table.title[:31]].iter_rows(min_row=2)]
        shown = [[cell.text for cell in row] for row in table.rows]
        assert [row[: len(table.headings)] for row in rows[: len(shown)]] == shown


def test_nonsense_in_the_address_is_left_out(cast, evaluation, client_for):
    client = client_for(cast.officer)
    for query in ({"year": "x"}, {"year": "9" * 400}, {"region": "'"}, {"year": "²"}):
        assert client.get("/insights/", query).status_code == 200


def test_the_page_needs_the_same_statements_at_any_size(cast, evaluation, client_for):
    client = client_for(cast.officer)
    client.get("/insights/")
    with CaptureQueriesContext(connection) as caught:
        client.get("/insights/")
    assert len(caught) == 8
