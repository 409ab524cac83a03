"""A real Chromium and its users; errors in the browser fail the test."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from zhiping.texts import catalogue
from zhiping.texts.catalogue import speaking

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PACKAGE = "chromium"
DESKTOP, PHONE = (1440, 900), (360, 740)
WAIT = 60_000  # ms; other work shares the machine
# Violations of the content security policy are collected with the console errors.
WATCH = "onsecuritypolicyviolation = e => console.error('CSP', e.violatedDirective, e.blockedURI)"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


def program():
    """Return the path of Chromium: configured, in PATH, of Playwright, or installed as root on Debian."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return found or _from_playwright() or _from_debian()


def _from_playwright():
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, capture_output=True, timeout=600, check=False).returncode:
        return None
    with sync_playwright() as driver:
        return driver.chromium.executable_path


def _from_debian():
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "-y", "--no-install-recommends", PACKAGE]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "-q", *command], check=True, env=environment, timeout=900)
        return shutil.which(PACKAGE)
    pytest.fail(f"a browser is needed: install {PACKAGE}, or name one by CHROMIUM", pytrace=False)


@contextmanager
def chromium():
    """Start Chromium. Django refuses queries in this thread, since Playwright keeps an event loop running."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=list(ARGUMENTS))
        yield browser
        browser.close()


class Visitor:
    """A user of a browser, who finds elements by their texts in the catalogue."""

    def __init__(self, browser, address, *, language="zh", size=DESKTOP, **options):
        width, height = size
        self.address, self.language, self.size = address, language, size
        self.context = browser.new_context(
            base_url=address, locale=LOCALES[language], viewport={"width": width, "height": height},
            has_touch=size == PHONE, accept_downloads=True, reduced_motion="reduce", **options,
        )  # fmt: skip
        self.context.set_default_timeout(WAIT)
        self.context.add_init_script(WATCH)
        self.complaints = []
        self.page = self.tab()

    def say(self, key, **data):
        """Return a text in the user's language."""
        with speaking(self.language):
            return catalogue.say(key, **data)

    def tab(self):
        """Open one more tab and watch it."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._look)
        return page

    def _hear(self, message):
        refused = message.text.startswith("Failed to load resource")  # responses are checked separately
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(f"{message.page.url}: {message.text}")

    def _look(self, response):
        part = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= 500 or (part and response.status >= 400):
            self.complaints.append(f"{response.url}: {response.status}")

    def go(self, path):
        """Open an address."""
        return self.page.goto(path)

    def named(self, key, **data):
        """Return the text of a key of the catalogue; other words unchanged."""
        return self.say(key, **data) if "." in key and key.isascii() and " " not in key else key

    def follow(self, key, **data):
        """Follow the first link with this text."""
        self.page.get_by_role("link", name=self.named(key, **data), exact=True).first.click()

    def place(self, key):
        """Open an entry of the menu, which is behind a button on phones."""
        self.page.wait_for_load_state()
        if self.page.locator(".menu-button").is_visible():
            self.page.locator(".menu-button").click()
            self.page.locator("#menu.show").wait_for()  # its animation has ended
        self.page.locator("#menu").get_by_role("link", name=self.say(key), exact=True).click()

    def press(self, key, within=None, **data):
        """Press the first button with this text."""
        where = within or self.page
        where.get_by_role("button", name=self.named(key, **data), exact=True).first.click()

    def fill(self, table, within=None, **values):
        """Fill fields by name; their labels are in a table of the catalogue."""
        for name, value in values.items():
            self._fill(self.named(f"{table}.{name}"), str(value), within or self.page)

    def _fill(self, label, value, where):
        optional = f"{label} {self.say('web.form.optional')}"
        field = where.get_by_label(label, exact=True).or_(where.get_by_label(optional, exact=True)).first
        kind = field.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            field.select_option(value)  # by its label or its value
        elif kind in ("radio", "checkbox"):
            field.check()
        elif kind == "file":
            field.set_input_files(value)
        else:
            field.fill(value)

    def save(self):
        """Press the submit button."""
        self.press("web.form.save")

    def settled(self):
        """Wait for the response to a form; fail if a field has an error."""
        self.page.wait_for_load_state()
        assert self.page.locator(".field-errors").all_inner_texts() == []

    def sees(self, key, **data):
        """Wait until a text is on the page."""
        self.page.get_by_text(self.named(key, **data)).first.wait_for()

    def sign_in(self, username, password):
        """Sign in with the form."""
        self.go("/account/login/")
        self.fill("accounts.sign_in_fields", login=username, password=password)
        self.press("accounts.sign_in.title")
        self.page.wait_for_url(f"{self.address}/")

    def download(self, act, path):
        """Start a download; return its path."""
        with self.page.expect_download() as caught:
            act()
        caught.value.save_as(path)
        return Path(path)

    def leave(self):
        """Close the browser; fail on errors that it reported."""
        self.context.close()
        assert self.complaints == []
