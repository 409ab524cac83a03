"""Tables of Word files: merges, automatic numbers, tracked changes, split tables; hostile and torn files."""

import io
import tracemalloc
import zipfile
from time import process_time

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import example, given
from hypothesis import strategies as st
from tests.documents.standard.standard_documents import (
    HEAD,
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
    table_of,
    written,
)

from zhiping.documents.standard import standard_file


def test_word_tables_are_read_as_the_text_is(tmp_path):
    path = saved(as_word(STATION.read_text(encoding="utf-8").split("\n")), tmp_path)
    draft, text = standard_file.read(path), standard_file.read(STATION)
    assert levels(draft) == STATION_LEVELS
    assert draft.rubric.bands == text.rubric.bands
    assert [(code, found, proposed) for code, _, found, proposed in doubts(draft)] == [
        (code, found, proposed) for code, _, found, proposed in doubts(text)
    ]
    assert doubts(draft)[4][1] == "第 6 个表格第 2 行 评分标准"
    assert [i.focus for i in draft.rubric.indicators] == [i.focus for i in text.rubric.indicators]
    assert_loads_back(draft)


def test_word_cell_with_a_paragraph_per_item_is_split(tmp_path):
    document = docx.Document()
    items = "1. 有牌子，2 分；没有，0 分。\n2. 有章程（含：\n（1）职责；\n（2）流程），3分；\n不全，0~2 分。"
    table_of(document, HEAD, ("基础（5分）", "机构（5分）", "有机构", items))
    assert levels(standard_file.read(saved(document, tmp_path))) == {"1.1": "2 / 0", "1.2": "3 / 0~2"}


def test_word_table_split_without_a_repeated_header_goes_on(tmp_path):
    document = docx.Document()
    table_of(document, HEAD, ("基础（5分）", "机构（5分）", "有机构", "1. 有牌子，2分；没有，0分。"))
    document.add_paragraph("12")
    table_of(document, ("", "", "", "2. 有章程，3分；没有，0分。"))
    table_of(document, ("附", "其他", "说明", "无分值的表"))
    assert levels(standard_file.read(saved(document, tmp_path))) == {"1.1": "2 / 0", "1.2": "3 / 0"}


def test_word_merges_across_columns_keep_the_others_in_place(tmp_path):
    document = docx.Document()
    table = table_of(
        document,
        ("", "", "", ""),
        HEAD,
        ("", "", "", ""),
        ("基础（5分）", "", "", "牌子，5分；无，0分"),
        ("", "服务（4分）", "有", "好，4分；差，0分"),
    )
    table.cell(0, 0).merge(table.cell(0, 3)).text = "评价表"
    table.cell(2, 0).merge(table.cell(2, 3)).text = "基础（9分）"
    table.cell(3, 0).text = ""
    table.cell(3, 1).merge(table.cell(3, 2)).text = "机构（5分）"
    draft = standard_file.read(saved(document, tmp_path))
    assert [(d.name.zh, d.max) for d in draft.rubric.dimensions] == [("基础", 9)]
    assert levels(draft) == {"1.1": "5 / 0", "2.1": "4 / 0"}


def numbered(paragraph, number, depth="0"):
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = int(depth)
    properties.get_or_add_numId().val = number


def list_definition(document, number, fmt, restart=None):
    root = document.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), "900")
    for depth in ("0", "1"):
        level = OxmlElement("w:lvl")
        level.set(qn("w:ilvl"), depth)
        for name, value in (("w:start", "1"), ("w:numFmt", fmt)):
            part = OxmlElement(name)
            part.set(qn("w:val"), value)
            level.append(part)
        abstract.append(level)
    if not any(a.get(qn("w:abstractNumId")) == "900" for a in root.iter(qn("w:abstractNum"))):
        root.insert(0, abstract)
    num = root.add_num(900)
    num.set(qn("w:numId"), str(number))
    if restart:
        num.add_lvlOverride(0).add_startOverride(restart)


def test_word_automatic_numbers_count_as_printed(tmp_path):
    document = docx.Document()
    list_definition(document, 71, "decimal")
    list_definition(document, 72, "decimal", restart=1)
    table = table_of(document, HEAD, ("基础（9分）", "机构（5分）", "有", ""), ("", "服务（4分）", "行", ""))
    rows = [
        (1, 71, "0", "牌子，2分；无，0分"),
        (1, 71, "0", "章程，含："),
        (1, 71, "1", "职责，"),
        (1, 71, "1", "流程，3分；无，0分"),
    ]
    rows += [(2, 72, "0", "好，1分；差，0分"), (2, 72, "0", "快，3分；慢，0分")]
    for row, number, depth, words in rows:
        numbered(table.cell(row, 3).add_paragraph(words), number, depth)
    draft = standard_file.read(saved(document, tmp_path))
    assert levels(draft) == {"1.1": "2 / 0", "1.2": "3 / 0", "2.1": "1 / 0", "2.2": "3 / 0"}
    assert draft.rubric.criteria["1.2"].text.zh == "章程，含：（1）职责，（2）流程"
    assert [d.code for d in draft.doubts] == ["not_hundred", "no_bands"]


def test_word_bullets_and_lists_without_definition_are_no_numbers(tmp_path):
    document = docx.Document()
    list_definition(document, 71, "bullet")
    table = table_of(document, HEAD, ("基础（5分）", "机构（5分）", "有", "牌子，5分；"))
    for number, words in ((71, "缺角，2分；"), (99, "无，0分")):
        numbered(table.cell(1, 3).add_paragraph(words), number)
    assert levels(standard_file.read(saved(document, tmp_path))) == {"1.1": "5 / 2 / 0"}


def edited(path, old, new):
    """Change a Word file's main part as bytes."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                assert old in content
                content = content.replace(old, new)
            target.writestr(name, content)
    return path


def small(folder):
    document = docx.Document()
    table_of(document, HEAD, ("基础（5分）", "机构（5分）", "有机构", "牌子，5分；没有，0分"))
    return saved(document, folder)


def test_word_tracked_changes_and_content_controls_are_read_as_they_will_stand(tmp_path):
    run = "<w:r><w:t>牌子，5分；没有，0分</w:t></w:r>".encode()
    changed = (
        "<w:ins><w:r><w:t>牌</w:t></w:r></w:ins><w:del><w:r><w:delText>匾，9分</w:delText></w:r></w:del>"
        "<w:sdt><w:sdtContent><w:r><w:t>子</w:t><w:br/><w:tab/><w:t>，5分；没有，0分</w:t></w:r></w:sdtContent></w:sdt>"
    ).encode()
    path = edited(small(tmp_path), run, changed)
    assert standard_file.read(path).rubric.criteria["1.1"].text.zh == "牌子"
    row = b"<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    path = edited(path, b"</w:tbl>", row)
    assert levels(standard_file.read(path)) == {"1.1": "5 / 0"}
    cell = "<w:tc><w:p><w:r><w:t>快，3分</w:t></w:r></w:p></w:tc>"
    before = f'<w:tr><w:trPr><w:gridBefore w:val="3"/></w:trPr>{cell}</w:tr></w:tbl>'.encode()
    assert levels(standard_file.read(edited(path, b"</w:tbl>", before))) == {"1.1": "5 / 0", "1.2": "3 / 0"}


# ── hostile and torn files ─────────────────────────────────────────────────────────────────────────────


def packed(**parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(f"word/{name}.xml", content)
    return stream.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORDS = "<w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body>"
ENTITY = f'<!DOCTYPE d [<!ENTITY a "分">]><w:document {W}>{WORDS}</w:document>'


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"other": "<a/>"}, "reader.kind"),
        ({"document": f"<w:document {W}/>"}, "reader.kind"),
        ({"document": f"<w:document {W}><w:body>"}, "reader.damaged"),
        ({"document": ENTITY}, "reader.damaged"),
        ({"document": f"<w:document {W}><w:body/></w:document>", "numbering": "<a"}, "reader.damaged"),
        ({"document": f"<w:document {W}><w:body/></w:document>"}, "reader.no_table"),
        ({"document": f"<w:document {W}>" + "<w:p/>" * 900_000}, "reader.too_large"),
        ({"document": "a" * (16 * 1024 * 1024 + 1)}, "reader.too_large"),
    ],
    ids=["no Word", "no body", "torn", "entities", "torn lists", "empty", "many tags", "bomb"],
)
def test_word_file_that_is_hostile_or_broken_is_refused_in_time(parts, code, tmp_path):
    path = written(tmp_path, packed(**parts))
    tracemalloc.start()
    start = process_time()
    assert refusal(path) == code
    assert process_time() - start < 2
    assert tracemalloc.get_traced_memory()[1] < 128 * 1024 * 1024
    tracemalloc.stop()


def test_word_table_of_endless_rows_is_refused(tmp_path):
    row = "<w:tr><w:tc><w:p/></w:tc></w:tr>"
    body = f"<w:document {W}><w:body><w:tbl>{row * 6000}</w:tbl></w:body></w:document>"
    assert refusal(written(tmp_path, packed(document=body))) == "reader.too_large"


def test_zip_of_endless_entries_and_huge_files_are_refused(tmp_path):
    assert refusal(written(tmp_path, b"PK\x01\x02" * 5001)) == "reader.too_large"
    path = tmp_path / "huge.txt"
    with path.open("wb") as stream:
        stream.truncate(32 * 1024 * 1024 + 1)
    assert refusal(path) == "reader.too_large"


def test_encrypted_part_is_damaged(tmp_path):
    data = bytearray(packed(document=f"<w:document {W}><w:body/></w:document>"))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(written(tmp_path, bytes(data))) == "reader.damaged"


PLACES = st.one_of(st.just(-1), st.integers(0, 2**20))  # taken modulo the length: the whole file, or a place


@pytest.fixture(scope="module")
def word_bytes(tmp_path_factory):
    return small(tmp_path_factory.mktemp("word")).read_bytes()


@QUICK
@given(PLACES, st.lists(st.tuples(PLACES, st.integers(1, 255)), max_size=4))
@example(1, [])
def test_torn_and_flipped_word_files_are_read_or_refused(tmp_path, word_bytes, end, flips):
    torn = bytearray(word_bytes[: end % (len(word_bytes) + 1)])
    for at, flip in flips if torn else []:
        torn[at % len(torn)] ^= flip
    found = read_or_refuse(written(tmp_path, bytes(torn)))
    whole = standard_file.read(written(tmp_path, word_bytes))
    if not torn:
        assert found == "reader.no_table"
    elif not isinstance(found, str):
        assert found == whole
    elif not torn.startswith(b"PK"):  # a few bytes of something else may be text
        assert found in {"reader.damaged", "reader.kind", "reader.no_table"}
    else:
        assert found in {"reader.damaged", "reader.kind", "reader.too_large"}
