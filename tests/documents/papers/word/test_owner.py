"""An owner's templates are used as they stand, and can do nothing but show facts."""

import time
import zipfile
from io import BytesIO

import docx
import pytest
from tests.documents.papers.word.test_papers import FULL, OPEN, RESULT, RUBRIC, words

from zhiping.documents.papers.report import report_of
from zhiping.documents.papers.word import fill, owner, papers, stages
from zhiping.documents.papers.word.stages import PAPERS, PROGRAMME
from zhiping.domain.errors import Invalid, Problem
from zhiping.texts.catalogue import LANGUAGES, speaking

NOTICE = "评价通知.docx"


def template(folder, *paragraphs, name=NOTICE):
    """An owner's own template, made in Word: one paragraph each."""
    folder.mkdir(exist_ok=True)
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(folder / name)
    return folder


def prepared(tmp_path, templates, result=None):
    """The notice made from an owner's templates."""
    out = tmp_path / "out"
    papers.write_papers("prepare", FULL, RUBRIC, result, out, templates=templates)
    return words((out / f"01 {NOTICE}").read_bytes())


def refusal(tmp_path, templates):
    """The problems of a folder of templates; nothing may have been written."""
    with pytest.raises(Invalid) as caught:
        prepared(tmp_path, templates)
    assert not (tmp_path / "out").exists()
    return caught.value.problems


def changed(path, edit):
    """Rewrite the parts of a package: `edit` gets and returns them by name."""
    with zipfile.ZipFile(path) as package:
        parts = edit({name: package.read(name) for name in package.namelist()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("result", [RESULT, OPEN], ids=["concluded", "open"])
def test_exported_templates_give_the_papers_we_write_ourselves(tmp_path, language, result):
    with speaking(language):
        exported = papers.export_templates(tmp_path / "templates")
        names = [f"{papers.title(name)}.docx" for name in (*PAPERS, *PROGRAMME)]
        assert [path.name for path in exported] == names
    for stage in stages.STAGES:
        with speaking(language):
            ours, theirs = (
                papers.write_papers(stage, FULL, RUBRIC, result, tmp_path / who, templates=folder)
                for who, folder in (("ours", None), ("theirs", tmp_path / "templates"))
            )
        for own, other in zip(ours, theirs, strict=True):
            assert words(other.read_bytes()) == words(own.read_bytes()), own.name


def test_exported_templates_show_their_tags_in_word(tmp_path):
    papers.export_templates(tmp_path)
    text = words((tmp_path / NOTICE).read_bytes())
    assert "{{ platform.name }}" in text
    assert "{%p if evaluation.own %}" in text
    assert "{%tr for i in rubric.indicators %}" in words((tmp_path / "材料清单.docx").read_bytes())


def test_template_of_an_owner_is_used_and_the_others_stay_ours(tmp_path):
    folder = template(
        tmp_path / "t",
        "我局格式：{{ platform.name }}",
        "{% for e in panel.members %}{{ e.name }}；{% endfor %}",
    )
    assert (
        prepared(tmp_path, folder)
        == "我局格式：敖包旗质量基础设施“一站式”服务平台\n乌兰；张建国；欧阳文静；李敏；巴特尔；"
    )
    assert "评价方案" in words((tmp_path / "out" / "02 评价方案.docx").read_bytes())


def test_template_edited_in_word_keeps_its_tags(tmp_path):
    """Word cuts a tag into runs as it likes, and turns quotation marks into others."""
    folder = template(tmp_path / "t")
    document = docx.Document()
    paragraph = document.add_paragraph()
    for part in ("甲{", "{ plat", "form", ".name }", "}乙{{ platform.url|default(“无”) }}"):
        paragraph.add_run(part)
    document.sections[0].header.paragraphs[0].text = "{{ evaluation.organiser }}"
    document.save(folder / NOTICE)
    assert prepared(tmp_path, folder) == "甲敖包旗质量基础设施“一站式”服务平台乙https://qi.example.org"
    made = docx.Document(str(tmp_path / "out" / f"01 {NOTICE}"))
    assert made.sections[0].header.paragraphs[0].text == "某盟市场监督管理局"


def test_template_accepts_pictures_by_their_alternative_text(tmp_path):
    papers.export_templates(tmp_path / "t")
    pictures = {name: fill.Drawing(name.encode(), f"<{name}> & \x00图") for name in ("shares", "losses")}
    context = report_of(RESULT, RUBRIC, FULL).facts
    for templates in (None, tmp_path / "t"):
        data = papers.render("report", context, templates=templates, pictures=pictures)
        with zipfile.ZipFile(BytesIO(data)) as package:
            found = [package.read(f"word/media/{name}.png") for name in pictures]
        shapes = docx.Document(BytesIO(data)).inline_shapes
        assert found == [b"shares", b"losses"]
        assert [shape._inline.docPr.get("descr") for shape in shapes] == ["<shares> & 图", "<losses> & 图"]


def test_missing_fields_are_all_named_at_once(tmp_path):
    folder = template(
        tmp_path / "t",
        "{{ platform.nmae }}，{{ ghost }}",
        "{% for x in visit.sties %}{{ x.a }}{% endfor %}",
        "{% if ghost.more %}是{% endif %}",
    )
    template(folder, "{{ members }}{{ platform.name }}", name="评价方案.docx")
    assert refusal(tmp_path, folder) == (
        Problem(
            "papers.missing",
            {
                "fields": [
                    "{{ platform.nmae }}",
                    "{{ ghost }}",
                    "{% for x in visit.sties %}",
                    "{% if ghost.more %}",
                ]
            },
            (NOTICE,),
        ),
        Problem("papers.missing", {"fields": ["{{ members }}"]}, ("评价方案.docx",)),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ platform.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ platform.name.format(platform) }}", "unsafe"),
        ("{{ panel.members.clear() }}", "unsafe"),
        ("{{ platform.update({'name': 'x'}) }}", "unsafe"),
        ("{{ range.__call__.__globals__ }}", "unsafe"),
        ("{{ self.__init__ }}", "unsafe"),
        ("{{ 9 ** 999999999 }}", "unsafe"),
        ("{{ 'x' * 999999999 }}", "unsafe"),
        ("{% set x = 'xx' %}{% set x = x ~ x %}", "unsafe"),
        ("{% set x = 'xx' %}{% set x = x + x %}", "unsafe"),
        ("{% set x %}{{ platform.name }}{{ platform.name }}{% endset %}", "unsafe"),
        ("{{ 'a' | replace('a', 'aaaaaaaa') " + "| replace('a', 'aaaaaaaa') " * 9 + "}}", "unsafe"),
        ("{% filter trim %}x{% endfilter %}", "unsafe"),
        ("{{ '%999999999d' % 1 }}", "unsafe"),
        ("{% for i in range(999999999) %}x{% endfor %}", "unsafe"),
        ("{% for i in range(200) %}{% for j in range(200) %}x{% endfor %}{% endfor %}", "unsafe"),
        ("{% macro m() %}x{% endmacro %}{{ m() }}", "unsafe"),
        ("{{ cycler }}{{ lipsum }}{{ namespace }}{{ dict }}", "missing"),
        ("{{ 'x'|center(999999999) }}", "syntax"),
        ("{{ platform.name|attr('__class__') }}", "syntax"),
        ("{% include 'other' %}", "template"),
        ("{% import 'os' as os %}", "template"),
        ("{{ 1 // 0 }}", "template"),
        ("{% for x in 5 %}{% endfor %}", "template"),
        ("{% if platform.name %}", "syntax"),
        ("{{ platform.name", "syntax"),
        ("platform.name }}", "syntax"),
        ("{{ platform.name %}", "syntax"),
        ("{% frobnicate %}", "syntax"),
    ],
)
def test_template_that_does_more_than_show_facts_is_refused(tmp_path, text, code):
    folder = template(tmp_path / "t", text)
    start = time.process_time()
    (problem,) = refusal(tmp_path, folder)
    assert (problem.code, problem.where) == (f"papers.{code}", (NOTICE,))
    assert time.process_time() - start < 2


def test_template_whose_loop_tears_a_table_is_refused(tmp_path):
    folder = template(tmp_path / "t", "{% if not platform.name %}")
    document = docx.Document(str(folder / NOTICE))
    document.add_table(1, 1).cell(0, 0).text = "{% endif %}"
    document.save(folder / NOTICE)
    (problem,) = refusal(tmp_path, folder)
    assert (problem.code, problem.where) == ("papers.loops", (NOTICE,))


def entity(parts):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    return {**parts, "word/document.xml": bomb + parts["word/document.xml"].partition(b"?>")[2]}


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (entity, ("papers.not_word", {"found": "word/document.xml"})),
        (
            lambda p: {k: v for k, v in p.items() if k != "word/document.xml"},
            ("papers.not_word", {"found": "word/document.xml"}),
        ),
        (
            lambda p: {**p, "word/document.xml": "甲".encode("utf-16")},
            ("papers.not_word", {"found": "word/document.xml"}),
        ),
        (lambda p: {**p, "word/media/big.png": bytes(owner.MAX_UNPACKED)}, ("papers.too_big", {"limit": 16})),
        (
            lambda p: {**p, "word/document.xml": b" " * (owner.MAX_TEMPLATE + 1)},
            ("papers.too_big", {"limit": 16}),
        ),
        (lambda p: {**p, **{f"x{n}": b"" for n in range(501)}}, ("papers.too_big", {"limit": 16})),
    ],
    ids=["entity", "no-document", "utf-16", "bomb", "long", "many"],
)
def test_package_that_is_no_template_is_refused(tmp_path, edit, problem):
    folder = template(tmp_path / "t", "{{ platform.name }}")
    changed(folder / NOTICE, edit)
    assert refusal(tmp_path, folder)[0] == Problem(*problem, (NOTICE,))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 200, "文字".encode()])
def test_file_that_is_no_word_document_is_refused(tmp_path, data):
    folder = template(tmp_path / "t")
    (folder / NOTICE).write_bytes(data)
    (problem,) = refusal(tmp_path, folder)
    assert (problem.code, problem.where) == ("papers.not_word", (NOTICE,))


def test_torn_tags_by_the_thousand_are_refused_at_once(tmp_path):
    folder = template(tmp_path / "t", "x")
    changed(
        folder / NOTICE,
        lambda p: {
            **p,
            "word/document.xml": p["word/document.xml"].replace(b"<w:t>x", b"<w:t>" + b"{{ {% " * 500_000),
        },
    )
    start = time.process_time()
    (problem,) = refusal(tmp_path, folder)
    assert problem == Problem("papers.syntax", {"found": ("{{ {% " * 5)}, (NOTICE,))
    assert time.process_time() - start < 2


def test_folder_that_is_not_there_is_refused(tmp_path):
    assert refusal(tmp_path, tmp_path / "nowhere") == (Problem("papers.no_folder", where=("nowhere",)),)


def test_template_no_paper_would_take_is_refused(tmp_path):
    folder = template(tmp_path / "t", "x", name="评价通知1.docx")
    template(folder, "x", name="Notice of evaluation.docx")  # the other language's, left alone
    template(folder, "x", name="~$评价通知.docx")  # Word's own lock file
    (problem,) = refusal(tmp_path, folder)
    assert (problem.code, problem.where) == ("papers.unknown", ("评价通知1.docx",))
    assert problem.data["names"][:2] == ["评价通知", "评价方案"]


def test_output_of_a_template_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(fill, "MAX_TEXT", 2000)
    folder = template(tmp_path / "t", "{% for i in range(1000) %}{{ platform.name }}{% endfor %}")
    with pytest.raises(Invalid) as caught:
        owner.fill_template(folder / NOTICE, {"platform": {"name": "甲"}}, {})
    assert caught.value.problems == (Problem("papers.unsafe", {"found": "> 2000"}, (NOTICE,)),)
