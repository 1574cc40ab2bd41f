"""Callers: who asks, and by which names a Principal element may mean them."""

import re
from dataclasses import dataclass
from enum import Enum, IntEnum

from doorward_kernel.arn import Arn
from doorward_kernel.errors import InvalidInput

Name = tuple[str, str]
"""A type of principal and a name: `("AWS", "123456789012")`. `("role", …)` is a role whatever its path."""

Names = tuple[Name, ...]

IDENTITY_PROVIDERS = frozenset(
    {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}
)
"""Web identity providers that are named by their host (IAM user guide, "AWS JSON policy elements: Principal")."""

SERVICE_LINKED_PATH = "role/aws-service-role/"
"""Where service-linked roles are, and nothing else can be."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z0-9-]+", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_PARTITION = re.compile(r"aws[a-z-]*")


class CallerKind(Enum):
    """What a caller is."""

    ROOT = "root"
    USER = "user"
    ROLE = "role"
    """A role itself, when it is asked what its sessions may do."""
    ROLE_SESSION = "role session"
    FEDERATED_USER = "federated user"
    IDENTITY_PROVIDER = "identity provider"
    """Who vouches for somebody that assumes a role by SAML or web identity."""
    SERVICE = "service"
    ANONYMOUS = "anonymous"


class Coverage(IntEnum):
    """How directly a principal entry means a caller; the more directly, the more a grant to it is worth."""

    NONE = 0
    ACCOUNT = 1
    """Through its account, which delegates."""
    ROLE = 2
    """Through its role, or the user behind a federated user."""
    DIRECT = 3
    """As itself, or as one of everybody."""


_FORMS = {
    CallerKind.ROOT: re.compile(r"iam:root"),
    CallerKind.USER: re.compile(r"iam:user/[!-~]+"),
    CallerKind.ROLE: re.compile(r"iam:role/[!-~]+"),
    CallerKind.ROLE_SESSION: re.compile(r"sts:assumed-role/[!-.0-~]+/[!-.0-~]+"),
    CallerKind.FEDERATED_USER: re.compile(r"sts:federated-user/[!-.0-~]+"),
    CallerKind.IDENTITY_PROVIDER: re.compile(r"iam:(?:saml|oidc)-provider/[!-~]+"),
}
"""`service:resource` of the callers that have an ARN (IAM user guide, "IAM identifiers")."""

_ID = {
    CallerKind.USER: "AIDA",
    CallerKind.ROLE: "AROA",
    CallerKind.ROLE_SESSION: "AROA",
    CallerKind.FEDERATED_USER: "AIDA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller; `account` is empty for services, identity providers and anonymous callers.

    `names` are all its names, the most direct first; `levels` groups them: a NotPrincipal spares a caller only when
    each level is listed. `service_linked` marks roles that SCPs do not bind, `ordinary` callers that have just what
    their own policies grant.
    """

    kind: CallerKind
    arn: str
    account: str
    names: tuple[tuple[Name, Coverage], ...]
    levels: tuple[Names, ...]
    service_linked: bool = False
    ordinary: bool = False


def caller(
    principal: str, *, unique_id: str | None = None, issuer: str | None = None, canonical_user: str | None = None
) -> Caller:
    """The caller with an ARN, a service's or identity provider's name, or `anonymous`.

    `unique_id` is the id of the user or role (`AIDA…`, `AROA…`) by which stored policies remember it, also of the user
    who asked for a federated user's session; `issuer` the ARN of the role of a role session, or of that user;
    `canonical_user` its account as S3 names it. Raises InvalidInput when `principal` is no such thing.
    """
    if principal == "anonymous":
        return Caller(kind=CallerKind.ANONYMOUS, arn=principal, account="", names=(), levels=((),))
    if not principal.startswith("arn:"):
        return _host(principal)
    arn = Arn.parse(principal)
    kind = next((kind for kind, form in _FORMS.items() if form.fullmatch(f"{arn.service}:{arn.resource}")), None)
    if kind is None or arn.region or not _ACCOUNT.fullmatch(arn.account) or not _PARTITION.fullmatch(arn.partition):
        raise InvalidInput(
            f"`{principal[:200]}` is not a caller: expected the ARN of an account's root, a user, a role, a role "
            "session, a federated user or an identity provider"
        )
    if kind is CallerKind.IDENTITY_PROVIDER:
        return _outsider(kind, ("Federated", principal))
    direct, role = _names(kind, arn, principal, unique_id, issuer)
    account: Names = ("AWS", arn.account), ("AWS", f"arn:{arn.partition}:iam::{arn.account}:root")
    if canonical_user:
        account = (*account, ("CanonicalUser", canonical_user))
    levels = (direct, account) if kind is CallerKind.FEDERATED_USER else (direct, role, account)
    of_role = kind in {CallerKind.ROLE, CallerKind.ROLE_SESSION}
    if kind is CallerKind.ROLE:
        issuer = principal
    return Caller(
        kind=kind,
        arn=principal,
        account=arn.account,
        names=(
            *((name, Coverage.DIRECT) for name in direct),
            *((name, Coverage.ROLE) for name in role),
            *((name, Coverage.ACCOUNT) for name in account),
        ),
        levels=tuple(level for level in levels if level),
        service_linked=of_role and issuer is not None and _is_service_linked(issuer, arn.account),
        ordinary=of_role or kind is CallerKind.USER,
    )


def _names(
    kind: CallerKind, arn: Arn, principal: str, unique_id: str | None, issuer: str | None
) -> tuple[Names, Names]:
    """The names that mean the caller itself, and those that mean its role."""
    itself: Names = (("AWS", principal),)
    id: Names = (("AWS", unique_id),) if unique_id and unique_id.startswith(_ID.get(kind, "-")) else ()
    match kind:
        case CallerKind.USER:
            return itself + id, ()
        case CallerKind.ROLE:
            return (), itself + id
        case CallerKind.ROLE_SESSION:
            role = f"arn:{arn.partition}:iam::{arn.account}:role/{arn.resource.split('/')[1]}"
            return itself, (("role", role), *id)
        case CallerKind.FEDERATED_USER:
            return itself, ((("AWS", issuer),) if issuer else ()) + id
        case _:
            return (), ()


def _is_service_linked(role: str, account: str) -> bool:
    parts = role.split(":", 5)
    return parts[2:5] == ["iam", "", account] and parts[5].startswith(SERVICE_LINKED_PATH)


def role_of_any_path(arn: str) -> Name | None:
    """The name that covers all sessions of a role, which do not tell its path; None when `arn` is not of a role."""
    head, separator, path = arn.partition(":role/")
    return ("role", f"{head}:role/{path.rpartition('/')[2]}") if separator and head.count(":") == 4 else None


def _host(name: str) -> Caller:
    if not _HOST.fullmatch(name):
        raise InvalidInput(
            f"`{name[:200]}` is not a caller: expected an ARN, a service such as `ec2.amazonaws.com`, or `anonymous`"
        )
    if name in IDENTITY_PROVIDERS:
        return _outsider(CallerKind.IDENTITY_PROVIDER, ("Federated", name))
    return _outsider(CallerKind.SERVICE, ("Service", name))


def _outsider(kind: CallerKind, name: Name) -> Caller:
    return Caller(kind=kind, arn=name[1], account="", names=((name, Coverage.DIRECT),), levels=((name,),))
