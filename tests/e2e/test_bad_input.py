"""Whatever arrives at a port gets a clear status; nothing is INTERNAL, nothing crashes, no key reaches a log."""

import os
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from doorward.decision.v1.decision_service_pb2 import CheckRequest, CheckResponse, Effect, Freshness
from doorward.identity.v1 import (
    attachments_pb2,
    groups_pb2,
    identity_service_pb2,
    inline_policies_pb2,
    oidc_providers_pb2,
    policies_pb2,
    policy_usage_pb2,
    saml_providers_pb2,
    tags_pb2,
    users_pb2,
)
from doorward.options.v1 import authorization_pb2
from doorward_kernel.errors import NoSuchEntity
from doorward_local.services import healthy
from doorward_local.world import LocalDoorward
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.e2e.worlds import ACTION, DOCUMENT, Tenant

Code = grpc.StatusCode
IDENTITY = "/doorward.identity.v1.IdentityService/"
CHECK = "/doorward.decision.v1.DecisionService/Check"
MIB = 1024 * 1024
NOISE = random.Random(7).randbytes(5000)  # noqa: S311 - the same each time
Send = Callable[..., tuple[grpc.StatusCode, str, bytes]]


@pytest.fixture
def send(world: LocalDoorward, someone: Tenant) -> Send:
    """Send bytes to a method; returns the status, its text, and the answer."""
    bootstrap = world.endpoints.bootstrap

    def sent(
        method: str, message: bytes | Message, *, deadline: float = 10.0, **metadata: str | None
    ) -> tuple[grpc.StatusCode, str, bytes]:
        target = world.endpoints.decision if ".decision." in method else world.endpoints.identity
        pairs: dict[str, str | None] = {
            "x_doorward_service_key": bootstrap.secret_access_key,
            "x_doorward_account": someone.account,
            **metadata,
        }
        body = message if isinstance(message, bytes) else message.SerializeToString()
        with grpc.insecure_channel(target) as channel:
            call = channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
            try:
                answer = call(
                    body,
                    timeout=deadline,
                    metadata=tuple((key.replace("_", "-"), value) for key, value in pairs.items() if value is not None),
                )
            except grpc.RpcError as error:
                return error.code(), error.details() or "", b""
            return Code.OK, "", answer

    return sent


@pytest.fixture(autouse=True)
def _nothing_crashes(world: LocalDoorward, someone: Tenant) -> Any:
    pids = {name: world.process(name).pid for name in ("identity", "decision")}
    yield
    assert {name: world.process(name).pid for name in pids} == pids
    assert all(world.process(name).alive for name in pids)
    assert someone.check(at_least=someone.attach()).allowed


def message(kind: type[Message], **fields: object) -> Message:
    return kind(**fields)


USER = message(users_pb2.CreateUserRequest, user_name="bob")
QUESTION = message(CheckRequest, principal="arn:aws:iam::{account}:user/alice", action=ACTION, resource=DOCUMENT)


@pytest.mark.parametrize(
    ("method", "body"), [(f"{IDENTITY}CreateUser", USER), (CHECK, QUESTION)], ids=["identity", "decision"]
)
class TestBothPorts:
    """Each of these goes to both services."""

    @pytest.mark.parametrize("key", [None, "", "wrong", "x" * 40, "k" * 4000])
    def test_who_shows_no_or_a_wrong_key_is_not_let_in(
        self, send: Send, method: str, body: Message, key: str | None
    ) -> None:
        code, text, _ = send(method, body, x_doorward_service_key=key)

        assert code is Code.UNAUTHENTICATED
        assert "key" in text

    @pytest.mark.parametrize("garbage", [b"\xff", b"\x0a\xff\xff\xff\xff\x0f", NOISE[:300], b"\x0a\x02\xc3\x28"])
    def test_bytes_that_are_no_message(self, send: Send, method: str, body: Message, garbage: bytes) -> None:
        del body

        assert send(method, garbage)[0] is Code.INVALID_ARGUMENT

    @pytest.mark.parametrize("size", [MIB, 8 * MIB])
    def test_a_message_that_is_too_large(self, send: Send, method: str, body: Message, size: int) -> None:
        large = body.SerializeToString() + b"\xfa\x7f" + _varint(size) + bytes(size)

        assert send(method, large)[0] is Code.RESOURCE_EXHAUSTED

    def test_a_method_or_service_that_does_not_exist(self, send: Send, method: str, body: Message) -> None:
        service = method.rpartition("/")[0]

        assert send(f"{service}/Destroy", body)[0] is Code.UNIMPLEMENTED
        assert send(f"{service}X/Check", body)[0] is Code.UNIMPLEMENTED

    def test_a_deadline_that_is_over_before_it_begins(self, send: Send, method: str, body: Message) -> None:
        assert send(method, body, deadline=-1.0)[0] is Code.DEADLINE_EXCEEDED

    def test_metadata_that_is_far_too_large(self, send: Send, method: str, body: Message) -> None:
        code, _, _ = send(method, body, x_doorward_reason="r" * 100_000)

        assert code not in (Code.OK, Code.INTERNAL, Code.UNKNOWN)

    @pytest.mark.parametrize(
        "noise",
        [b"", b"\0" * 5000, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", NOISE],
        ids=["nothing", "zeros", "http", "tls", "random"],
    )
    def test_a_connection_that_does_not_speak_grpc(
        self, world: LocalDoorward, method: str, body: Message, noise: bytes
    ) -> None:
        del body
        target = world.endpoints.decision if ".decision." in method else world.endpoints.identity
        port = int(target.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(noise)

        assert healthy(port, 5)


# --- identity ---


@pytest.mark.parametrize("account", [None, "", "12345678901", "1234567890123", "12345678901x", "../../etc/passwd"])
def test_an_account_that_is_none(send: Send, account: str | None) -> None:
    assert send(f"{IDENTITY}CreateUser", USER, x_doorward_account=account)[0] is Code.INVALID_ARGUMENT


def test_an_account_that_does_not_exist(send: Send) -> None:
    assert send(f"{IDENTITY}CreateUser", USER, x_doorward_account="000000000001")[0] is Code.NOT_FOUND


AWS = "arn:aws:iam::aws:policy/"
OIDC = "arn:aws:iam::123456789012:oidc-provider/"

IDENTITY_CASES: list[tuple[str, Message, grpc.StatusCode]] = [
    ("CreateUser", message(users_pb2.CreateUserRequest), Code.INVALID_ARGUMENT),
    ("CreateUser", message(users_pb2.CreateUserRequest, user_name="no spaces"), Code.INVALID_ARGUMENT),
    ("CreateUser", message(users_pb2.CreateUserRequest, user_name="x" * 65), Code.INVALID_ARGUMENT),
    ("CreateUser", message(users_pb2.CreateUserRequest, user_name="x" * 100_000), Code.INVALID_ARGUMENT),
    ("CreateUser", message(users_pb2.CreateUserRequest, user_name="bob\0"), Code.INVALID_ARGUMENT),
    ("CreateUser", message(users_pb2.CreateUserRequest, user_name="bob", path="staff"), Code.INVALID_ARGUMENT),
    ("CreateUser", message(users_pb2.CreateUserRequest, user_name="ALICE"), Code.ALREADY_EXISTS),
    ("GetUser", message(users_pb2.GetUserRequest, user_name="nobody"), Code.NOT_FOUND),
    ("ListUsers", message(users_pb2.ListUsersRequest, max_items=-1), Code.INVALID_ARGUMENT),
    ("ListUsers", message(users_pb2.ListUsersRequest, max_items=1001), Code.INVALID_ARGUMENT),
    ("ListUsers", message(users_pb2.ListUsersRequest, marker="\u2603"), Code.INVALID_ARGUMENT),
    ("GetPolicy", message(policies_pb2.GetPolicyRequest, policy_arn="arn:aws:iam"), Code.INVALID_ARGUMENT),
    ("GetPolicy", message(policies_pb2.GetPolicyRequest, policy_arn=""), Code.INVALID_ARGUMENT),
    ("GetPolicy", message(policies_pb2.GetPolicyRequest, policy_arn=f"{AWS}{'x' * 100_000}"), Code.INVALID_ARGUMENT),
    ("DeletePolicy", message(policies_pb2.DeletePolicyRequest, policy_arn=f"{AWS}{'x' * 9000}"), Code.INVALID_ARGUMENT),
    ("DeletePolicy", message(policies_pb2.DeletePolicyRequest, policy_arn=f"{AWS}Nobody"), Code.PERMISSION_DENIED),
    ("ListPolicies", message(policies_pb2.ListPoliciesRequest, scope="\n" * 9000), Code.INVALID_ARGUMENT),
    (
        "AttachUserPolicy",
        message(attachments_pb2.AttachUserPolicyRequest, user_name="alice", policy_arn=f"{AWS}x\0"),
        Code.INVALID_ARGUMENT,
    ),
    (
        "ListPoliciesGrantingServiceAccess",
        message(policy_usage_pb2.ListPoliciesGrantingServiceAccessRequest, arn="x", service_namespaces=["s3"] * 9000),
        Code.INVALID_ARGUMENT,
    ),
    (
        "CreatePolicy",
        message(policies_pb2.CreatePolicyRequest, policy_name="p", policy_document="{"),
        Code.INVALID_ARGUMENT,
    ),
    (
        "CreatePolicy",
        message(policies_pb2.CreatePolicyRequest, policy_name="p", policy_document="[" * 5000),
        Code.INVALID_ARGUMENT,
    ),
    (
        "PutUserPolicy",
        message(inline_policies_pb2.PutUserPolicyRequest, user_name="alice", policy_name="p", policy_document="null"),
        Code.INVALID_ARGUMENT,
    ),
    (
        "CreateOpenIDConnectProvider",
        message(oidc_providers_pb2.CreateOpenIDConnectProviderRequest, url="https://idp.example.com:8443"),
        Code.INVALID_ARGUMENT,
    ),
    (
        "CreateOpenIDConnectProvider",
        message(oidc_providers_pb2.CreateOpenIDConnectProviderRequest, url="https://a", client_id_list=["x" * 9000]),
        Code.INVALID_ARGUMENT,
    ),
    (
        "GetOpenIDConnectProvider",
        message(oidc_providers_pb2.GetOpenIDConnectProviderRequest, open_id_connect_provider_arn=f"{OIDC}none"),
        Code.NOT_FOUND,
    ),
    (
        "TagSAMLProvider",
        message(tags_pb2.TagSAMLProviderRequest, saml_provider_arn=f"{OIDC}none"),
        Code.NOT_FOUND,
    ),
    (
        "CreateSAMLProvider",
        message(saml_providers_pb2.CreateSAMLProviderRequest, name="p", saml_metadata_document="<a>" * 40_000),
        Code.INVALID_ARGUMENT,
    ),
    (
        "CreateSAMLProvider",
        message(saml_providers_pb2.CreateSAMLProviderRequest, name="p", saml_metadata_document="<a>" * 80_000),
        Code.INVALID_ARGUMENT,
    ),
    (
        "CreateSAMLProvider",
        message(saml_providers_pb2.CreateSAMLProviderRequest, name="p", saml_metadata_document="<a>" * 99_000),
        Code.RESOURCE_EXHAUSTED,
    ),
    (
        "AddUserToGroup",
        message(groups_pb2.AddUserToGroupRequest, user_name="alice", group_name="none"),
        Code.NOT_FOUND,
    ),
]


@pytest.mark.parametrize(("method", "body", "expected"), IDENTITY_CASES)
def test_what_identity_refuses(send: Send, method: str, body: Message, expected: grpc.StatusCode) -> None:
    code, text, _ = send(f"{IDENTITY}{method}", body)

    assert code is expected, text
    assert text
    assert len(text) <= 2048


OPERATOR = authorization_pb2.AUDIENCE_OPERATOR
METHODS = [
    method
    for method in identity_service_pb2.DESCRIPTOR.services_by_name["IdentityService"].methods
    if method.GetOptions().Extensions[authorization_pb2.authorization].audience != OPERATOR
]


@pytest.mark.parametrize(
    "text", ["", "\0", "\u2603", "x" * 3000, "arn:aws:iam::1:oidc-provider/", "<!DOCTYPE x>" * 100]
)
def test_no_method_of_identity_breaks_on_what_means_nothing(send: Send, text: str) -> None:
    """Every string that a request has, also deep in it, is this one."""
    for method in METHODS:
        code, said, _ = send(f"{IDENTITY}{method.name}", filled(method.input_type, text))

        assert code not in (Code.INTERNAL, Code.UNKNOWN), f"{method.name}: {said}"
        assert said or code is Code.OK, method.name


def filled(kind: Descriptor, text: str, depth: int = 2) -> Message:
    """A message whose strings are all `text`."""
    built = GetMessageClass(kind)()
    for field in kind.fields if depth else ():
        if field.containing_oneof is not None and field.index != field.containing_oneof.fields[0].index:
            continue
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            value: Any = filled(field.message_type, text, depth - 1)
            getattr(built, field.name).MergeFrom([value] if field.is_repeated else value)
        elif field.type == field.TYPE_STRING and field.is_repeated:
            getattr(built, field.name).append(text)
        elif field.type == field.TYPE_STRING:
            setattr(built, field.name, text)
    return built


# --- decision ---


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"principal": ""},
        {"principal": "alice"},
        {"principal": "arn:aws:iam"},
        {"principal": "arn:aws:iam::{account}:user/"},
        {"principal": "arn:aws:s3:::bucket"},
        {"principal": "arn:aws:iam::12:user/alice"},
        {"principal": "arn:aws:iam::{account}:user/" + "x" * 5000},
        {"action": ""},
        {"action": "Read"},
        {"action": "documents:*"},
        {"action": ":"},
        {"resource": ""},
        {"resource": "bucket"},
        {"resource": "arn:aws:s3"},
        {"resource": "arn:aws:s3:::" + "x" * 5000},
        {"freshness": Freshness(at_least=["gibberish"])},
        {"freshness": Freshness(at_least=["identity.00000000.1", "identity.00000000.2"])},
        {"freshness": Freshness(at_least=["identity.0000000g.1"])},
        {"context": {"": "x"}},
        {"context": {"aws:SourceIp": "not an address"}},
        {"context": {"aws:PrincipalArn": "arn:aws:iam::{account}:root"}},
        {"context": {f"key{number}": "x" for number in range(2000)}},
    ],
    ids=lambda fields: str(fields)[:60],
)
def test_what_decision_refuses_or_denies(send: Send, someone: Tenant, fields: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"principal": someone.alice, "action": ACTION, "resource": DOCUMENT, **fields}
    asked = {
        key: each.replace("{account}", someone.account) if isinstance(each, str) else each
        for key, each in asked.items()
    }
    code, text, answer = send(CHECK, message(CheckRequest, **asked) if fields else b"")

    assert code not in (Code.INTERNAL, Code.UNKNOWN), text
    if code is Code.OK:
        assert CheckResponse.FromString(answer).effect == Effect.EFFECT_IMPLICIT_DENY
    else:
        assert text


@pytest.mark.parametrize(
    "fields", [{"principal": ""}, {"principal": "alice"}, {"action": ""}, {"action": "Read"}, {"resource": ""}]
)
def test_a_question_that_is_malformed_is_invalid(send: Send, someone: Tenant, fields: dict[str, str]) -> None:
    asked: dict[str, Any] = {"principal": someone.alice, "action": ACTION, "resource": DOCUMENT, **fields}

    assert send(CHECK, message(CheckRequest, **asked))[0] is Code.INVALID_ARGUMENT


@pytest.mark.parametrize("principal", ["arn:aws:iam::000000000001:user/alice", "arn:aws:iam::{account}:user/mallory"])
def test_a_principal_that_does_not_exist_is_never_allowed(someone: Tenant, principal: str) -> None:
    try:
        allowed = someone.client.check(principal.replace("{account}", someone.account), ACTION, DOCUMENT).allowed
    except NoSuchEntity:
        allowed = False

    assert not allowed


# --- secrets ---


def test_no_key_is_in_any_log(world: LocalDoorward, send: Send) -> None:
    directory = world.directory
    send(f"{IDENTITY}CreateUser", b"\xff")
    send(CHECK, b"\xff")
    keys = {directory.key(name).encode() for name in ("service", "nats", "valkey")}
    logs = [Path(root) / name for root, _, names in os.walk(directory.path) for name in names if ".log" in name]

    assert {"identity.log", "decision.log", "nats.log", "valkey.log"} <= {log.name for log in logs}
    assert b"IdentityService/CreateUser" in (directory.logs / "identity.log").read_bytes()
    for log in logs:
        content = log.read_bytes()
        assert not any(key in content for key in keys), log


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
