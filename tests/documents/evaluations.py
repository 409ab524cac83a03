"""Realistic evaluations for the tests of papers: a platform, a panel that disagrees here and there."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from zhiping.documents.files.rubric_file import bundled
from zhiping.domain.consensus import Agreed
from zhiping.domain.evaluation import Evaluation, Platform, Visit
from zhiping.domain.panel import Expert
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.domain.sheet import Mark, Sheet, with_level_reasons

NAMES = ("乌兰", "张建国", "欧阳文静", "李敏", "巴特尔")
# What each member gave where it is not the maximum, in the order of NAMES; one number: all the same.
LOWERED = {
    "1.3": "1",
    "3.1": "1 1 2 1 0",
    "4.2": "0",
    "5.2": "2 1 2 2 1",
    "7.2": "0",
    "8.1": "3 2 3 4 3",
    "9.2": "3",
    "12.8": "0 1 1 0 1",
    "14.1": "2 2 1 2 2",
    "15.1": "2",
    "16.1": "1 1 1 1 2",
    "17.1": "1",
    "17.2": "2",
}
BONUS = {"B.1": "2", "B.2": "2 3 2 2 2"}
REASONS = {
    "3.1": "服务大厅设在旗县政务中心，离主要产业园区约 18 公里，公交班次少",
    "5.2": "专家名单中缺少标准化领域专家，近一年没有专家参与服务的记录",
    "8.1": "计量咨询台账只有 3 月以后的记录，标准物质咨询没有答复时限",
    "12.8": "只与一家上游企业对接过标准，没有品牌共建材料",
    "14.1": "线上流程到付款为止，报告仍须到窗口领取",
    "16.1": "改进计划没有逐项落实情况",
    "9.2": "团体标准查询入口失效",
    "15.1": "线上下单后仍须电话确认现场受理时间",
    "17.1": "案例以常规服务为主，创新不足",
    "17.2": "已宣传推广，未见经济效益数据",
}
CHOICES = ("2,1,0", "2,1,0", "4,3,2,1,0", "1,0", "3,2,1,0", "2,1,0", "5,3,2,0")  # of the disputed criteria
ADVICE = {
    "3.1": "在产业园区增设服务点或开通流动服务车",
    "8.1": "补齐全年咨询台账，公布答复时限",
    "14.1": "开通电子报告下载",
}
AGREED = {
    "3.1": Agreed(
        Fraction(1), "大厅位置偏离园区，但设有每周两次的流动服务", "巴特尔：流动服务没有记录，应为 0 分"
    ),
    "5.2": Agreed(Fraction(1), "现场核对专家名单，缺少标准化领域专家"),
    "8.1": Agreed(Fraction(3), "核对台账，咨询服务基本有效，记录不全"),
    "12.8": Agreed(Fraction(1), "补充查阅到两份共建协议"),
    "14.1": Agreed(Fraction(2), "当场演示，付款后不能打印报告"),
    "16.1": Agreed(Fraction(1), "有计划，成效材料不足"),
    "B.2": Agreed(Fraction(2), "市级荣誉证书原件已查看，省级表彰与本服务无关"),
}


def marks(at: int, reasons: dict | None = None) -> dict:
    """All marks of the member at a place in NAMES."""
    found = {}
    words = {**REASONS, **(reasons or {})}
    for criterion in bundled().base:
        given = LOWERED.get(criterion.id, str(criterion.max)).split()
        points = Fraction(given[at % len(given)])
        lost = points < criterion.max
        found[criterion.id] = Mark(
            points,
            reason=words.get(criterion.id, "") if lost else "",
            advice=ADVICE.get(criterion.id, "") if lost else "",
        )
    for name, given in BONUS.items():
        points = Fraction(given.split()[at % len(given.split())])
        found[name] = Mark(
            points,
            reason="市级电视台专题报道" if name == "B.1" else "",
            note="荣誉证书" if name == "B.2" else "",
        )
    return found


def sheets(names=NAMES, reasons: dict | None = None) -> list[Sheet]:
    """The members' sheets as handed in."""
    return [
        with_level_reasons(
            bundled(),
            Sheet(
                f"E{at + 1}",
                name,
                marks(at, reasons),
                date="2026-05-13",
                platform=PLATFORM.name,
                sha256=f"{at:x}" * 64,
            ),
        )
        for at, name in enumerate(names)
    ]


PLATFORM = Platform(
    name="敖包旗质量基础设施“一站式”服务平台",
    operator="敖包旗质量技术服务中心",
    region="内蒙古自治区某盟敖包旗",
)
PANEL = tuple(
    Expert(id=f"E{at + 1}", name=name, seat="lead" if at == 0 else "member") for at, name in enumerate(NAMES)
)
ABOUT = Evaluation(
    platform=PLATFORM,
    period=(date(2025, 5, 1), date(2026, 4, 30)),
    visit=Visit(start=date(2026, 5, 12), end=date(2026, 5, 13)),
)


def about(**changes) -> Evaluation:
    """The evaluation with other rules or facts."""
    return replace(ABOUT, **changes)


def concluded(**changes) -> dict:
    """A result with every criterion settled."""
    return evaluate(bundled(), about(**changes), sheets(), AGREED)


def waiting(**changes) -> dict:
    """A result with criteria to discuss."""
    return evaluate(bundled(), about(**changes), sheets())


def mean() -> dict:
    """A result by the mean of the members' marks."""
    return evaluate(bundled(), about(policy=Policy(method="mean")), sheets(NAMES[:3]))


def common() -> dict:
    """A self-evaluation from one common sheet."""
    own = about(kind="self", policy=Policy(method="panel"))
    return evaluate(bundled(), own, [replace(sheets(NAMES[:1])[0], expert_id="panel", name="评价组")])
