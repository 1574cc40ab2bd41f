"""The shapes of arguments, checked before anything is looked up: what cannot be a name is invalid, not absent.

AWS does so, too (IAM API reference, Common Errors: ValidationError). What an argument means is checked where it is
used.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from doorward_directory.documents import MOST_CHARACTERS
from doorward_directory.names import MAX_PATH, check_existing_name
from doorward_kernel.arn import MAX_ARN_LENGTH, Arn
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import is_account_id
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

_Method = Callable[[Any, Any, object], Awaitable[Message]]
_Servicer = TypeVar("_Servicer")
Check = Callable[[str, str], None]
"""Of a value, and AWS's name of the argument. Raises InvalidInput that names it."""

MOST_ENTRIES = 1_000
"""Of a list of which AWS does not say how many it may have."""

_ARN = re.compile("[\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_UNIT_ID = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}", re.ASCII)
_POLICY_ID = re.compile(r"p-[0-9a-zA-Z_]{8,128}", re.ASCII)
_DELETION_TASK = re.compile(r"task/aws-service-role/[!-~]{1,1000}", re.ASCII)
_PATH_PREFIX = re.compile(r"/[!-\x7f]*")


def checks_shapes(
    service: ServiceDescriptor, shapes: Mapping[str, Check]
) -> Callable[[type[_Servicer]], type[_Servicer]]:
    """Makes every method of a servicer refuse arguments that have not the shape of their kind."""

    def decorate(servicer: type[_Servicer]) -> type[_Servicer]:
        for method in service.methods:
            checks = _checks(method, shapes)
            if checks:
                setattr(servicer, method.name, _checked(getattr(servicer, method.name), checks))
        return servicer

    return decorate


def _checked(method: _Method, checks: Sequence[tuple[str, str, bool, Check]]) -> _Method:
    async def serve(servicer: Any, request: Any, context: object) -> Message:
        for name, argument, optional, check in checks:
            value = getattr(request, name)
            if isinstance(value, str):
                if value or not optional:
                    check(value, argument)
            else:
                _check_count(len(value), argument, _MOST.get(name, MOST_ENTRIES))
                for each in value:
                    check(each, argument)
        return await method(servicer, request, context)

    return serve


def _checks(method: MethodDescriptor, shapes: Mapping[str, Check]) -> list[tuple[str, str, bool, Check]]:
    fields: Sequence[FieldDescriptor] = method.input_type.fields
    return [
        (field.name, camel_case(field.name), _is_optional(method, field), shapes[field.name])
        for field in fields
        if field.name in shapes
    ]


def _is_optional(method: MethodDescriptor, field: FieldDescriptor) -> bool:
    return field.name in _OPTIONAL or (field.name == "permissions_boundary" and method.name.startswith("Create"))


def camel_case(field: str) -> str:
    """AWS's name of an argument: `user_name` is `userName`."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _check_arn(arn: str, argument: str) -> None:
    try:
        Arn.parse(arn)
    except InvalidInput as error:
        raise InvalidInput(f"`{argument}`: {error.message}") from error
    if not _ARN.fullmatch(arn):
        raise InvalidInput(f"`{argument}`: `{arn}` holds characters that no ARN has")


def _check_path_prefix(prefix: str, argument: str) -> None:
    _check_length(prefix, argument, MAX_PATH)
    if not _PATH_PREFIX.fullmatch(prefix):
        raise InvalidInput(f"The specified value for {argument} is invalid. It must begin with / and be ASCII.")


def _check_arn_prefix(prefix: str, argument: str) -> None:
    _check_length(prefix, argument, MAX_ARN_LENGTH)


def _check_unit_id(id: str, argument: str) -> None:
    if not _UNIT_ID.fullmatch(id):
        raise InvalidInput(f"`{argument}`: `{id[:128]}` is not the id of a root or an organizational unit")


def _check_target_id(id: str, argument: str) -> None:
    if not is_account_id(id) and not _UNIT_ID.fullmatch(id):
        raise InvalidInput(f"`{argument}`: `{id[:128]}` is not the id of a root, an organizational unit or an account")


def _check_policy_id(id: str, argument: str) -> None:
    if not _POLICY_ID.fullmatch(id):
        raise InvalidInput(f"`{argument}`: `{id[:128]}` is not the id of a policy of the organization")


def _check_deletion_task(id: str, argument: str) -> None:
    if not _DELETION_TASK.fullmatch(id):
        raise InvalidInput(f"`{argument}`: `{id[:128]}` is not the id of a deletion task")


def _check_anything(_value: str, _argument: str) -> None:
    """Where it is used it is checked what it may be."""


def _check_document(document: str, argument: str) -> None:
    _check_length(document, argument, MOST_CHARACTERS)


def _check_count(count: int, argument: str, most: int) -> None:
    if count > most:
        raise InvalidInput(
            f"1 validation error detected: Value at '{argument}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )


def _check_length(text: str, argument: str, longest: int) -> None:
    if len(text) > longest:
        raise InvalidInput(
            f"1 validation error detected: Value at '{argument}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {longest}"
        )


SHAPES: Mapping[str, Check] = {
    "user_name": check_existing_name,
    "source_user_name": check_existing_name,
    "group_name": check_existing_name,
    "role_name": check_existing_name,
    "instance_profile_name": check_existing_name,
    "policy_name": check_existing_name,
    "policy_arn": _check_arn,
    "policy_arns": _check_arn,
    "permissions_boundary": _check_arn,
    "policy_source_arn": _check_arn,
    "arn": _check_arn,
    "resource_arn": _check_arn,
    "tag_keys": _check_anything,
    "types": _check_anything,
    "filter": _check_anything,
    "open_id_connect_provider_arn": _check_arn,
    "saml_provider_arn": _check_arn,
    "deletion_task_id": _check_deletion_task,
    "client_id_list": _check_anything,
    "thumbprint_list": _check_anything,
    "arn_prefix": _check_arn_prefix,
    "path_prefix": _check_path_prefix,
    "policy_document": _check_document,
    "assume_role_policy_document": _check_document,
}
"""By the field; who adds a field of such a kind adds it here."""

ORGANIZATION_SHAPES: Mapping[str, Check] = {
    "parent_id": _check_unit_id,
    "source_parent_id": _check_unit_id,
    "destination_parent_id": _check_unit_id,
    "organizational_unit_id": _check_unit_id,
    "child_id": _check_target_id,
    "target_id": _check_target_id,
    "account_id": _check_target_id,
    "policy_id": _check_policy_id,
}
"""Likewise, of the organization (AWS Organizations API reference, the patterns of its ids)."""

_MOST: Mapping[str, int] = {"tag_keys": 50}
"""Entries of a list, where AWS says so (IAM API reference, UntagUser)."""

_OPTIONAL = frozenset({"arn_prefix", "path_prefix"})
