"""What is right and what is wrong in each field of a request, by its name.

A row is for every method with the field, unless there is one for `Method.field`; fields of messages in a request are
`field.inner`, those of maps `field.key` and `field.value`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.e2e.worlds import ACTION, ALLOW, DOCUMENT
from tests.unit.directory.world import saml_metadata, sharing, trusting

LONG = "x" * 10_000
LONGER = "x" * 200_000
CONTROL = ("a\0b", "a\x01b", "a\x7fb", "a\nb", "a\u2028b")
STRANGE = (*CONTROL, "\u2603", "a b", LONG, LONGER)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is right in a field, in a template of the tenant's account, and what is wrong."""

    good: Any
    bad: Sequence[Any] = STRANGE
    optional: bool = False


ARN = (*STRANGE, "arn", "arn:aws:iam", "arn:aws:iam::{account}:", "arn:::::", "arn:aws:iam::{account}:user/a\0")
DOCUMENTS = ("", "{", "null", "[" * 5000, "{}", '{"Version": "\0"}', LONG, LONGER, "\u2603", "\0")
INTEGERS = (-1, -(2**31), 2**31 - 1)
UNITS = (*STRANGE, "r-", "ou-1", "1234")
MARKER = ("\u2603", LONG, LONGER, "a\0", "=", "MQ\n")
CHOICE = (*STRANGE, "nothing")
TEXT = (LONG, LONGER)

KINDS = {
    "user_name": Kind("alice"),
    "source_user_name": Kind("alice"),
    "group_name": Kind("staff"),
    "role_name": Kind("deploy"),
    "instance_profile_name": Kind("web"),
    "policy_name": Kind("own"),
    "CreateUser.user_name": Kind("bob"),
    "CreateGroup.group_name": Kind("crew"),
    "CreateRole.role_name": Kind("build"),
    "CreateInstanceProfile.instance_profile_name": Kind("mail"),
    "CreatePolicy.policy_name": Kind("write"),
    "CreateSAMLProvider.name": Kind("google"),
    "aws_service_name": Kind("autoscaling.amazonaws.com", (*STRANGE, "autoscaling")),
    "custom_suffix": Kind("", STRANGE, optional=True),
    "deletion_task_id": Kind("task/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot/1", STRANGE),
    "uses.account": Kind("{account}", (*STRANGE, "1", "12345678901x")),
    "uses.unique_id": Kind("AIDAAAAAAAAAAAAAAAAAA", STRANGE),
    "uses.region": Kind("eu-central-1", STRANGE),
    "uses.service": Kind("s3", STRANGE),
    "url": Kind("https://login.example.com", (*STRANGE, "http://idp.example.com", "https://", "idp.example.com")),
    "client_id_list": Kind("app", ("", LONG, LONGER)),
    "client_id": Kind("app", (LONG, LONGER)),
    "thumbprint_list": Kind("a" * 40, ("", "a" * 39, *STRANGE)),
    "open_id_connect_provider_arn": Kind("arn:aws:iam::{account}:oidc-provider/idp.example.com", ARN),
    "saml_provider_arn": Kind("arn:aws:iam::{account}:saml-provider/okta", ARN),
    "saml_metadata_document": Kind(saml_metadata(), ("<", "<a/>", LONG, LONGER, "\0" + saml_metadata())),
    "email": Kind("root@example.com", (*STRANGE, "a@b", "@example.com", "root@", "a@b.c d")),
    "CreateAccount.email": Kind("", (*STRANGE, "a@b"), optional=True),
    "account_alias": Kind("alias-{account}", (*STRANGE, "ab", "Alias", "a--b", "abc-", "123456789012")),
    "parent_id": Kind("{root}", UNITS),
    "source_parent_id": Kind("{root}", UNITS),
    "destination_parent_id": Kind("{unit}", UNITS),
    "organizational_unit_id": Kind("{unit}", UNITS),
    "child_id": Kind("{account}", UNITS),
    "target_id": Kind("{account}", UNITS),
    "policy_id": Kind("{guardrail}", (*STRANGE, "p-", "p-1")),
    "name": Kind("name", (*CONTROL, LONG, LONGER)),
    "content": Kind(ALLOW, DOCUMENTS),
    "type": Kind("SERVICE_CONTROL_POLICY", CHOICE),
    "ListOrganizationPolicies.filter": Kind("SERVICE_CONTROL_POLICY", CHOICE),
    "ListPoliciesForTarget.filter": Kind("SERVICE_CONTROL_POLICY", CHOICE),
    "UpdateOrganizationPolicy.name": Kind("other name", ("", *CONTROL, LONG, LONGER), optional=True),
    "UpdateOrganizationPolicy.content": Kind(ALLOW, DOCUMENTS, optional=True),
    "MoveAccount.account_id": Kind("{account}", (*STRANGE, "1", "12345678901x")),
    "new_user_name": Kind("bob", optional=True),
    "new_group_name": Kind("crew", optional=True),
    "path": Kind("/staff/", (*STRANGE, "staff", "/staff", "//\0/"), optional=True),
    "new_path": Kind("/staff/", (*STRANGE, "staff", "/staff"), optional=True),
    "path_prefix": Kind("/", (*STRANGE, "staff"), optional=True),
    "policy_arn": Kind("arn:aws:iam::{account}:policy/read", ARN),
    "CreateUser.permissions_boundary": Kind("", ARN, optional=True),
    "CreateRole.permissions_boundary": Kind("", ARN, optional=True),
    "permissions_boundary": Kind("arn:aws:iam::{account}:policy/read", ARN),
    "policy_arns": Kind("arn:aws:iam::aws:policy/ReadOnlyAccess", ARN),
    "policy_source_arn": Kind("arn:aws:iam::{account}:user/alice", ARN),
    "caller_arn": Kind("arn:aws:iam::{account}:user/alice", ARN, optional=True),
    "arn": Kind("arn:aws:iam::{account}:user/alice", ARN),
    "resource_arn": Kind(DOCUMENT, ARN),
    "arn_prefix": Kind("arn:", (LONG, LONGER), optional=True),
    "resource_arns": Kind(DOCUMENT, ARN[:-1]),
    "resource": Kind(DOCUMENT, ARN[:-1]),
    "principal": Kind("arn:aws:iam::{account}:user/alice", ARN[:-1]),
    "policy_document": Kind(ALLOW, DOCUMENTS),
    "UpdateAssumeRolePolicy.policy_document": Kind(trusting("*"), DOCUMENTS),
    "PutResourcePolicy.policy_document": Kind(sharing("*"), DOCUMENTS),
    "assume_role_policy_document": Kind(trusting("*"), DOCUMENTS),
    "policy_input_list": Kind(ALLOW, DOCUMENTS),
    "permissions_boundary_policy_input_list": Kind(ALLOW, DOCUMENTS),
    "resource_policy": Kind(sharing("*"), DOCUMENTS[1:], optional=True),
    "marker": Kind("", MARKER, optional=True),
    "max_items": Kind(10, (*INTEGERS, 1001), optional=True),
    "max_session_duration": Kind(3600, (*INTEGERS, 3599), optional=True),
    "value": Kind(7, INTEGERS, optional=True),
    "after_position": Kind(0, (2**63, 2**64 - 1), optional=True),
    "after_version": Kind(0, (2**63, 2**64 - 1), optional=True),
    "limit": Kind(1, ()),
    "follow": Kind(False, ()),
    "freshness.latest": Kind(False, ()),
    "set_as_default": Kind(False, ()),
    "only_attached": Kind(False, ()),
    "description": Kind("d", TEXT, optional=True),
    "account_name": Kind("name", [each for each in STRANGE if each != "a b"]),
    "account_id": Kind("{account}", (*STRANGE, "1", "12345678901x"), optional=True),
    "ReadEvents.account": Kind("{account}", (*STRANGE, "1", "12345678901x"), optional=True),
    "account": Kind("{account}", (*STRANGE, "1", "12345678901x")),
    "quota_name": Kind("UsersPerAccount", CHOICE),
    "scope": Kind("Local", CHOICE, optional=True),
    "entity_filter": Kind("User", CHOICE, optional=True),
    "policy_usage_filter": Kind("PermissionsPolicy", CHOICE, optional=True),
    "filter": Kind("User", ("", *CHOICE)),
    "order": Kind(1, (99, -1), optional=True),
    "version_id": Kind("v1", (*STRANGE, "1", "v0", "v-1")),
    "tag_keys": Kind("k", ("", *CONTROL[:4], LONG, LONGER)),
    "tags.key": Kind("k", ("", *CONTROL[:4], "aws:x", LONG, LONGER)),
    "tags.value": Kind("v", (*CONTROL[:4], LONG, LONGER), optional=True),
    "service_namespaces": Kind("s3", ("", *STRANGE)),
    "action": Kind(ACTION, ("Read", ":", "a:*", *STRANGE)),
    "action_names": Kind("s3:GetObject", ("", "Get", ":", *STRANGE)),
    "resource_handling_option": Kind("", CHOICE, optional=True),
    "resource_owner": Kind("arn:aws:iam::{account}:root", ARN, optional=True),
    "context_entries.context_key_name": Kind("aws:SourceIp", (LONG, LONGER)),
    "context_entries.context_key_values": Kind("10.0.0.1", (LONGER,), optional=True),
    "context_entries.context_key_type": Kind("string", CHOICE),
    "context.key": Kind("k", (LONG, LONGER), optional=True),
    "context.value": Kind("v", (LONG, LONGER), optional=True),
    "multivalued_context.key": Kind("m", (LONG, LONGER), optional=True),
    "multivalued_context.value.values": Kind("v", (LONG, LONGER), optional=True),
    "freshness.at_least": Kind("{revision}", ("", "gibberish", *STRANGE)),
    "actor": Kind("service-key", (LONG, LONGER), optional=True),
    "entity": Kind("alice", STRANGE, optional=True),
    "types": Kind("UserCreated", ("", "Nothing", *STRANGE)),
    "revision": Kind("{revision}", ("", "gibberish", *STRANGE)),
    "end_time.seconds": Kind(2, (-(2**63), 2**63 - 1), optional=True),
    "seconds": Kind(1, (-(2**63), 2**63 - 1), optional=True),
    "nanos": Kind(0, (-1, 2**31 - 1), optional=True),
}
