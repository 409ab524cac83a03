"""Tokens for programs: made and ended; only a token's hash is kept."""

import datetime as dt
import secrets
from uuid import UUID

from zhiping.accounts.models import ApiToken, User
from zhiping.accounts.queries import TOKEN_PREFIX, secret_hash, tokens
from zhiping.accounts.rules import require
from zhiping.domain.errors import Invalid, Problem
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger

SCOPES = ("read", "write")
MOST_DAYS = 366
MOST_TOKENS = 20  # of one person that are still good


def add_token(
    *, by: User, now: dt.datetime, name: str, scope: str, days: int, id: UUID | None = None
) -> tuple[ApiToken, str]:
    """Make a token for a program that acts for the person; return it with its secret, told this once.

    `scope`: `read`, or `write`, which includes reading; `days`: how long it is good, at most a year. It may
    never do more than the person. Raises Invalid `tokens.days`, `tokens.too_many`.
    """
    if not 1 <= days <= MOST_DAYS or scope not in SCOPES:
        raise Invalid([Problem("tokens.days", {"most": MOST_DAYS}, ("days",))])
    if tokens(by).filter(revoked__isnull=True, expires__gt=now).count() >= MOST_TOKENS:
        raise Invalid([Problem("tokens.too_many", {"most": MOST_TOKENS})])
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with ledger.record(by, "user.token_added", by=by, at=now) as entry:
        token = ApiToken(
            id=id or uuid7(), user=by, name=name, scope=scope, sha256=secret_hash(secret), created=now,
            expires=now + dt.timedelta(days=days),
        )  # fmt: skip
        token.save(force_insert=True)
        entry.data = {"token": str(token.pk), "name": name, "scope": scope, "days": days}
    return token, secret


def revoke_token(*, by: User, now: dt.datetime, token: ApiToken, id: UUID | None = None) -> None:
    """End a token at once: one's own, or that of somebody whose account one looks after."""
    require(by, "accounts.revoke_token", token.user)
    with ledger.record(token.user, "user.token_revoked", by=by, at=now, id=id) as entry:
        token.user.tokens.filter(pk=token.pk, revoked__isnull=True).update(revoked=now)
        entry.data = {"token": str(token.pk)}
