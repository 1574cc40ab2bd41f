"""Client tokens: a command that is sent twice under one token happens once.

A caller who got no answer sends its command again under the same token. The token stands in the same commit as what
the command brought about, so either both are in the log or neither.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doorward_kernel.errors import IdempotentParameterMismatch
from immutables import Map

from doorward_directory.account import Account

GENERATION = 1_000
"""An account remembers so many of its last tokens at least, and at most twice as many."""

LIFETIME = timedelta(hours=24)
"""After that a token is free again."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTokenUsed:
    """The last event of a commit.

    `request` is a digest of what was asked, and of who did; from `seed` the ids were made that the commit gave out;
    `version` is that of this event. All in hexadecimal digits but the token.
    """

    token: str
    request: str
    seed: str
    version: int
    used_at: datetime


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedToken:
    """As in `ClientTokenUsed`."""

    request: str
    seed: str
    version: int
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens in two generations: when the recent ones are many, the older are forgotten and they take their place."""

    recent: Map[str, UsedToken]
    older: Map[str, UsedToken]


NO_TOKENS = Tokens(recent=Map(), older=Map())


def client_token_used(account: Account, event: ClientTokenUsed) -> Account:
    tokens = account.tokens
    if len(tokens.recent) >= GENERATION:
        tokens = Tokens(recent=Map(), older=tokens.recent)
    used = UsedToken(request=event.request, seed=event.seed, version=event.version, used_at=event.used_at)
    return replace(account, tokens=replace(tokens, recent=tokens.recent.set(event.token, used)))


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """The token of a command, and what is to be remembered with it; as in `ClientTokenUsed`."""

    token: str
    request: str
    seed: str
    now: datetime


def answered_before(account: Account | None, once: Once) -> UsedToken | None:
    """What is remembered of the token, when the command was sent before.

    Raises IdempotentParameterMismatch when another one was sent under the same token.
    """
    if account is None:
        return None
    used = account.tokens.recent.get(once.token) or account.tokens.older.get(once.token)
    if used is None or once.now - used.used_at >= LIFETIME:
        return None
    if used.request != once.request:
        raise IdempotentParameterMismatch(
            "the client token was used for another request: take a new token for each request"
        )
    return used


def token_used(once: Once, version: int) -> ClientTokenUsed:
    """What is committed as the event of this version, together with what happened under the token."""
    return ClientTokenUsed(token=once.token, request=once.request, seed=once.seed, version=version, used_at=once.now)
