"""Fixtures of browser tests: an empty system, the demo, servers on copies of them, users."""

import pytest
from tests import browser as browsers
from tests.e2e import server as servers
from tests.e2e.scorer import Scorer
from tests.server.cast import PASSWORD


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """The data folder of a new installation; tests serve a copy."""
    return servers.empty(tmp_path_factory.mktemp("empty") / "data")


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The data folder of the demo; tests serve a copy."""
    return servers.demo(tmp_path_factory.mktemp("demo") / "data")


@pytest.fixture(scope="session")
def halls(empty, tmp_path_factory):
    """The data folder of an installation with the examples in scoring; tests serve a copy."""
    return servers.halls(empty, tmp_path_factory.mktemp("halls") / "data")


@pytest.fixture
def arrive(visitor, server):
    """Open a browser for a user of the halls, signed in: `arrive("lead", size=PHONE)`."""

    def come(username, **options):
        one = visitor(server, kind=Scorer, **options)
        one.sign_in(username, PASSWORD)
        return one

    return come


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one file: while it runs, Django refuses queries."""
    with browsers.chromium() as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Store the result of a test, for its teardown."""
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed
    return report


@pytest.fixture
def visitor(chromium, request, tmp_path):
    """Open a browser for a user: `visitor(server, language="en", size=PHONE)`, by `kind` a Visitor."""
    there = []

    def arrive(server, kind=browsers.Visitor, **options):
        there.append(kind(chromium, server.address, **options))
        return there[-1]

    yield arrive
    if getattr(request.node, "failed", False):
        for number, one in enumerate(there):
            one.page.screenshot(path=tmp_path / f"left-{number}.png", full_page=True)
            print(one.page.url, one.complaints, tmp_path / f"left-{number}.png")
    for one in there:
        one.leave()
