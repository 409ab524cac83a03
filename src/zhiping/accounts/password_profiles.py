"""Password profiles: strength, age and idle time of sessions."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """`classes`: of lower case, upper case, digits, others; `history`: former passwords that are refused;
    `days`: until a password must be changed, 0 for never; `idle`: minutes until the session ends.
    """  # noqa: D205 - the fields need the room

    length: int
    classes: int
    history: int
    days: int
    idle: int


PROFILES = {
    "standard": Profile(length=10, classes=0, history=0, days=0, idle=30),
    "strict": Profile(length=12, classes=3, history=5, days=90, idle=15),  # 等级保护第三级的常见要求
}
WHOLE = 12 * 60  # minutes after which every session ends


def validators(profile: Profile) -> list[dict[str, Any]]:
    """Return Django's AUTH_PASSWORD_VALIDATORS for a profile."""
    own = "zhiping.accounts.passwords"
    about = {"user_attributes": ("username", "name", "phone", "email")}
    listed: list[dict[str, Any]] = [
        {"NAME": f"{own}.Unlike", "OPTIONS": about},
        {"NAME": f"{own}.Length", "OPTIONS": {"min_length": profile.length}},
        {"NAME": f"{own}.Uncommon"},
        {"NAME": f"{own}.NotOnlyDigits"},
    ]
    if profile.classes:
        listed.append({"NAME": f"{own}.Classes", "OPTIONS": {"least": profile.classes}})
    if profile.history:
        listed.append({"NAME": f"{own}.History", "OPTIONS": {"last": profile.history}})
    return listed
