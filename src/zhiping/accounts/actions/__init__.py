"""Changing accounts: people, organisations, invitations, passwords, regions."""

from zhiping.accounts.actions.invitations import (
    Slip,
    accept,
    invite,
    invite_first_administrator,
    invite_waiting,
    try_pin,
)
from zhiping.accounts.actions.organisations import add_organisation, change_organisation
from zhiping.accounts.actions.passwords import set_password
from zhiping.accounts.actions.people import (
    add_person,
    change_own_account,
    change_person,
    deactivate,
    end_sessions,
    reactivate,
    reset_second_factor,
)
from zhiping.accounts.actions.regions import load_regions
from zhiping.accounts.actions.sessions import forget_sessions
from zhiping.accounts.actions.tokens import add_token, revoke_token

__all__ = [
    "Slip",
    "accept",
    "add_organisation",
    "add_person",
    "add_token",
    "change_organisation",
    "change_own_account",
    "change_person",
    "deactivate",
    "end_sessions",
    "forget_sessions",
    "invite",
    "invite_first_administrator",
    "invite_waiting",
    "load_regions",
    "reactivate",
    "reset_second_factor",
    "revoke_token",
    "set_password",
    "try_pin",
]
