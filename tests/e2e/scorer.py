"""A person at the scoring page."""

from tests.browser import Visitor

CODES = {"zh": "zh-hans", "en": "en"}


class Scorer(Visitor):
    """A visitor who scores, with a network or without one."""

    def sign_in(self, username, password):
        """Sign in, then go on in one's language: signing in sets that of the account."""
        super().sign_in(username, password)
        cookie = {"name": "zhiping_language", "value": CODES[self.language], "url": self.address}
        self.context.add_cookies([cookie])

    def leave(self):
        """Close the browser; fail on errors that it reported, but requests that were refused or not sent."""
        self.context.close()
        assert [one for one in self.complaints if ": 40" not in one] == []

    def choose(self, criterion, points):
        """Tap a mark; wait until the card shows it."""
        card = self.page.locator(f"[data-criterion='{criterion}']")
        card.locator(f"input[type=radio][value='{points}']").check()

    def waits(self, marks, photos=0):
        """Wait until the bar counts this many marks and photos that the server does not have."""
        self.page.locator(
            ".sync.waits", has_text=self.say("fieldwork.bar.unsent", marks=marks, photos=photos)
        ).wait_for()

    def sent(self):
        """Wait until the server has everything."""
        self.page.locator(".sync.done", has_text=self.say("fieldwork.bar.sent")).wait_for()

    def ready_for_no_network(self):
        """Wait until the service worker has the page."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_timeout(500)  # it claims the page
        self.page.reload()
        self.page.locator(".criterion").first.wait_for()

    def hand_in(self):
        """Hand the sheet in at the foot of the page."""
        self.press("fieldwork.hand_in.button")
        self.press("fieldwork.hand_in.yes")
        self.page.get_by_text(self.say("fieldwork.hand_in.done")).wait_for()
