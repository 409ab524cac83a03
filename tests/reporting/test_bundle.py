"""Papers after the results of a whole programme: letters that name all platforms, overview of the region."""

import io
import zipfile

from docx import Document
from openpyxl import load_workbook
from tests.evaluations.test_programmes import add
from tests.reporting.reporting import accept, issue, sent
from tests.server.cast import NOW, unchecked

from zhiping.ledger.act import Act
from zhiping.operations.working import work
from zhiping.visits.actions import papers


def ask(cast, programme, trip=None):
    given = {"programme": programme, "trip": trip, "stage": "after", "language": "zh"}
    return papers.ask_bundle(Act(cast.officer, NOW), **given)


def files(cast, bundle):
    work(until_idle=True)
    bundle.refresh_from_db()
    assert bundle.problems == []
    with papers.take_bundle(Act(cast.officer, NOW), bundle=bundle) as file:
        package = zipfile.ZipFile(io.BytesIO(file.read()))
    return {name: package.read(name) for name in package.namelist()}


def text(content):
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def grouped(cast, evaluation):
    """Put an evaluation into a programme, although it is concluded; return the programme."""
    programme = add(cast, by="officer", authority="province")
    with unchecked(evaluation).move(evaluation, "change_letters") as entry:
        entry.change(evaluation, programme=programme)
    return programme


def test_announcement_of_a_programme_names_platforms_with_an_issued_report(committed):
    cast = committed
    evaluation = sent(cast)
    programme = grouped(cast, evaluation)
    before = files(cast, ask(cast, programme))
    assert {name.split("/")[0] for name in before} == {f"001 {evaluation.platform.name}"}
    accept(cast, evaluation)
    issue(cast, evaluation)
    found = files(cast, ask(cast, programme))
    together = {name for name in found if "/" not in name}
    assert together == {"评价总览.xlsx", "结果通报（汇总）.docx", "公示稿（汇总）.docx"}
    announced = text(found["结果通报（汇总）.docx"])
    assert evaluation.platform.name in announced
    overview = load_workbook(io.BytesIO(found["评价总览.xlsx"])).worksheets[0]
    assert evaluation.platform.name in [cell.value for row in overview.iter_rows() for cell in row]
