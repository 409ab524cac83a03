"""What the tests of standards share: own documents of the genre, Word files made of them, what was read."""

from itertools import groupby
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, settings

from zhiping.documents.files import rubric_file
from zhiping.documents.standard import standard_file
from zhiping.documents.standard.branches import shown
from zhiping.domain.errors import Invalid
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

OWN = Path(__file__).parent / "standards"
STATION = OWN / "便民服务站.txt"
STATION_LEVELS = {
    "1.1": "10 / 0",
    "1.2": "10 / 0~6",
    "2.1": "10 / 0~5",
    "2.2": "20 / 0~15 (5)",
    "3.1": "15 / 8~12 / 0",
    "3.2": "10 / 0",
    "4.1": "15 / 10 / 0",
    "4.2": "10 / 0~4",
    "B.1": "0~2 (0.5)",
    "B.2": "3 / 2 / 1",
}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def levels(draft):
    return {name: shown(criterion.levels) for name, criterion in draft.rubric.criteria.items()}


def doubts(draft):
    return [(doubt.code, doubt.where, doubt.found, doubt.proposed) for doubt in draft.doubts]


def refusal(path):
    with pytest.raises(Invalid) as caught:
        standard_file.read(path)
    (problem,) = caught.value.problems
    assert problem.where == (path.name,)
    for language in LANGUAGES:
        with speaking(language):
            assert problem_text(problem).startswith(path.name)
    return problem.code


def written(folder, data, name="标准.docx"):
    path = folder / name
    path.write_bytes(data)
    return path


def assert_loads_back(draft):
    again = rubric_file.loads(rubric_file.dumps(draft.rubric, draft.doubts))
    assert (again.problems, again.rubric, again.doubts) == ((), draft.rubric, draft.doubts)


def read_or_refuse(path):
    """The draft, which loads back; or the code of the one refusal, which has its words."""
    try:
        draft = standard_file.read(path)
    except Invalid:
        return refusal(path)
    assert_loads_back(draft)
    return draft


def as_word(lines):
    """Set lines as a Word document: runs of tabbed lines are tables, labels merged downwards."""
    document = docx.Document()
    for tabbed, group in groupby(lines, lambda line: "\t" in line):
        if not tabbed:
            for line in group:
                document.add_paragraph(line)
            continue
        rows = [line.split("\t") for line in group]
        table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
        for r, row in enumerate(rows):
            for c, words in enumerate(row):
                table.cell(r, c).text = words
        merge_blanks(table, rows)
    return document


def merge_blanks(table, rows):
    for column in range(min(3, len(rows[0]))):
        start = 1
        while start < len(rows):
            end = start
            while end + 1 < len(rows) and not rows[end + 1][column].strip():
                end += 1
            table.cell(start, column).merge(table.cell(end, column)).text = rows[start][column]
            start = end + 1


def saved(document, folder, name="标准.docx"):
    document.save(folder / name)
    return folder / name


def table_of(document, *rows):
    table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            table.cell(r, c).text = words
    return table


HEAD = ("一级指标", "二级指标", "内容要求", "评分标准")
