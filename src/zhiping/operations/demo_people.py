"""People and organisations of the demo, all fictitious, and the objects its steps share."""

import datetime as dt
from dataclasses import dataclass, field

from zhiping.accounts.models import User
from zhiping.registry.models import Platform

PEOPLE = {
    "admin": ("admin", "administrator", "系统管理员"),
    "audit": ("audit", "auditor", "审计员"),
    "officer": ("officer", "officer", "周敏（区局）"),
    "city": ("city", "city", "白音（青城局）"),
    "operator": ("operator", "operator", "郝佳（运营）"),
    "head": ("head", "head", "石磊（运营负责人）"),
    "lead": ("lead", "lead", "陈立"),
    "expert": ("expert", "expert", "苏日娜"),
    "archivist": ("archivist", "archivist", "罗平"),
}
EXPERT_PEOPLE = ("lead", "expert")
MORE_ACCOUNTS = (("expert2", "expert"), ("secretary", "secretary"), ("head2", "head"))  # user name, role
OPERATORS = (
    ("青城质量技术服务中心", "150102"),
    ("鹿城标准计量服务中心", "150203"),
    ("红山检验检测服务中心", "150402"),
    ("科尔沁质量服务中心", "150502"),
    ("康巴什质量基础服务中心", "150603"),
    ("海拉尔质量服务中心", "150702"),
    ("河套质量技术服务中心", "150802"),
)
EXPERTS = (
    ("王建国", "自治区计量测试研究院", "senior", "正高级工程师", ("metrology",), True),
    ("李红梅", "自治区标准化院", "senior", "正高级工程师", ("standards", "service"), True),
    ("赵永强", "自治区产品质量检验研究院", "associate", "高级工程师", ("testing",), False),
    ("孙丽华", "某认证有限公司", "associate", "高级工程师", ("certification",), False),
    ("刘志远", "某大学信息工程学院", "associate", "副教授", ("information",), False),
    ("高娃", "自治区质量协会", "intermediate", "工程师", ("quality", "service"), True),
    ("马晓东", "某律师事务所", "intermediate", "三级律师", ("law",), False),
    ("斯琴", "自治区特种设备检验研究院", "associate", "高级工程师", ("testing", "quality"), False),
    ("郑凯", "鹿城标准计量服务中心", "associate", "高级工程师", ("metrology",), True),
    ("何静", "某检测技术有限公司", "junior", "助理工程师", ("testing",), False),
)


@dataclass
class Made:
    """Objects that the steps share."""

    now: dt.datetime
    today: dt.date
    user: dict[str, User] = field(default_factory=dict)
    platform: list[Platform] = field(default_factory=list)
