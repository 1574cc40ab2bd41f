"""The ARN of what a request is about: the template that its method declares, filled in."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import InvalidInput, Unauthenticated
from doorward_kernel.ids import AccountId
from doorward_keyring.passport import Passport, PassportKind
from google.protobuf.message import Message

from doorward_runtime.rpc.methods import Method

_FIELD = re.compile(r"\{(\w+)\}")
_EXISTING = re.compile(r"arn:aws:iam::\{account\}:(user|group|role|instance-profile)/\{(\w+)\}")
_WHOLE = re.compile(r"\{(\w+)\}")

MAX_NAME = 128
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_PATH = re.compile(r"/|/[!-~]{1,510}/", re.ASCII)
_URL = re.compile(r"(?=.{1,255}\Z)https://[A-Za-z0-9_.-]+(?:/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?", re.ASCII)

RENAMES: Mapping[str, tuple[str, str, str]] = {
    "doorward.identity.v1.IdentityService/UpdateUser": ("user", "new_path", "new_user_name"),
    "doorward.identity.v1.IdentityService/UpdateGroup": ("group", "new_path", "new_group_name"),
}
"""What gets another ARN needs permission on both (IAM API reference, UpdateUser and UpdateGroup): the kind, and the
fields of the new path and the new name."""


class Resources(Protocol):
    """What there is, as the service that is asked knows it."""

    async def arn(self, account: AccountId, kind: str, name: str) -> str | None:
        """The ARN of a `user`, `group`, `role` or `instance-profile` by its name, with its path and its case; None
        when there is none."""
        ...

    async def principal(self, account: AccountId, principal_id: str) -> str | None:
        """The ARN of the user or role with that unique id; None when there is none."""
        ...


async def caller_arn(passport: Passport, resources: Resources) -> str | None:
    """The ARN of the bearer; None when nobody knows it any more."""
    account, name = passport.account, passport.name
    match passport.kind:
        case PassportKind.ROOT:
            return f"arn:aws:iam::{account}:root"
        case PassportKind.FEDERATED_USER:
            return f"arn:aws:sts::{account}:federated-user/{name}"
        case PassportKind.USER:
            return await resources.principal(account, passport.principal_id)
        case PassportKind.ROLE_SESSION:
            role = await resources.principal(account, passport.principal_id)
            return role and f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}"


async def resources_of(method: Method, request: Message, passport: Passport, resources: Resources) -> list[str]:
    """The resources that the caller needs permission on: one, or two when something gets another ARN.

    Raises InvalidInput when the request holds what cannot be in an ARN, and Unauthenticated when it means the caller
    itself, who is gone.
    """
    template, account = method.resource, passport.account
    existing = _EXISTING.fullmatch(template)
    if existing is None:
        return [_expanded(template, request, account)]
    kind, field = existing[1], existing[2]
    if field == "user_name" and not getattr(request, field):
        own = await caller_arn(passport, resources)  # AWS: who names no user means itself
        if own is None:
            raise Unauthenticated("the passport is not valid, or not any more")
        arn = own
    else:
        name = _checked_name(request, field)
        arn = await resources.arn(account, kind, name) or iam_arn(account, kind, "/", name)
    return [arn, *_renamed(method, request, arn)]


def _renamed(method: Method, request: Any, arn: str) -> list[str]:
    kind, path_field, name_field = RENAMES.get(method.name, ("", "", ""))
    before = Arn.parse(arn)
    if not kind or not before.resource.startswith(f"{kind}/"):
        return []
    path, _, name = before.resource.removeprefix(kind).rpartition("/")
    new_path = _checked_path(request, path_field) if getattr(request, path_field) else f"{path}/"
    new_name = _checked_name(request, name_field) if getattr(request, name_field) else name
    after = iam_arn(before.account, kind, new_path, new_name)
    return [] if after == arn else [after]


def _expanded(template: str, request: Message, account: AccountId) -> str:
    whole = _WHOLE.fullmatch(template)
    if whole is not None:
        return _checked_arn(request, whole[1])

    def value(match: re.Match[str]) -> str:
        match match[1]:
            case "account":
                return account
            case "path":
                return _checked_path(request, "path") if getattr(request, "path", "") else "/"
            case "url":
                return _checked_url(request, "url").removeprefix("https://")
            case name:
                return _checked_name(request, name)

    return _FIELD.sub(value, template)


def _checked_arn(request: Message, field: str) -> str:
    arn: str = getattr(request, field)
    try:
        return str(Arn.parse(arn))
    except InvalidInput as error:
        raise InvalidInput(f"`{_argument(field)}`: {error.message}") from error


# What the method would refuse anyway, before it stands in an ARN that somebody may do something to. AWS's messages.


def _checked_name(request: Message, field: str) -> str:
    name: str = getattr(request, field)
    if not 1 <= len(name) <= MAX_NAME:
        bound = f"less than or equal to {MAX_NAME}" if name else "greater than or equal to 1"
        raise InvalidInput(
            f"1 validation error detected: Value at '{_argument(field)}' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"The specified value for {_argument(field)} is invalid. "
            "It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )
    return name


def _checked_path(request: Message, field: str) -> str:
    path: str = getattr(request, field)
    if not _PATH.fullmatch(path):
        raise InvalidInput(
            f"The specified value for {_argument(field)} is invalid. "
            "It must begin and end with / and contain only alphanumeric characters and/or / characters."
        )
    return path


def _checked_url(request: Message, field: str) -> str:
    url: str = getattr(request, field)
    if not _URL.fullmatch(url):
        raise InvalidInput("Invalid Open ID Connect Provider URL")
    return url


def _argument(field: str) -> str:
    """AWS's name of an argument: `user_name` is `userName`."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)
