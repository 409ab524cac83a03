"""Results, issued reports and evidence for every evaluation of the data set that is over."""

import datetime as dt
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.dataset import NOW, STEP, Made

FOLDER = Path(__file__).parents[1] / "tests/expected"
WHERE = ("服务大厅", "线上平台", "公示栏", "咨询窗口", "业务系统", "档案室", "实验室", "网站首页")
WHAT = ("收费标准", "服务指南", "设备台账", "检定证书", "投诉记录", "人员名册", "应急预案", "满意度调查")
LACK = ("未及时更新", "缺少负责人签字", "与实际不一致", "部分内容缺失", "超过有效期", "未向社会公开")
FILES = 3  # of each evaluation


def write(made: Made, *, seed: int = 2) -> int:
    """Write them in bulk, without events; return the number of evaluations."""
    from zhiping.domain.lifecycle import ISSUED, State
    from zhiping.evaluations.models import Evaluation
    from zhiping.scoring.models import Result

    rng = random.Random(seed)
    over = list(Evaluation.objects.filter(head__phase__in=(State.CONCLUDED, *ISSUED)))
    document = json.loads((FOLDER / "platform.json").read_text("utf-8"))
    results = [_result(rng, one, document) for one in over]
    _insert(Result, results)
    _insert(*_editions(rng, results, made))
    _insert(*_evidence(rng, over, made))
    return len(over)


def _insert(model: Any, rows: Sequence[Any]) -> None:
    model.objects.bulk_create(rows, batch_size=STEP)


def reason(rng: random.Random) -> str:
    """Return a reason as members write them."""
    return f"{rng.choice(WHERE)}{rng.randrange(1, 40)}号{rng.choice(WHAT)}{rng.choice(LACK)}"


def _result(rng: random.Random, one: Any, document: dict[str, Any]) -> Any:
    """Return a result with reasons of its own, losses of its own and the grade of the example."""
    from zhiping.scoring.models import Result

    criteria = [
        {**c, "reasons": [reason(rng)]} if c["lost"] not in (None, "0") and rng.random() < 0.8 else c
        for c in document["criteria"]
    ]
    text = json.dumps({**document, "criteria": criteria}, ensure_ascii=False)
    grade, graded = document["grade"], str(document["score"]["graded"])
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Result(evaluation=one, document=text, sha256=sha256, grade=grade, graded=graded, concluded=NOW)


def _editions(rng: random.Random, results: Sequence[Any], made: Made) -> tuple[Any, list[Any]]:
    from zhiping.reporting.models import Edition

    rows = []
    for n, result in enumerate(results, 1):
        one = result.evaluation
        words = {
            "overview": f"平台总体运行平稳，{reason(rng)}。", "problems": [reason(rng)],
            "highlights": [], "recommendations": [],
        }  # fmt: skip
        number = {"organisation_id": one.authority_id, "year": 2026, "count": n}
        number["number"] = f"质评〔2026〕{n}号"
        rows.append(
            Edition(
                evaluation=one, version=1, result=result, words=words, pdf="0" * 64, docx="0" * 64, at=NOW,
                by=made.officer, date=dt.date(2026, 1, 1), **number,
            )
        )  # fmt: skip
    return Edition, rows


def _evidence(rng: random.Random, over: Sequence[Any], made: Made) -> tuple[Any, list[Any]]:
    from zhiping.evidence.models import Evidence

    rows = [
        Evidence(
            evaluation=one, kind=Evidence.SEEN, side="panel", criteria="3.4", at=NOW, by=made.officer,
            caption=f"{rng.choice(WHAT)}（{rng.choice(WHERE)}）", number=f"{rng.randrange(10_000):04d}",
        )
        for one in over
        for _ in range(FILES)
    ]  # fmt: skip
    return Evidence, rows
