"""What holds for every method and message of the public contract."""

from pathlib import Path

import doorward.identity.v1
import pytest
from doorward.credential.v1 import authentication_service_pb2, credential_service_pb2, token_service_pb2
from doorward.credential.v1 import log_service_pb2 as credential_log_service_pb2
from doorward.decision.v1 import decision_service_pb2, replica_service_pb2
from doorward.errors.v1 import reason_pb2
from doorward.identity.v1 import identity_service_pb2, log_service_pb2, organization_service_pb2
from doorward.options.v1 import authorization_pb2
from doorward_kernel.errors import ERRORS
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

FILES: tuple[FileDescriptor, ...] = tuple(
    module.DESCRIPTOR
    for module in (
        identity_service_pb2,
        organization_service_pb2,
        log_service_pb2,
        credential_log_service_pb2,
        decision_service_pb2,
        replica_service_pb2,
        credential_service_pb2,
        token_service_pb2,
        authentication_service_pb2,
    )
)
GIVEN = (
    "*",
    "{arn}",
    "{policy_arn}",
    "{policy_source_arn}",
    "{resource_arn}",
    "{open_id_connect_provider_arn}",
    "{saml_provider_arn}",
    "{serial_number}",
    "{role_arn}",
)
"""Resources that a request names whole, or that there is no more of."""

READS = (
    *("Get", "Find", "List", "Describe", "Read", "Check", "BatchCheck", "Simulate", "RecordLastUsed"),
    *("Authenticate", "SignIn", "CompleteSignIn", "SendSmsCode", "RenewPassport", "AssumeRole", "Start"),
    *("DecodeAuthorizationMessage", "EncodeAuthorizationMessage", "GenerateCredentialReport", "RotateKeys"),
)
"""What appends nothing to a log: when something was last used is kept beside it, and sessions are kept nowhere."""


METHODS: list[MethodDescriptor] = [
    method for file in FILES for service in file.services_by_name.values() for method in service.methods
]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_method_says_which_action_on_which_resource_it_is(method: MethodDescriptor) -> None:
    options = method.GetOptions().Extensions[authorization_pb2.authorization]

    assert options.action.partition(":")[2] == method.name.replace("OrganizationPolic", "Polic")
    assert options.resource in GIVEN or options.resource.startswith(
        ("arn:aws:iam::{account}:", "arn:aws:sts::{account}:")
    )
    assert options.audience != authorization_pb2.AUDIENCE_UNSPECIFIED


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_the_fields_that_a_resource_is_made_of_are_in_the_request(method: MethodDescriptor) -> None:
    template = method.GetOptions().Extensions[authorization_pb2.authorization].resource
    named = {part.partition("}")[0] for part in template.split("{")[1:]}

    assert named - {"account"} <= {field.name for field in method.input_type.fields}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_write_answers_with_its_revision(method: MethodDescriptor) -> None:
    writes = not method.name.startswith(READS)

    assert ("revision" in method.output_type.fields_by_name) or not writes


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_list_pages_with_marker_and_max_items(method: MethodDescriptor) -> None:
    if method.name.startswith("List"):
        assert {"marker", "max_items"} <= set(method.input_type.fields_by_name)
        assert {"marker", "is_truncated"} <= set(method.output_type.fields_by_name)


def test_every_log_is_read_in_the_same_way() -> None:
    identity, credential = descriptor_pb2.FileDescriptorProto(), descriptor_pb2.FileDescriptorProto()
    log_service_pb2.DESCRIPTOR.CopyToProto(identity)
    credential_log_service_pb2.DESCRIPTOR.CopyToProto(credential)

    assert str(credential) == str(identity).replace("doorward.identity.v1", "doorward.credential.v1").replace(
        "doorward/identity/v1", "doorward/credential/v1"
    )


def test_every_service_is_among_these() -> None:
    root = Path(doorward.identity.v1.__file__).parents[2]
    declared = {path.relative_to(root.parent).with_suffix("").as_posix() for path in root.rglob("*_service_pb2.py")}

    assert declared == {file.name.removesuffix(".proto") + "_pb2" for file in FILES}


def test_the_reasons_of_the_contract_are_those_of_the_errors() -> None:
    published = {
        (options.code, options.status)
        for value in reason_pb2.DESCRIPTOR.enum_types_by_name["Reason"].values
        if (options := value.GetOptions().Extensions[reason_pb2.reason]).code
    }

    assert published == {(error.reason, int(error.status)) for error in ERRORS}
