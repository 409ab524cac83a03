"""Tables as lines of a test, cells parted by bars, and what was read from them."""

import pytest

from zhiping.documents.standard.branches import shown
from zhiping.documents.standard.draft import read
from zhiping.documents.standard.table import Row
from zhiping.domain.errors import Invalid

HEAD = "一级指标|二级指标|内容要求|评分标准"
GRADES = ["等级|分值区间|评价情况", "优秀|≥90分|好", "合格|80≤x<90|可以", "不合格|<80分|不行"]
FULL = [
    "基础（60分）|机构（60分）|有机构|设立，60分；未设立，0分",
    "运行（40分）|服务（40分）|有服务|好，40分；差，0分",
]


def table(lines, name):
    return [Row(tuple(line.split("|")), f"{name}{n}") for n, line in enumerate(lines, 1)]


def draft(*tables):
    return read(
        [table(lines, "甲乙丙丁戊己"[n]) for n, lines in enumerate(tables)],
        name="t",
        version="1",
        title="评价表",
    )


def levels(found):
    return {name: shown(criterion.levels) for name, criterion in found.rubric.criteria.items()}


def doubts(found):
    return [(d.code, d.where, d.found, d.proposed) for d in found.doubts]


def refusal(*tables):
    with pytest.raises(Invalid) as caught:
        draft(*tables)
    return [problem.code for problem in caught.value.problems]


OVERVIEW = "一级指标|序号|二级指标|评估要点"
