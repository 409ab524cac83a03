"""Tags and filters of account pages."""

from django import template
from django.conf import settings
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.rules import password_expired

register = template.Library()
BROWSERS = {
    "MicroMessenger": "WeChat",
    "Edg/": "Edge",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@register.filter
def device(agent: str) -> str:
    """Return browser and system of a User-Agent header; the header itself if both are unknown."""
    names = [
        next((name for mark, name in table.items() if mark in agent), "") for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, names)) or agent[:60]


@register.simple_tag
def mails() -> bool:
    """Return whether this installation sends e-mail, and so links for a new password."""
    return bool(settings.EMAIL_HOST)


@register.simple_tag
def second_factor_asked(user: User) -> bool:
    """Return whether the person's office requires a second factor."""
    return user.office in settings.REQUIRE_MFA


@register.simple_tag
def password_over(user: User) -> bool:
    """Return whether the person's password has reached the age the profile allows."""
    return password_expired(user, timezone.now())
