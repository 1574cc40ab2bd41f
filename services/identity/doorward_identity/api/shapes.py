"""The shapes of the identity service's arguments."""

import re
from collections.abc import Mapping

from doorward.identity.v1.identity_service_pb2 import DESCRIPTOR
from doorward_directory.documents import MOST_CHARACTERS
from doorward_directory.names import MAX_PATH, check_existing_name
from doorward_kernel.arn import MAX_ARN_LENGTH
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import is_account_id
from doorward_runtime.rpc.shapes import Check, Shapes, check_anything, check_arn, check_length

_UNIT_ID = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}", re.ASCII)
_POLICY_ID = re.compile(r"p-[0-9a-zA-Z_]{8,128}", re.ASCII)
_DELETION_TASK = re.compile(r"task/aws-service-role/[!-~]{1,1000}", re.ASCII)
_PATH_PREFIX = re.compile(r"/[!-\x7f]*")


def _check_path_prefix(prefix: str, argument: str) -> None:
    check_length(prefix, argument, MAX_PATH)
    if not _PATH_PREFIX.fullmatch(prefix):
        raise InvalidInput(f"The specified value for {argument} is invalid. It must begin with / and be ASCII.")


def _check_arn_prefix(prefix: str, argument: str) -> None:
    check_length(prefix, argument, MAX_ARN_LENGTH)


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


def _check_document(document: str, argument: str) -> None:
    check_length(document, argument, MOST_CHARACTERS)


_CHECKS: Mapping[str, Check] = {
    "user_name": check_existing_name,
    "source_user_name": check_existing_name,
    "group_name": check_existing_name,
    "role_name": check_existing_name,
    "instance_profile_name": check_existing_name,
    "policy_name": check_existing_name,
    "policy_arn": check_arn,
    "policy_arns": check_arn,
    "permissions_boundary": check_arn,
    "policy_source_arn": check_arn,
    "arn": check_arn,
    "resource_arn": check_arn,
    "tag_keys": check_anything,
    "types": check_anything,
    "filter": check_anything,
    "open_id_connect_provider_arn": check_arn,
    "saml_provider_arn": check_arn,
    "deletion_task_id": _check_deletion_task,
    "client_id_list": check_anything,
    "thumbprint_list": check_anything,
    "arn_prefix": _check_arn_prefix,
    "path_prefix": _check_path_prefix,
    "policy_document": _check_document,
    "assume_role_policy_document": _check_document,
}
"""By the field; who adds a field of such a kind adds it here."""

_ORGANIZATION_CHECKS: Mapping[str, Check] = {
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

_OPTIONAL = frozenset(
    {
        "arn_prefix",
        "path_prefix",
        *(
            f"{method.name}.permissions_boundary"
            for method in DESCRIPTOR.services_by_name["IdentityService"].methods
            if method.name.startswith("Create")
        ),
    }
)

SHAPES = Shapes(checks=_CHECKS, optional=_OPTIONAL, most={"tag_keys": 50})
"""A list of keys has at most 50 (IAM API reference, UntagUser)."""

ORGANIZATION_SHAPES = Shapes(checks=_ORGANIZATION_CHECKS)
