"""Standards as files: text and Word read alike in several layouts; what is none gets one clear message."""

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.documents.standard.standard_documents import (
    OWN,
    QUICK,
    STATION,
    STATION_LEVELS,
    as_word,
    assert_loads_back,
    doubts,
    levels,
    read_or_refuse,
    refusal,
    saved,
    written,
)

from zhiping.documents.files import rubric_file
from zhiping.documents.spreadsheets import rubric_table
from zhiping.documents.spreadsheets.workbook import writing
from zhiping.documents.standard import standard_file
from zhiping.domain.errors import Invalid
from zhiping.texts.catalogue import LANGUAGES, area, speaking

SHARED = Path(
    os.environ.get("ZHIPING_STANDARD") or Path(__file__).parents[4] / "shared/standard/平台评价与改进.txt"
)


# ── own documents of the genre ─────────────────────────────────────────────────────────────────────────


def test_text_with_page_breaks_and_bonus_is_read_with_its_doubts():
    draft = standard_file.read(STATION)
    assert levels(draft) == STATION_LEVELS
    assert (draft.rubric.id, draft.rubric.version) == ("便民服务站", "2024-03-01")
    assert (draft.rubric.title.zh, draft.rubric.source.zh) == (
        "便民服务站评价表",
        "便民服务站服务规范 评价办法",
    )
    assert [(b.grade, b.lower) for b in draft.rubric.bands] == [
        ("excellent", 90),
        ("good", 75),
        ("qualified", 60),
        ("unqualified", 0),
    ]
    assert [i.focus.zh for i in draft.rubric.indicators][:2] == ["有人管、有章程", "场地够用、设施完好"]
    assert [(code, where) for code, where, *_ in doubts(draft)] == [
        ("indicator_name", "第 25 行 二级指标"),
        ("band_gap", "第 31 行 分值区间"),
        ("gap", "第 41 行 评分标准"),
        ("gap", "第 42 行 评分标准"),
        ("moved", "第 47 行 评分标准"),
        ("moved_group", "第 47 行 二级指标"),
        ("gap", "第 48 行 评分标准"),
        ("gap", "第 51 行 评分标准"),
    ]
    assert doubts(draft)[4][2:] == ("代办服务：2. 座椅、饮水、打印三样齐备，20分；每缺一…", "2.2 场地设施")


def test_deducting_table_is_read_without_grades_and_bonus():
    draft = standard_file.read(OWN / "扣分细则.txt")
    assert levels(draft) == {
        "1.1": "20 / 10~18 (2)",
        "1.2": "20 / 0.5~19.5 (0.5) / 0",
        "2.1": "20 / 5",
        "3.1": "25 / 10~20 / 0",
        "3.2": "15 / 8 / 0",
    }
    assert [dimension.name.zh for dimension in draft.rubric.dimensions] == ["日常管理", "信息化"]
    assert [code for code, *_ in doubts(draft)] == ["gap", "no_bands"]
    assert doubts(draft)[-1][1:] == ("全文", "（无）", "优秀 90 / 合格 80 / 不合格 0")


def test_three_levels_and_a_row_per_branch_are_read():
    draft = standard_file.read(OWN / "三级指标.txt")
    assert levels(draft) == {"1.1": "30 / 20 / 0", "1.2": "20 / 10 / 0", "2.1": "50 / 0~40"}
    assert [c.text.zh for c in draft.rubric.criteria.values()] == ["开放面积", "无障碍", "借阅手续"]
    assert doubts(draft)[0] == ("remark", "第 7 行 说明", "以抽查为准", "不影响分值，评价时自行掌握")


@pytest.mark.parametrize("path", sorted(OWN.glob("*.txt")), ids=lambda path: path.stem)
def test_draft_loads_back_and_is_refused_until_settled(path, tmp_path):
    draft = standard_file.read(path)
    assert_loads_back(draft)
    target = tmp_path / "草案.toml"
    target.write_text(rubric_file.dumps(draft.rubric, draft.doubts), encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        rubric_file.load(target)
    assert [problem.code for problem in caught.value.problems] == ["rubric.doubt"] * len(draft.doubts)
    target.write_text(
        target.read_text(encoding="utf-8").replace('settled = ""', 'settled = "同意"'), encoding="utf-8"
    )
    assert rubric_file.load(target) == draft.rubric


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_text_is_read_in_any_usual_encoding(encoding, newline, tmp_path):
    text = STATION.read_text(encoding="utf-8").replace("\n", newline)
    path = written(tmp_path, text.encode(encoding), "便民服务站.txt")
    assert standard_file.read(path) == standard_file.read(STATION)


def test_cell_that_runs_on_in_lines_of_its_own_is_one_cell(tmp_path):
    lines = [
        "二级指标\t评分标准",
        "机构（10分）\t1. 有牌子，4分；",
        "牌子不全，2分；没有，0分。",
        "2. 有章程，6分；没有，0分。",
        "末页",
    ]
    draft = standard_file.read(written(tmp_path, "\n".join(lines).encode(), "a.txt"))
    assert levels(draft) == {"1.1": "4 / 2 / 0", "1.2": "6 / 0"}


def test_places_and_proposals_are_stated_in_english_too():
    with speaking("en"):
        draft = standard_file.read(OWN / "三级指标.txt")
    assert doubts(draft)[0] == (
        "remark",
        "line 7 说明",
        "以抽查为准",
        "does not change points; apply it when scoring",
    )


def test_every_doubt_has_its_sentence_in_both_languages():
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(standard_file.__file__).parents[2].rglob("*.py")
    )
    zh, en = (area(language, "reader") for language in LANGUAGES)
    assert zh.keys() == en.keys()
    assert zh["proposed"].keys() == en["proposed"].keys()
    places = {"line", "row", "sheet_row", "whole", "nothing", "proposed"}
    places |= {
        f"{channel}_{reading}" for channel in ("offline", "online") for reading in ("lenient", "strict")
    }
    assert [code for code in zh.keys() - places if f'"{code}"' not in source] == []


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "reader.no_table"),
        ("这是一封信。\n没有表格。".encode(), "reader.no_table"),
        ("姓名\t电话\n某人\t无".encode(), "reader.no_table"),
        ("二级指标\t评分标准\n机构\t酌情".encode(), "reader.no_points"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "reader.legacy"),
        (b"%PDF-1.7\n", "reader.kind"),
        (b"{\\rtf1}", "reader.kind"),
        (b"\x89PNG\r\n", "reader.kind"),
        (b"\xff\xd8\xff\xe0", "reader.kind"),
        (b"PK\x03\x04 torn", "reader.damaged"),
        (b"\xff\xff\xff", "reader.damaged"),
        (b"a" * (4 * 1024 * 1024 + 1), "reader.too_large"),
        (b"a\tb\n" * 5001, "reader.too_large"),
        (b"a\n" * 50_001, "reader.too_large"),
        (b"\t" * 63 + b"\n" + (b"a\t" * 63 + b"\n") * 800, "reader.too_large"),
    ],
)
def test_file_that_is_no_standard_gets_one_clear_message(data, code, tmp_path):
    assert refusal(written(tmp_path, data)) == code


def test_missing_file_and_folder_are_unreadable(tmp_path):
    assert refusal(tmp_path / "没有.txt") == "reader.unreadable"
    assert refusal(tmp_path) == "reader.unreadable"


@QUICK
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK", b"PK\x03\x04", "二级指标\t评分标准\n".encode(), b"\xff\xfe", b"\xd0\xcf"]),
)
def test_random_bytes_are_read_or_refused(tmp_path, data, start):
    found = read_or_refuse(written(tmp_path, start + data))
    if (start + data).startswith(b"PK"):
        assert found in {"reader.damaged", "reader.kind"}
    elif is_utf8(start + data):
        assert found in {"reader.no_table", "reader.no_points"}
    else:
        assert found in {"reader.damaged", "reader.legacy", "reader.kind"}


def is_utf8(data):
    try:
        data.decode("utf-8-sig")
    except UnicodeError:
        return False
    return True


def test_random_bytes_called_a_word_document_are_damaged(tmp_path):
    assert refusal(written(tmp_path, b"\x81\xfe\x00\xff" * 50, "标准.docx")) == "reader.damaged"
    assert refusal(written(tmp_path, b"\x81\xff\xff", "标准.txt")) == "reader.encoding"


@pytest.mark.parametrize(
    ("second", "source"),
    [
        ("评价办法", "服务站规范 评价办法"),
        ("本文件规定了服务站的评价。", "服务站规范"),
        ("1 范围", "服务站规范"),
        ("前言", "服务站规范"),
        ("", "服务站规范"),
    ],
)
def test_the_paragraph_after_the_heading_is_no_part_of_the_name(tmp_path, second, source):
    rows = ["二级指标\t评分标准", "机构（100 分）\t设立，100分；未设立，0分。"]
    lines = ["服务站规范", second, "", *rows]
    draft = standard_file.read(written(tmp_path, "\n".join(lines).encode(), "规范.txt"))
    assert draft.rubric.source.zh == source


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("DB15/T 1234—2025", "DB15/T 1234—2025"),
        ("GB/T 9704-2012 党政机关公文格式", ""),
        ("第 12—2025 页", ""),
    ],
)
def test_number_of_a_standard_is_a_line_of_its_own(tmp_path, line, number):
    rows = ["二级指标\t评分标准", "机构（100 分）\t设立，100分；未设立，0分。"]
    draft = standard_file.read(
        written(tmp_path, "\n".join(["规范", "", line, "", *rows]).encode(), "规范.txt")
    )
    assert draft.rubric.number == number


@pytest.mark.parametrize(
    "sentence",
    [
        "评价结果分为三级：优秀（90~100分）、合格（60~89分）、不合格（60分以下）。",
        "总分 90 分及以上为优秀，60～89 分为合格，60 分以下为不合格。",
        "优秀≥90分；合格60-89分；不合格<60分。",
    ],
)
def test_grades_in_a_sentence_are_read_and_to_be_checked(tmp_path, sentence):
    rows = ["二级指标\t评分标准", "机构（100 分）\t设立，100分；未设立，0分。"]
    draft = standard_file.read(written(tmp_path, "\n".join([sentence, "", *rows]).encode(), "规范.txt"))
    assert [(b.grade, b.lower) for b in draft.rubric.bands] == [
        ("excellent", 90),
        ("qualified", 60),
        ("unqualified", 0),
    ]
    [said] = [d for d in draft.doubts if d.code == "bands_said"]
    assert said.proposed == "优秀 90 / 合格 60 / 不合格 0"


@QUICK
@given(st.integers(0, 2000), st.text("分扣每0123~；，。\t\n（）一二级指标评标准", max_size=30))
def test_text_with_anything_put_in_returns_a_draft_that_loads_back(tmp_path, at, words):
    text = STATION.read_text(encoding="utf-8")
    path = written(tmp_path, (text[:at] + words + text[at:]).encode(), "a.txt")
    assert_loads_back(standard_file.read(path))


# ── the shared standard ────────────────────────────────────────────────────────────────────────────────

# criterion: levels, best first, as table A.1 prints them
TABLE_A1 = dict(
    row.split(": ")
    for row in """
1.1: 2 / 0
1.2: 2 / 1 / 0
1.3: 2 / 1 / 0
1.4: 2 / 1 / 0
2.1: 2 / 0
3.1: 2 / 0~1
3.2: 1 / 0
3.3: 1 / 0
3.4: 2 / 0~1
3.5: 2 / 0
4.1: 2 / 1 / 0
4.2: 1 / 0
5.1: 2 / 0~1
5.2: 2 / 0~1
6.1: 1 / 0
6.2: 1 / 0
6.3: 1 / 0
7.1: 1 / 0
7.2: 1 / 0
8.1: 4 / 0~3
8.2: 4 / 0
9.1: 3 / 0~2
9.2: 4 / 0~3
9.3: 3 / 0~2
10.1: 2 / 0
10.2: 2 / 0
10.3: 2 / 0
11.1: 4 / 0~3
11.2: 4 / 0
12.1: 1 / 0
12.2: 1 / 0
12.3: 1 / 0
12.4: 1 / 0
12.5: 1 / 0
12.6: 1 / 0
12.7: 1 / 0
12.8: 1 / 0
13.1: 3 / 1~2 / 0
13.2: 3 / 0~2
14.1: 3 / 0~2
14.2: 2 / 1 / 0
14.3: 1 / 0
15.1: 3 / 0~2
16.1: 2 / 0~1
16.2: 2 / 0
17.1: 2 / 0~1
17.2: 3 / 0~2
18.1: 3 / 0~2
18.2: 3 / 0
B.1: 2
B.2: 5 / 3 / 2
""".strip().split("\n")
)


@pytest.fixture(params=["txt", "docx", "xlsx"])
def shared(request, tmp_path):
    if request.param == "txt":
        return SHARED
    lines = SHARED.read_text(encoding="utf-8").split("\n")
    if request.param == "docx":
        return saved(as_word(lines), tmp_path, "平台评价与改进.docx")
    return as_sheet(lines, tmp_path / "平台评价与改进.xlsx")


if SHARED.exists():

    def test_shared_standard_has_every_criterion_with_its_levels(shared):
        draft = standard_file.read(shared)
        assert levels(draft) == TABLE_A1
        assert draft.rubric.version == "2025-07-30"
        assert (draft.rubric.base_max, draft.rubric.bonus_max) == (Fraction(100), Fraction(7))
        assert [(d.name.zh, d.max) for d in draft.rubric.dimensions] == [
            ("基础建设", 30),
            ("运营管理", 40),
            ("协同成效", 30),
            ("加分项", 7),
        ]
        assert [(d.code, d.found) for d in draft.doubts][:3] == [
            ("indicator_name", "12 检验检测服务"),
            ("band_gap", "89 < x < 90"),
            ("moved", "信息化建设：5. 线上服务平台应在平台界面展示平台标志，线…"),
        ]
        assert draft.doubts[2].proposed == "3.5 服务场所"
        assert_loads_back(draft)

    def test_shared_standard_has_the_bundled_scale_and_its_ceilings_in_doubt(shared):
        draft, bundled = standard_file.read(shared), rubric_file.bundled()
        assert draft.rubric.scale_sha256 == bundled.scale_sha256
        assert draft.rubric.caps == bundled.caps
        assert [d.code for d in draft.doubts] == ["indicator_name", "band_gap", "moved", "caps"]

    def test_shared_standard_keeps_every_printed_word(shared):
        printed = "".join(SHARED.read_text(encoding="utf-8").split())
        for criterion in standard_file.read(shared).rubric.criteria.values():
            assert criterion.text.zh.replace(" ", "") in printed
            for level in criterion.levels:
                assert level.text.zh.replace(" ", "") in printed


# ── spreadsheets ───────────────────────────────────────────────────────────────────────────────────────


def test_exported_table_is_read_back_to_the_same_scale(tmp_path):
    path = tmp_path / "评价表.xlsx"
    rubric_table.export_xlsx(rubric_file.bundled(), path)
    draft = standard_file.read(path)
    assert draft.rubric.scale_sha256 == rubric_file.bundled().scale_sha256
    assert [doubt.code for doubt in draft.doubts] == ["bands_said", "caps"]
    assert draft.rubric.bands[0].lower == 90
    assert [band.name.zh for band in draft.rubric.bands] == ["优秀", "合格", "不合格"]


def as_sheet(lines, path):
    """Write lines as rows of one worksheet, as a document pasted into a spreadsheet."""
    with writing.writing(path, title="评价表") as book:
        page = book.add_worksheet("标准")
        look = writing.looks(book)["text"]
        for number, line in enumerate(lines):
            writing.put_row(page, number, line.split("\t"), look)
    return path


def test_standard_pasted_into_a_spreadsheet_is_read_as_its_text_is(tmp_path):
    text = standard_file.read(STATION)
    pasted = standard_file.read(
        as_sheet(STATION.read_text(encoding="utf-8").split("\n"), tmp_path / "a.xlsx")
    )
    assert levels(pasted) == levels(text) == STATION_LEVELS
    assert pasted.rubric.scale_sha256 == text.rubric.scale_sha256
    assert [code for code, *_ in doubts(pasted)] == [code for code, *_ in doubts(text)]


def test_doubt_of_a_spreadsheet_names_its_worksheet_and_row(tmp_path):
    path = tmp_path / "评价表.xlsx"
    table = [["一级指标", "二级指标", "评分项", "评分标准", "分值"]]
    table += [["管理（10 分）", "制度", "1. 有制度", "5 分；否则 1~3 分", "5"]]
    table += [["", "", "2. 有记录", "5 分；无 0 分", "5"]]
    with writing.writing(path, title="评价表") as book:
        page = book.add_worksheet("打分表")
        look = writing.looks(book)["text"]
        for number, row in enumerate(table):
            writing.put_row(page, number, row, look)
    found = [(doubt.code, doubt.where) for doubt in standard_file.read(path).doubts]
    assert ("gap", "打分表 第 2 行 评分标准") in found


def test_spreadsheet_that_is_none_is_refused_at_its_name(tmp_path):
    path = tmp_path / "评价表.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(Invalid) as fault:
        standard_file.read(path)
    assert [(p.code, p.where) for p in fault.value.problems] == [("book.damaged", ("评价表.xlsx",))]
