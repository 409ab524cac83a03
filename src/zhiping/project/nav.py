"""The entries of the menu as data: address name, text key, the app it stands for, who sees it."""

from collections.abc import Callable

from zhiping.accounts.models import Role, User


def _anybody(_: User) -> bool:
    return True


def _registry(user: User) -> bool:
    return bool(user.organisations(Role.AUTHORITY, Role.OPERATOR, Role.OPERATOR_HEAD))


ENTRIES: tuple[tuple[str, str, str, Callable[[User], bool]], ...] = (
    ("registry:platforms", "platforms", "registry", _registry),
    ("rubrics:rubrics", "rubrics", "rubrics", _anybody),
)
