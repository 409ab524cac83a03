"""Screenshots of every page of the demo, for visual review: `python -m tests.e2e.pictures FOLDER`."""

import sys
import tempfile
from pathlib import Path

from tests.browser import DESKTOP, PHONE, Visitor, chromium
from tests.e2e.server import demo, serving
from tests.e2e.test_axe import PEOPLE, pages


def take(folder, browser, server):
    """Take a screenshot of each kind of page in each size and language, and of every desk."""
    shown = set()
    for name in PEOPLE:
        one = Visitor(browser, server.address)
        if name:
            one.sign_in(name, server.password())
        for kind, address in pages(one).items():
            if kind not in shown or kind == "/":
                shown.add(kind)
                picture(folder, one, address, f"{name or 'nobody'}{kind.replace('/', '-')}")
        one.leave()


def picture(folder, one, address, name):
    """Take screenshots of a page in both languages, on a desktop and a phone."""
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        cookie = {"name": "zhiping_language", "value": code, "url": one.address}
        one.context.add_cookies([cookie])
        for size in (DESKTOP, PHONE):
            one.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
            one.go(address)
            one.page.wait_for_load_state("networkidle")
            one.page.screenshot(path=folder / f"{name}-{language}-{size[0]}.png", full_page=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        chromium() as browser,
        serving(demo(Path(place) / "made"), Path(place) / "data") as server,
    ):
        take(target, browser, server)
