"""Writes that are sent again: which write the current task serves under a client token."""

import secrets
from contextvars import ContextVar
from datetime import UTC, datetime

from doorward_directory.client_tokens import Once

ONCE: ContextVar[Once | None] = ContextVar("once", default=None)
"""The write that the current task serves, when it has a client token."""


class AnsweredBefore(Exception):
    """The write was obeyed before; with the seed of then, its ids are made as they were."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.seed = seed


def begin(token: str, request: str) -> Once:
    """A write under a token that may be new; `request` is a digest of what is asked and of who asks."""
    return Once(token=token, request=request, seed=secrets.token_hex(16), now=datetime.now(UTC))
