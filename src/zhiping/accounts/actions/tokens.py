"""API tokens: created and revoked; only a token's hash is stored."""

import datetime as dt
import secrets

from zhiping.accounts.models import ApiToken
from zhiping.accounts.queries import TOKEN_PREFIX, secret_hash, tokens
from zhiping.domain.errors import Invalid
from zhiping.ledger.act import Act

SCOPES = ("read", "write")
MOST_DAYS = 366
MOST_TOKENS = 20  # valid ones of one person


def add_token(act: Act, *, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Create a token for a program that acts for the person; return it with its secret, shown this once.

    `scope`: `read`, or `write`, which includes reading; `days`: its validity, at most a year. It never has
    more permissions than the person. Raises Invalid `tokens.days`, `tokens.too_many`.
    """
    if not 1 <= days <= MOST_DAYS or scope not in SCOPES:
        raise Invalid.of("tokens.days", "days", most=MOST_DAYS)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with act.record("accounts.add_token", act.by, "user.token_added") as entry:
        if tokens(act.by).filter(revoked__isnull=True, expires__gt=act.now).count() >= MOST_TOKENS:
            raise Invalid.of("tokens.too_many", most=MOST_TOKENS)
        token = ApiToken(
            id=entry.id, user=act.by, name=name, scope=scope, sha256=secret_hash(secret), created=act.now,
            expires=act.now + dt.timedelta(days=days),
        )  # fmt: skip
        entry.add(token)
    return token, secret


def revoke_token(act: Act, token: ApiToken) -> None:
    """Revoke a token at once: one's own, or that of a person whose account one manages."""
    with act.record("accounts.revoke_token", token.user, "user.token_revoked") as entry:
        entry.data = {"token": token.pk}
        entry.change_all(token.user.tokens.filter(pk=token.pk, revoked__isnull=True), revoked=act.now)
