"""Policies that name principals: people write users and roles by ARN, they are kept by unique id.

So a user or role that is deleted and made again is no longer meant, and the policy reads back with its id
(IAM user guide, "AWS JSON policy elements: Principal").
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import InvalidInput, LimitExceeded, MalformedPolicyDocument
from doorward_kernel.ids import ROLE_PREFIX, USER_PREFIX, UniqueId
from doorward_policy import Policy, PolicyKind
from immutables import Map

from doorward_directory.account import Account
from doorward_directory.documents import check_document
from doorward_directory.names import name_key

Foreign = Mapping[str, str]
"""Principals of other accounts by the name that a policy gives them: their unique id, or for an account the name
itself. Who is not there does not exist."""

MOST_FOREIGN = 250
"""Principals of other accounts that one policy may name: each has to be looked up in its account."""

_ID = re.compile(rf"(?:{USER_PREFIX}|{ROLE_PREFIX})[A-Z0-9]{{16,17}}", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_SESSION = re.compile(r"assumed-role/([^/]+)/[^/]+|federated-user/[^/]+", re.ASCII)


def foreign_principals(account: Account, document: str, kind: PolicyKind) -> list[tuple[str, str]]:
    """Account and name of each principal of another account that a policy names.

    Raises InvalidInput, MalformedPolicyDocument, LimitExceeded.
    """
    named = dict.fromkeys((account_of(name), name) for name in _named(check_document(document, kind)))
    found = [(owner, name) for owner, name in named if owner not in {"", account.account_id}]
    if len(found) > MOST_FOREIGN:
        raise LimitExceeded(
            f"a policy names at most {MOST_FOREIGN} principals of other accounts, this one {len(found)}"
        )
    return found


def stored_document(account: Account, document: str, kind: PolicyKind, foreign: Foreign) -> tuple[str, Map[str, str]]:
    """The document as it is kept, and the ARN of each unique id in it.

    Raises InvalidInput; MalformedPolicyDocument, also for a principal that does not exist.
    """
    check_document(document, kind)
    arns: dict[str, str] = {}

    def stored(name: str) -> str:
        owner = account_of(name)
        known = foreign.get(name) if owner not in {"", account.account_id} else principal_in(account, name)
        if known is None:
            raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{name}"')
        if _ID.fullmatch(known):
            arns[known] = name if known != name else (principal_arn(account, known) or name)
        return known

    return _with_principals(document, stored), Map(arns)


def shown_document(document: str, arn_of: Callable[[str], str | None]) -> str:
    """The document as people read it: each unique id replaced by the ARN that `arn_of` knows for it."""
    return _with_principals(document, lambda name: (arn_of(name) if _ID.fullmatch(name) else None) or name)


def principal_in(account: Account, name: str) -> str | None:
    """What a principal of this account that a policy names is kept as: users and roles as their unique id, others as
    they are; None when there is no such. `name` is `*`, an account id, an ARN or a unique id."""
    if _ID.fullmatch(name):
        return name if principal_arn(account, name) else None
    if not name.startswith("arn:"):
        return name
    arn = Arn.parse(name)
    if arn.service == "sts":
        session = _SESSION.fullmatch(arn.resource)
        role = session and session[1]
        return name if session and (role is None or name_key(role) in account.role_ids) else None
    if arn.resource == "root":
        return name
    ids = {"user": account.user_ids, "role": account.role_ids}.get(arn.resource.partition("/")[0])
    unique_id = ids.get(name_key(arn.resource.rpartition("/")[2])) if ids is not None else None
    return unique_id if unique_id is not None and principal_arn(account, unique_id) == name else None


def principal_arn(account: Account, unique_id: str) -> str | None:
    """The ARN of the user or role with that id; None when there is none."""
    user = account.users.get(UniqueId(unique_id))
    if user is not None:
        return iam_arn(account.account_id, "user", user.path, user.name)
    role = account.roles.get(UniqueId(unique_id))
    return None if role is None else iam_arn(account.account_id, "role", role.path, role.name)


def account_of(name: str) -> str:
    """The account of a principal that a policy names; empty when the name does not tell."""
    if _ACCOUNT.fullmatch(name):
        return name
    if not name.startswith("arn:"):
        return ""
    try:
        return Arn.parse(name).account
    except InvalidInput:
        return ""


def _named(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        for type, name in statement.principals.entries if statement.principals else ():
            if type == "AWS":
                yield name


def _with_principals(document: str, change: Callable[[str], str]) -> str:
    """The document, without white space, with each name under `AWS` changed."""
    fields = json.loads(document)
    statements = fields["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for principal in (statement.get("Principal"), statement.get("NotPrincipal")):
            if isinstance(principal, dict) and "AWS" in principal:
                names = principal["AWS"]
                principal["AWS"] = [*map(change, names)] if isinstance(names, list) else change(names)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
