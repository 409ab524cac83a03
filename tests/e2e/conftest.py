"""What stories share: an empty system, the demo, servers on copies of them, people at screens."""

import pytest
from tests import browser as browsers
from tests.e2e import server as servers


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """The data folder of a new installation; serve a copy."""
    return servers.empty(tmp_path_factory.mktemp("empty") / "data")


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The data folder of the demo; serve a copy."""
    return servers.demo(tmp_path_factory.mktemp("demo") / "data")


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one file: while it runs, Django refuses to ask the database."""
    with browsers.chromium() as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Remember how a story went, for what is left behind at its end."""
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed
    return report


@pytest.fixture
def visitor(chromium, request, tmp_path):
    """Let somebody sit down at a screen: `visitor(server, language="en", size=PHONE)`."""
    there = []

    def arrive(server, **options):
        there.append(browsers.Visitor(chromium, server.address, **options))
        return there[-1]

    yield arrive
    if getattr(request.node, "failed", False):
        for number, one in enumerate(there):
            one.page.screenshot(path=tmp_path / f"left-{number}.png", full_page=True)
            print(one.page.url, one.complaints, tmp_path / f"left-{number}.png")
    for one in there:
        one.leave()
