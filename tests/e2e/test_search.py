"""The search in the browser: by the key `/`, its results without a fault for axe on a phone and a desktop."""

import pytest
from tests.browser import DESKTOP, Visitor
from tests.e2e.server import serving
from tests.e2e.test_axe import look


@pytest.fixture(scope="module")
def region(demo, tmp_path_factory):
    with serving(demo, tmp_path_factory.mktemp("search") / "data") as server:
        yield server


def test_slash_leads_to_the_search_and_its_results_are_accessible(region, browser):
    one = Visitor(browser, region.address)
    one.sign_in("officer", region.password())
    one.page.set_viewport_size(dict(zip(("width", "height"), DESKTOP, strict=True)))
    one.page.keyboard.press("/")
    one.page.keyboard.type("服务 平台/")
    one.page.keyboard.press("Backspace")
    one.page.keyboard.press("Enter")
    hits = one.page.locator("ol.hits li")
    hits.first.wait_for()
    assert "平台" in one.page.locator("ol.hits mark").all_inner_texts()
    assert look(one.page, one.page.url, everywhere=True) == []
    one.leave()
