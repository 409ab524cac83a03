"""Every file that a page offers is fetched in both languages and opened."""

import io
import json
import re
import tomllib
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from tests.access import matrix
from tests.access.stages import stages

from zhiping.experts import views
from zhiping.ledger import checkpoints
from zhiping.visits import queries

pytestmark = pytest.mark.t6

IMPORTS = {
    "experts:import-experts", "registry:import-operators", "registry:import-platforms",
    "registry:import-regions",
}  # fmt: skip
LANGUAGES = {"zh": "zh-hans", "en": "en"}
ROLES = ("officer", "administrator", "head", "auditor")
FILES = {"experts:export-experts", "operations:checkpoint", "panels:draw-record", "rubrics:rubric-file"}
POSTED = FILES - {"operations:checkpoint"}  # noted, so not by GET
TEMPLATE, LIST = "?template=xlsx", 'id="listing-tools"'  # what a list has, with its button or empty
FAULT = 500


def open_file(name, content):
    """Open a file as its reader would; raises where it cannot be read."""
    match name.rpartition(".")[2]:
        case "xlsx":
            book = openpyxl.load_workbook(io.BytesIO(content))
            assert book.active.max_row >= 1
        case "json":
            json.loads(content)
        case "toml":
            tomllib.loads(content.decode())
        case "docx" | "zip":
            assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        case _:
            assert content


@pytest.fixture
def world(cast):
    checkpoints.sign_grown(now=timezone.now())
    return stages(cast)


def in_language(client, language):
    client.cookies["zhiping_language"] = LANGUAGES[language]
    return client


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def opened(answer, at):
    """Open the file of an answer, if it is one; return whether it is."""
    assert answer.status_code < FAULT, at
    disposition = answer.headers.get("Content-Disposition", "")
    if not disposition.startswith("attachment"):
        return False
    name = re.search(r"""filename(?:=|\*=utf-8'')"?([^";]+)""", disposition)[1]
    open_file(name, content_of(answer))
    return True


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_download_of_a_page_can_be_opened(cast, client_for, world, language):
    offered, answered = set(), set()
    world = {**world, "draw": world["drawn"]}
    for who in ROLES:
        client = in_language(client_for(getattr(cast, who)), language)
        for name, asks in matrix.addresses():
            if name in answered:
                continue
            url = matrix.address(name, asks, world)
            answer = client.post(url) if name in POSTED else client.get(url)
            if answer.status_code in (200, 405):
                answered.add(name)
            if opened(answer, url):
                offered.add((name, ""))
            elif answer.status_code == 200:
                if opened(client.get(url + TEMPLATE), url + TEMPLATE):
                    offered.add((name, TEMPLATE))
                if LIST in answer.content.decode() and opened(client.post(url, {"export": "xlsx"}), url):
                    offered.add((name, LIST))
    names = {asked: {name for name, each in offered if each == asked} for asked in ("", TEMPLATE, LIST)}
    assert (names[""], names[TEMPLATE]) == (FILES, IMPORTS)
    assert len(names[LIST]) >= 16


@pytest.mark.parametrize("language", LANGUAGES)
def test_rubrics_and_papers_of_each_kind_can_be_opened(cast, client_for, world, language):
    client = in_language(client_for(cast.officer_a), language)
    for kind in ("toml", "xlsx"):
        url = reverse("rubrics:rubric-file", args=[cast.rubric.pk, kind])
        assert opened(client.post(url), url)
    for stage in ("sheets", *queries.STAGES):
        url = reverse("visits:make-papers", args=[world["evaluation"].pk, stage])
        assert opened(client.post(url), url)
    papers = queries.papers_of(queries.facts(world["evaluation"]))
    for paper in papers:
        url = reverse("visits:make-papers", args=[world["evaluation"].pk, paper.stage])
        assert opened(client.post(url, {"name": paper.name}), f"{url} {paper.name}")
    assert len(papers) >= 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(IMPORTS))
def test_template_is_filled_in_and_comes_back_with_its_problems(cast, client_for, language, name):
    person = cast.administrator if "regions" in name else cast.officer
    client, url = in_language(client_for(person), language), reverse(name)
    template = content_of(client.get(url + "?template=xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(template))
    head, example, *rest = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rest == []
    assert [cell for cell in example if cell in head] == []
    for column, _ in enumerate(head, 1):
        book.active.cell(3, column, "x" * 2000)
    sent = io.BytesIO()
    book.save(sent)
    answer = client.post(url, {"file": SimpleUploadedFile("a.xlsx", sent.getvalue())})
    assert answer.status_code == 302
    assert opened(client.get(answer.url + "?problems=xlsx"), url)


def test_template_without_a_text_is_found(cast, client_for, monkeypatch):
    """Positive control: a column that the catalogue does not know."""
    sheet = views.expert_sheet

    def longer(*given):
        made = sheet(*given)
        return replace(made, columns=[*made.columns, replace(made.columns[-1], key="unknown")])

    monkeypatch.setattr(views, "expert_sheet", longer)
    client = client_for(cast.officer)
    with pytest.raises(KeyError):
        client.get(reverse("experts:import-experts") + "?template=xlsx")
