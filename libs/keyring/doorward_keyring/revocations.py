"""Revocations: what a principal's sessions were issued for until a moment ends at once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doorward_kernel.errors import InvalidInput

from doorward_keyring.keyring import Keyring

MOST_AHEAD = timedelta(minutes=5)
"""How far the clock of who asks may be ahead of ours; such a time counts as now."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsRevoked:
    """Sessions that the principal authenticated for at or before `before`, in whole seconds, are refused."""

    principal_id: str
    before: datetime


# --- state, and how events change it ---


def sessions_revoked(keyring: Keyring, event: SessionsRevoked) -> Keyring:
    return replace(keyring, revocations=keyring.revocations.set(event.principal_id, event.before))


def revoked_before(keyring: Keyring, principal_id: str) -> datetime | None:
    """Until when the principal's sessions are refused; None when none ever was."""
    return keyring.revocations.get(principal_id)


def is_revoked(keyring: Keyring, principal_id: str, authenticated_at: int) -> bool:
    """Whether a session that was authenticated then (seconds since 1970) is refused.

    Within a second nobody can tell what came first, so all of the second of the revocation is refused.
    """
    before = revoked_before(keyring, principal_id)
    return before is not None and authenticated_at <= int(before.timestamp())


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSessions:
    principal_id: str
    before: datetime
    now: datetime


def revoke_sessions(keyring: Keyring, command: RevokeSessions) -> list[SessionsRevoked]:
    """Nothing when so much or more is revoked. What is yet to come is never revoked: a time at most MOST_AHEAD of `now`
    counts as `now`. Raises InvalidInput for a later one."""
    if command.before - command.now > MOST_AHEAD:
        raise InvalidInput(f"`before` is `{command.before.isoformat()}`, which is more than five minutes ahead")
    before = min(command.before, command.now)
    revoked = revoked_before(keyring, command.principal_id)
    if revoked is not None and before <= revoked:
        return []
    return [SessionsRevoked(principal_id=command.principal_id, before=before)]
