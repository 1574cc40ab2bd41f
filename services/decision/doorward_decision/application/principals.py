"""Principals: by which names policies mean them, and the context keys that say who they are.

IAM user guide, "IAM identifiers" and "AWS global condition context keys". Keys are in lower case.
"""

from datetime import UTC, datetime
from typing import TypeAlias

from doorward_directory.account import Account
from doorward_directory.effective import Entity
from doorward_directory.oidc_providers import oidc_provider_by_arn
from doorward_directory.roles import Role, role_arn, role_by_arn, role_by_name
from doorward_directory.saml_providers import saml_provider_by_arn
from doorward_directory.users import User, user_arn, user_by_arn
from doorward_kernel.arn import Arn
from doorward_kernel.errors import InvalidInput, NoSuchEntity, Unauthenticated
from doorward_kernel.ids import AccountId, UniqueId
from doorward_keyring.passport import Passport, PassportKind
from doorward_policy import Caller, CallerKind, caller

from doorward_decision.application.guardrails import ContextKeys

Known: TypeAlias = tuple[Caller, ContextKeys]
"""A principal as policies name it, and its context keys."""

GONE = "The security token included in the request is invalid."
"""AWS's words for credentials whose principal is not there any more."""

ANONYMOUS = "anonymous"


# --- by ARN, or by name ---


def entity_of(account: Account, principal: str) -> Entity:
    """The user or role whose policies a principal of the account has; None when it has none of its own.

    A service and `anonymous` are of no account, and may be asked about in any. Raises NoSuchEntity when there is no
    such user, role or identity provider; InvalidInput for the ARN of something that is no principal.
    """
    if not principal.startswith("arn:"):
        return None
    arn = Arn.parse(principal)
    if arn.region:
        raise _no_principal(principal)
    kind, _, rest = arn.resource.partition("/")
    match arn.service, kind:
        case "iam", "user":
            return user_by_arn(account, principal)
        case "iam", "role":
            return role_by_arn(account, principal)
        case "sts", "assumed-role":
            return _role_of_session(account, principal, *rest.partition("/")[::2])
        case "iam", "oidc-provider":
            oidc_provider_by_arn(account, principal)
        case "iam", "saml-provider":
            saml_provider_by_arn(account, principal)
        case ("iam", "root") | ("sts", "federated-user"):
            if principal not in {_root_arn(account.account_id), _federated_arn(account.account_id, rest)}:
                raise NoSuchEntity(f"there is no principal `{principal}`")
        case _:
            raise _no_principal(principal)
    return None


def known_by_name(account: Account, principal: str, entity: Entity) -> Known:
    """The principal that `entity_of` found. Raises InvalidInput when no principal has such a name."""
    match entity:
        case User():
            return caller(principal, unique_id=entity.user_id), _user_keys(account, entity)
        case Role():
            arn = role_arn(account, entity)
            if principal == arn:
                return caller(arn, unique_id=entity.role_id), _role_keys(account, entity, entity.role_id)
            userid = f"{entity.role_id}:{principal.rpartition('/')[2]}"
            return caller(principal, unique_id=entity.role_id, issuer=arn), _role_keys(account, entity, userid)
    who = caller(principal)
    match who.kind:
        case CallerKind.ROOT:
            return who, _root_keys(account)
        case CallerKind.FEDERATED_USER:
            name = principal.rpartition("/")[2]
            return who, _federated_keys(account, name) | _NO_MFA
        case _:
            return who, outsiders_keys(who)


def outsiders_keys(who: Caller) -> ContextKeys:
    """The context keys of a caller that is of no account."""
    match who.kind:
        case CallerKind.ANONYMOUS:
            return {
                "aws:principalaccount": ANONYMOUS,
                "aws:principaltype": "Anonymous",
                "aws:userid": ANONYMOUS,
                "aws:principalisawsservice": "false",
            }
        case CallerKind.SERVICE:
            return {
                "aws:principalisawsservice": "true",
                "aws:principalservicename": who.arn,
                "aws:principalservicenameslist": (who.arn,),
            }
        case _:
            return {"aws:principalisawsservice": "false"}


def _role_of_session(account: Account, arn: str, name: str, session: str) -> Role:
    """The ARN of a session does not tell the path of its role."""
    if not session:
        raise _no_principal(arn)
    role = role_by_name(account, name)
    if arn != _session_arn(account.account_id, role.name, session):
        raise NoSuchEntity(f"The role with name {name} cannot be found.")
    return role


def _no_principal(arn: str) -> InvalidInput:
    return InvalidInput(
        f"`{arn}` is not a principal that can be asked about: expected the ARN of a root user, a user, a role, a role "
        "session, a federated user or an identity provider, a service such as `ec2.amazonaws.com`, or `anonymous`"
    )


# --- by passport ---


def bearer(account: Account, passport: Passport) -> Entity:
    """The user or role that the bearer has its policies from; None when that is the root user.

    Raises Unauthenticated when it is not there any more.
    """
    kind, id = passport.kind, UniqueId(passport.principal_id)
    of_root = passport.principal_id == account.account_id
    if of_root and kind in {PassportKind.ROOT, PassportKind.FEDERATED_USER}:
        return None
    found: User | Role | None = None
    if kind in {PassportKind.USER, PassportKind.FEDERATED_USER}:
        found = account.users.get(id)
    elif kind is PassportKind.ROLE_SESSION:
        found = account.roles.get(id)
    if found is None:
        raise Unauthenticated(GONE)
    return found


def known_by_passport(account: Account, passport: Passport, entity: Entity) -> Known:
    """The bearer that `bearer` found. Raises Unauthenticated when nobody can have such a name."""
    id, name = account.account_id, passport.name
    try:
        match entity:
            case Role():
                session, issuer = _session_arn(id, entity.name, name), role_arn(account, entity)
                who = caller(session, unique_id=entity.role_id, issuer=issuer)
                keys = _role_keys(account, entity, f"{entity.role_id}:{name}")
            case User() if passport.kind is PassportKind.USER:
                who = caller(user_arn(account, entity), unique_id=entity.user_id)
                keys = _user_keys(account, entity)
            case User():
                issuer = user_arn(account, entity)
                who = caller(_federated_arn(id, name), unique_id=entity.user_id, issuer=issuer)
                keys = _federated_keys(account, name) | _tags(entity)
            case None if passport.kind is PassportKind.ROOT:
                who, keys = caller(_root_arn(id)), _root_keys(account)
            case None:
                who, keys = caller(_federated_arn(id, name)), _federated_keys(account, name)
    except InvalidInput as error:
        raise Unauthenticated(GONE) from error
    return who, keys | _session_keys(passport)


def _session_keys(passport: Passport) -> ContextKeys:
    """What a session adds to the keys of its principal, and what its tags take the place of."""
    limits = passport.limits
    keys: ContextKeys = {f"aws:principaltag/{key.lower()}": value for key, value in limits.tags.items()}
    if passport.temporary:
        issued = datetime.fromtimestamp(passport.authenticated_at, UTC)
        keys["aws:tokenissuetime"] = issued.strftime("%Y-%m-%dT%H:%M:%SZ")
    if passport.temporary or passport.mfa_present:  # a long-term key shows one with the request itself: AssumeRole
        keys["aws:multifactorauthpresent"] = "true" if passport.mfa_present else "false"
    if limits.source_identity:
        keys["aws:sourceidentity"] = limits.source_identity
    if limits.federated_provider:
        keys["aws:federatedprovider"] = limits.federated_provider
    return keys


# --- keys of each kind ---

_NO_MFA: ContextKeys = {"aws:multifactorauthpresent": "false"}
"""Sessions are temporary credentials; of one that is only named nobody knows that there was a second factor."""


def _user_keys(account: Account, user: User) -> ContextKeys:
    keys = _signed(account, user_arn(account, user), PassportKind.USER, user.user_id)
    return keys | {"aws:username": user.name} | _tags(user)


def _role_keys(account: Account, role: Role, userid: str) -> ContextKeys:
    """Also of the role itself, which stands for whatever session of it: its id then has no session's name."""
    keys = _signed(account, role_arn(account, role), PassportKind.ROLE_SESSION, userid)
    return keys | _NO_MFA | _tags(role)


def _root_keys(account: Account) -> ContextKeys:
    return _signed(account, _root_arn(account.account_id), PassportKind.ROOT, account.account_id)


def _federated_keys(account: Account, name: str) -> ContextKeys:
    id = account.account_id
    return _signed(account, _federated_arn(id, name), PassportKind.FEDERATED_USER, f"{id}:{name}")


def _signed(account: Account, arn: str, kind: PassportKind, userid: str) -> ContextKeys:
    return {
        "aws:principalarn": arn,
        "aws:principalaccount": account.account_id,
        "aws:principaltype": kind.value,
        "aws:userid": userid,
        "aws:principalisawsservice": "false",
    }


def _tags(entity: User | Role) -> ContextKeys:
    return {f"aws:principaltag/{key.lower()}": value for key, value in entity.tags.items()}


def _root_arn(account: AccountId) -> str:
    return f"arn:aws:iam::{account}:root"


def _session_arn(account: AccountId, role: str, session: str) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session}"


def _federated_arn(account: AccountId, name: str) -> str:
    return f"arn:aws:sts::{account}:federated-user/{name}"
