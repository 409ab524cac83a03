"""What every request meets before a page: how much it may bring."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from zhiping.web.middleware import MOST_BYTES, bounded


@pytest.mark.parametrize(
    ("length", "status"),
    [("", 200), ("0", 200), (str(MOST_BYTES), 200), (str(MOST_BYTES + 1), 413), ("-1", 413), ("many", 413)],
)
def test_what_is_too_large_is_refused_before_it_is_read(length, status):
    request = RequestFactory().post("/account/login/")
    request.META["CONTENT_LENGTH"] = length
    assert bounded(lambda _: HttpResponse())(request).status_code == status


def test_the_server_uses_it(client, db):
    answer = client.post("/account/login/", data={}, CONTENT_LENGTH=str(MOST_BYTES + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("address", ["/organisations/suggest?x=%00", "/invitation/a%00b", "/people/?q=a%00"])
def test_an_address_with_a_nul_is_refused(client, db, address):
    assert client.get(address).status_code == 400
