"""Signing in without the form: a session as the sign-in page creates it."""

from types import SimpleNamespace


def sign_in(client, user, *, ago=0):
    """Sign a user in, with the last authentication `ago` seconds in the past."""
    from allauth.account.internal.flows import login

    client.force_login(user)
    session = client.session
    login.record_authentication(SimpleNamespace(session=session), user, "password")
    session[login.AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] -= ago
    session.save()
