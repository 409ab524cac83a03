"""Steps of all browser tests: accept an invitation, invite, fill in a form."""

import re

PASSWORD = "蓝天白云 四十二 草原"


def come_in(visitor, link, pin, *, username=""):
    """Open the link of an invitation, type its PIN, choose a password; the user is signed in then."""
    visitor.page.goto(link)
    visitor.fill("accounts.invitation", pin=pin)
    visitor.press("accounts.invitation.button")
    if username:
        visitor.fill("accounts.invitation", username=username)
    visitor.fill("accounts.invitation", password=PASSWORD, again=PASSWORD)
    visitor.press("accounts.invitation.accept_button")
    visitor.page.wait_for_url(f"{visitor.address}/")


def enter(visitor, button, table, **values):
    """Follow a link to a form, fill it in, save it."""
    visitor.follow(button)
    visitor.fill(table, **values)
    visitor.save()
    visitor.settled()


def invite(visitor):
    """Confirm an invitation; return link and PIN of the slip."""
    visitor.press("accounts.step.invite.button")
    slip = visitor.page.locator(".slip")
    slip.locator("img").wait_for()
    shown = slip.inner_text()
    return re.search(r"http\S+/invitation/\S+", shown)[0], re.search(r"(?<!\d)\d{6}(?!\d)", shown)[0]
