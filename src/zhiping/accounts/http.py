"""The request of a signed-in user."""

from django.http import HttpRequest

from zhiping.accounts.models import User


class Request(HttpRequest):
    """A request with its user."""

    user: User
