"""Passports that were issued for signed requests, for the next requests of the same key or session."""

import hashlib
from collections import OrderedDict

from doorward_credential.application.passports import IssuedPassport

MOST_CHARACTERS = 16 * 1024 * 1024
"""Of the passports that are remembered, as tokens; then the oldest are forgotten."""


class Reissues:
    """One passport for each key or session, bounded by what they take and not by their number: those of sessions with
    policies and tags are thirty times as long as those of users."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._issued: OrderedDict[str, IssuedPassport] = OrderedDict()
        self._characters = 0

    def get(self, access_key_id: str, session_token: str | None) -> IssuedPassport | None:
        """What was kept last; it may have expired, or hold no longer."""
        return self._issued.get(_name(access_key_id, session_token))

    def keep(self, access_key_id: str, session_token: str | None, issued: IssuedPassport) -> None:
        """In the place of the one before."""
        name = _name(access_key_id, session_token)
        before = self._issued.pop(name, None)
        self._characters += len(issued.token) - (0 if before is None else len(before.token))
        self._issued[name] = issued
        while self._characters > self._most:
            _, oldest = self._issued.popitem(last=False)
            self._characters -= len(oldest.token)


def _name(access_key_id: str, session_token: str | None) -> str:
    """Two sessions may by chance have the same key id: their tokens differ."""
    if not session_token:
        return access_key_id
    return f"{access_key_id}/{hashlib.sha256(session_token.encode()).hexdigest()}"
