"""Signing in without typing: a session as the sign-in page leaves it."""

from types import SimpleNamespace


def sign_in(client, user, *, ago=0):
    """Sign somebody in; the last proof of who it is lies `ago` seconds back."""
    from allauth.account.internal.flows import login

    client.force_login(user)
    session = client.session
    login.record_authentication(SimpleNamespace(session=session), user, "password")
    session[login.AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] -= ago
    session.save()
