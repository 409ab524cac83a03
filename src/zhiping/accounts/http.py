"""What a view is given once somebody has signed in."""

from django.http import HttpRequest

from zhiping.accounts.models import User


class Request(HttpRequest):
    """A request of a person of this system."""

    user: User
