"""Choosing a language: one stays where one is, and is never sent to another site."""

import pytest

HERE = "http://testserver"


@pytest.mark.parametrize(
    ("referer", "known", "target"),
    [
        (f"{HERE}/platforms/?standing=overdue", "/platforms/", f"{HERE}/platforms/?standing=overdue"),
        ("", "/platforms/", "/platforms/"),
        ("https://evil.example/", "/platforms/", "/platforms/"),
        ("https://evil.example/", "//evil.example/", "/"),
        ("", "", "/"),
    ],
)
def test_another_language_leads_back_to_our_own_page(client, referer, known, target):
    answer = client.post("/language", {"language": "en", "next": known}, headers={"Referer": referer})
    assert (answer.status_code, answer.headers["Location"]) == (302, target)
    assert answer.cookies["zhiping_language"].value == "en"


def test_unknown_language_is_not_stored(client):
    assert "zhiping_language" not in client.post("/language", {"language": "xx"}).cookies


def test_post_only_url_explains_a_get(client):
    answer = client.get("/language")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "这个地址只用于提交" in answer.content.decode()
