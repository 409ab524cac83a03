"""What every request meets before a page: how much it may bring."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse
from django.test import RequestFactory

from zhiping.web.middleware import LEAST_COMPRESSED, MOST_BYTES, PADDING, bounded, compressed


@pytest.mark.parametrize(
    ("length", "status"),
    [("", 200), ("0", 200), (str(MOST_BYTES), 200), (str(MOST_BYTES + 1), 413), ("-1", 413), ("many", 413)],
)
def test_too_large_request_is_refused_before_reading(length, status):
    request = RequestFactory().post("/account/login/")
    request.META["CONTENT_LENGTH"] = length
    assert bounded(lambda _: HttpResponse())(request).status_code == status


def test_the_server_uses_it(client, db):
    answer = client.post("/account/login/", data={}, CONTENT_LENGTH=str(MOST_BYTES + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("address", ["/organisations/suggest?x=%00", "/invitation/a%00b", "/people/?q=a%00"])
def test_an_address_with_a_nul_is_refused(client, db, address):
    assert client.get(address).status_code == 400


TEXT = "质评 " * LEAST_COMPRESSED


def answered(response, accepted="gzip, deflate, br"):
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepted} if accepted else {})
    return compressed(lambda _: response)(request)


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP", "gzip;q=0.5", "deflate, gzip;q=1.0"])
def test_page_is_compressed_for_clients_that_accept_it(accepted):
    answer = answered(HttpResponse(TEXT), accepted)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert gzip.decompress(answer.content).decode() == TEXT


@pytest.mark.parametrize("accepted", ["", "br", "identity", "gzip;q=0", "gzip;q=0.0"])
def test_page_is_left_alone_for_other_clients(accepted):
    answer = answered(HttpResponse(TEXT), accepted)
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content.decode() == TEXT


def test_lengths_of_a_compressed_page_are_random():
    lengths = {len(answered(HttpResponse(TEXT)).content) for _ in range(60)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) < PADDING


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(TEXT, content_type="application/zip"),
        HttpResponse(TEXT, headers={"Content-Encoding": "br"}),
    ],
)
def test_incompressible_response_is_not_compressed(response):
    before = response.content
    assert answered(response).content == before


def test_file_is_streamed_as_it_is(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    answer = answered(FileResponse((tmp_path / "a.txt").open("rb")))
    assert b"".join(answer.streaming_content).decode() == TEXT
    answer.file_to_stream.close()


def test_the_server_compresses_pages(client, db):
    page = client.get("/account/login/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(page.content)
