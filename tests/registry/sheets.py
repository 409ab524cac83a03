"""Spreadsheets of platforms as people make them, good and bad, for the tests of importing."""

import datetime as dt
import io

import openpyxl

from zhiping.domain.identity import check_character

HEADER = (
    "服务平台", "运营单位", "统一社会信用代码", "地区", "服务方式", "网址", "开始服务日期", "上次评价",
    "上次评价等级", "站点",
)  # fmt: skip
KEYS = (
    "name", "operator", "operator_code", "region", "channel", "url", "service_start", "last_evaluated",
    "last_grade", "sites",
)  # fmt: skip
PLACES = {key: chr(65 + at) for at, key in enumerate(KEYS)}


class Error(str):
    """A cell that holds an error value."""

    __slots__ = ()


def code(number):
    """Return a valid credit code that is not in use."""
    body = f"1215010000{number:07d}"
    return body + check_character(body)


def good(number, **cells):
    """A row without a fault."""
    row = {
        "name": f"第{number}号一站式服务平台",
        "operator": f"第{number % 300}号服务中心",
        "operator_code": code(number % 300),
        "region": "呼和浩特市新城区",
        "channel": "线上线下",
        "url": f"https://p{number}.example.cn",
        "service_start": "2023-03-01",
        "last_evaluated": "2025-09-10",
        "last_grade": "合格",
        "sites": "政务大厅；开发区工作站",
    }
    return row | cells


def book(rows, *, header=HEADER, title="服务平台", first=1, change=None):
    """A workbook's bytes: header in row `first`, then the rows; `change` may spoil the worksheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for at, word in enumerate(header, 1):
        sheet.cell(first, at, word)
    for down, row in enumerate(rows, first + 1):
        for at, key in enumerate(KEYS, 1):
            value = (row or {}).get(key)
            if value not in (None, ""):
                cell = sheet.cell(down, at, value)
                if isinstance(value, Error):
                    cell.data_type = "e"
    if change:
        change(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


# What is wrong in one row: the cells that differ from a good row, then (column, code) of every fault.
FAULTS = {
    "name missing": ({"name": ""}, [("name", "importing.required")]),
    "operator missing": ({"operator": None}, [("operator", "importing.required")]),
    "region missing": ({"region": "   "}, [("region", "importing.required")]),
    "channel missing": ({"channel": "无"}, [("channel", "importing.required")]),
    "region unknown": ({"region": "无名县"}, [("region", "registry.no_region")]),
    "region code unknown": ({"region": "159999"}, [("region", "registry.no_region")]),
    "region code short": ({"region": 15010}, [("region", "registry.no_region")]),
    "region ambiguous": ({"region": "同名区"}, [("region", "registry.ambiguous_region")]),
    "region of others": ({"region": "110101"}, [("region", "registry.not_your_region")]),
    "region is an error value": ({"region": Error("#REF!")}, [("region", "importing.formula")]),
    "row twice": ({"name": "重复平台", "operator": "第1号服务中心", "operator_code": ""}, []),
    "row twice again": (
        {"name": "重复平台", "operator": "第1号服务中心", "operator_code": ""},
        [("name", "registry.double_row")],
    ),
    "no such day": ({"service_start": "2026年2月30日"}, [("service_start", "importing.bad_date")]),
    "date in words": ({"service_start": "去年九月"}, [("service_start", "importing.bad_date")]),
    "date as serial number": ({"service_start": 45000}, [("service_start", "importing.bad_date")]),
    "date without day": ({"last_evaluated": "2025-09"}, [("last_evaluated", "importing.bad_date")]),
    "year of two digits": ({"last_evaluated": "25-9-10"}, [("last_evaluated", "importing.bad_date")]),
    "date is an error value": ({"service_start": Error("#VALUE!")}, [("service_start", "importing.formula")]),
    "date is a formula": ({"service_start": "=TODAY()"}, [("service_start", "importing.formula")]),
    "name is a formula": ({"name": '="平台"&1'}, [("name", "importing.formula")]),
    "grade is an error value": ({"last_grade": Error("#N/A")}, [("last_grade", "importing.formula")]),
    "channel unknown": ({"channel": "电话"}, [("channel", "importing.no_choice")]),
    "channel a truth value": ({"channel": True}, [("channel", "importing.no_choice")]),
    "name too long": ({"name": "长" * 121}, [("name", "importing.too_long")]),
    "operator too long": ({"operator": "长" * 121}, [("operator", "importing.too_long")]),
    "site too long": ({"sites": "大厅；" + "长" * 121}, [("sites", "importing.too_long")]),
    "address without host": ({"url": "http://"}, [("url", "importing.bad_url")]),
    "address with a space": ({"url": "https://a b.cn"}, [("url", "importing.bad_url")]),
    "address of another kind": ({"url": "ftp://a.example.cn"}, [("url", "importing.bad_url")]),
    "address too long": ({"url": "https://a.example.cn/" + "x" * 300}, [("url", "importing.too_long")]),
    "code too short": ({"operator_code": "1215"}, [("operator_code", "accounts.code_length")]),
    "code with a letter that is none": (
        {"operator_code": "I2150100000000001C"}, [("operator_code", "accounts.code_character")],
    ),
    "code with a wrong check character": (
        {"operator_code": "121501000000000011"}, [("operator_code", "accounts.code_check")],
    ),
    "code as a number": ({"operator_code": 121501000000000011}, [("operator_code", "accounts.code_length")]),
    "code of another operator": (
        {"operator": "甲一质量服务中心", "operator_code": code(900)},
        [("operator_code", "registry.code_of_other")],
    ),
    "code other than registered": (
        {"operator": "有代码的服务中心", "operator_code": code(901)},
        [("operator_code", "registry.other_code")],
    ),
    "new operators share a code": ({"operator": "冒名的服务中心", "operator_code": code(7)},
                                   [("operator_code", "registry.code_of_other")]),
    "operator elsewhere": (
        {"operator": "外地服务中心", "operator_code": ""}, [("operator", "registry.operator_elsewhere")],
    ),
    "operator is an authority": (
        {"operator": "甲市市场监督管理局", "operator_code": ""}, [("operator", "registry.not_operator")],
    ),
    "start to come": (
        {"service_start": "2027-01-01", "last_evaluated": "", "last_grade": ""},
        [("service_start", "dates.future")],
    ),
    "evaluation to come": ({"last_evaluated": "2027-01-01"}, [("last_evaluated", "dates.future")]),
    "evaluated before start": (
        {"last_evaluated": "2022-01-01"}, [("last_evaluated", "dates.before_service")],
    ),
    "grade unknown": ({"last_grade": "良好"}, [("last_grade", "importing.no_choice")]),
    "grade without date": ({"last_evaluated": ""}, [("last_evaluated", "registry.grade_without_date")]),
    "registered start after evaluation": (
        {"name": "甲区一站式服务平台", "operator": "甲一质量服务中心", "operator_code": "",
         "region": "新城区", "service_start": "", "last_evaluated": "2023-01-01"},
        [("last_evaluated", "dates.before_service")],
    ),
    "three faults at once": (
        {"region": "无名县", "service_start": "昨天", "channel": "信函"},
        [("region", "registry.no_region"), ("channel", "importing.no_choice"),
         ("service_start", "importing.bad_date")],
    ),
}  # fmt: skip

# What people write and mean well: the cells, and the values they must become.
ACCEPTED = {
    "full width": (
        {"region": "１５０１０２", "service_start": "２０２３－０３－０１"},
        {"service_start": dt.date(2023, 3, 1)},
    ),
    "spaces around": (
        {"name": "  空格平台　", "channel": " 线上 线下 "}, {"name": "空格平台", "channel": "both"},
    ),
    "a date cell": ({"service_start": dt.date(2023, 4, 5)}, {"service_start": dt.date(2023, 4, 5)}),
    "a Chinese date": ({"last_evaluated": "2025年9月9日"}, {"last_evaluated": dt.date(2025, 9, 9)}),
    "a date with slashes": ({"last_evaluated": "2025/9/8"}, {"last_evaluated": dt.date(2025, 9, 8)}),
    "a date without separators": ({"last_evaluated": "20250907"}, {"last_evaluated": dt.date(2025, 9, 7)}),
    "a code as number": ({"region": 150102}, {}),
    "a path with separators": ({"region": "内蒙古自治区 / 呼和浩特市 / 新城区"}, {}),
    "English": ({"region": "Xincheng District, Hohhot City", "channel": "Online"}, {"channel": "online"}),
    "an invisible character": ({"name": "隐\u200b形平台"}, {"name": "隐形平台"}),
    "an address without scheme": ({"url": "www.example.cn"}, {"url": "https://www.example.cn"}),
    "sites on lines": ({"sites": "一厅\n二厅；一厅;"}, {"sites": ("一厅", "二厅")}),
    "nothing on purpose": ({"url": "无", "last_evaluated": "/", "last_grade": "—"},
                           {"url": None, "last_evaluated": None, "last_grade": None}),
    "lower-case code": ({"operator": "小写服务中心", "operator_code": code(777).lower()}, {}),
}  # fmt: skip
