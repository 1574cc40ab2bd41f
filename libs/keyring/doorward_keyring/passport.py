"""Passports: who a caller is, as the credential service found it out; the claims of the token that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from doorward_kernel.errors import Unauthenticated
from doorward_kernel.ids import AccountId, is_account_id
from immutables import Map


class PassportKind(StrEnum):
    """What a principal is (`aws:PrincipalType`)."""

    ROOT = "Account"
    USER = "User"
    ROLE_SESSION = "AssumedRole"
    FEDERATED_USER = "FederatedUser"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """What a session was given when it was issued, and cannot exceed or change."""

    policy: str = ""
    """An inline session policy, as JSON; empty when there is none."""
    policy_arns: tuple[str, ...] = ()
    """Managed session policies."""
    tags: Map[str, str] = field(default_factory=Map)
    """Session tags by key; those of a principal's own with the same key, ignoring case, do not count."""
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str = ""
    federated_provider: str = ""
    """The identity provider that vouched, as `aws:FederatedProvider` names it."""


NO_LIMITS = SessionLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """Who the caller is.

    `principal_id` is the unique id of the user (also of the one who asked for a federated user's session) or of the
    role; for a root user its account id. Times are in whole seconds since 1970, UTC.
    """

    kind: PassportKind
    account: AccountId
    principal_id: str
    name: str
    """The role session's or federated user's name; empty for others."""
    access_key_id: str
    """What it was proved with: `AKIA…`, `ASIA…`; empty after a sign-in."""
    authenticated_at: int
    """When the session was issued or the caller signed in; a session that is revoked as of later is refused."""
    temporary: bool
    """Whether it was proved with temporary credentials, or by signing in: not with a long-term key."""
    mfa_at: int | None = None
    """When a second factor was shown; None when none was."""
    limits: SessionLimits = NO_LIMITS

    @property
    def mfa_present(self) -> bool:
        return self.mfa_at is not None


def claims_of(passport: Passport) -> dict[str, Any]:
    """The claims that say it, beside those of every token (`iss`, `aud`, `iat`, `exp`)."""
    limits = passport.limits
    claims: dict[str, Any] = {
        "sub": subject(passport),
        "account": passport.account,
        "kind": passport.kind.value,
        "pid": passport.principal_id,
        "auth_time": passport.authenticated_at,
        "temporary": passport.temporary,
    }
    optional: dict[str, Any] = {
        "name": passport.name,
        "key": passport.access_key_id,
        "mfa_time": passport.mfa_at,
        "policy": limits.policy,
        "policy_arns": list(limits.policy_arns),
        "tags": dict(limits.tags),
        "transitive": list(limits.transitive_tag_keys),
        "source_identity": limits.source_identity,
        "idp": limits.federated_provider,
    }
    return claims | {name: value for name, value in optional.items() if value or value == 0}


def passport_of(claims: Mapping[str, Any]) -> Passport:
    """The passport that verified claims say. Raises Unauthenticated when they are not those of a passport."""
    try:
        passport = Passport(
            kind=PassportKind(claims["kind"]),
            account=AccountId(_text(claims["account"])),
            principal_id=_text(claims["pid"]),
            name=_text(claims.get("name", "")),
            access_key_id=_text(claims.get("key", "")),
            authenticated_at=_seconds(claims["auth_time"]),
            temporary=claims["temporary"] is True,
            mfa_at=None if claims.get("mfa_time") is None else _seconds(claims["mfa_time"]),
            limits=SessionLimits(
                policy=_text(claims.get("policy", "")),
                policy_arns=tuple(map(_text, claims.get("policy_arns", ()))),
                tags=Map({_text(key): _text(value) for key, value in claims.get("tags", {}).items()}),
                transitive_tag_keys=tuple(map(_text, claims.get("transitive", ()))),
                source_identity=_text(claims.get("source_identity", "")),
                federated_provider=_text(claims.get("idp", "")),
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unauthenticated("the passport does not say who its bearer is") from error
    if not is_account_id(passport.account) or not passport.principal_id:
        raise Unauthenticated("the passport does not say who its bearer is")
    return passport


def subject(passport: Passport) -> str:
    """Account, kind, id and name in one text: the `sub` of the token, and the actor of events."""
    name = f":{passport.name}" if passport.name else ""
    return f"{passport.account}:{passport.principal_id}{name}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("expected whole seconds")
    return value
