"""Whatever a field of whatever method holds, it is refused with a status, a code and a message that names the field.

The requests are made from the descriptors: every method, every field of its request, also those of messages in it, and
every value that is wrong there. A field that `KINDS` does not know fails the test.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from doorward.decision.v1.decision_service_pb2 import BatchCheckResponse
from doorward.options.v1.authorization_pb2 import AUDIENCE_BEARER, authorization
from doorward_kernel.errors import MalformedPolicyDocument
from doorward_local.world import LocalDoorward
from doorward_runtime.rpc.status import error_of_call
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tests.contract.test_public_contract import METHODS
from tests.e2e.field_kinds import KINDS, Kind
from tests.e2e.worlds import ALLOW, DOCUMENT, Tenant, tenant
from tests.unit.directory.world import saml_metadata, sharing, trusting

ASKS_MORE = {"RevokeSessions", "Authenticate", "BatchCheck"}
"""Methods that a request without anything means something to, or is refused by for another reason."""

FOR_KEYS = {"GetSessionToken"}
"""Methods for callers with long-term keys, which this one has not."""

NOT_TWICE = {"RotateKeys"}
"""Methods that a request without anything is enough for, and that are refused for minutes after they were called."""

SERVED = list({method.containing_service.full_name: method for method in METHODS}.values())
"""A method of each service."""

TEXT_TYPE = FieldDescriptor.TYPE_STRING
EVERYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
PASSWORD = "Correct-horse-9"
CREDENTIAL_SERVICES = ("AuthenticationService", "CredentialService", "TokenService", "LogService")
Code = grpc.StatusCode
MIB = 1024 * 1024
MANY = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended."""

    code: grpc.StatusCode
    text: str
    reason: str


Call = Callable[[MethodDescriptor, bytes], Answer]


@pytest.fixture(scope="module")
def tenant_of(world: LocalDoorward) -> Iterator[Tenant]:
    """An account that holds what the right values name."""
    for name in ("nats", "valkey", "identity", "credential", "decision"):
        world.wait_ready(name)
    with tenant(world) as made:
        identity = made.client.identity
        identity.create_group(group_name="staff")
        identity.create_role(role_name="deploy", assume_role_policy_document=trusting("*"))
        identity.create_instance_profile(instance_profile_name="web")
        identity.create_open_id_connect_provider(url="https://idp.example.com", client_id_list=["app"])
        identity.create_saml_provider(name="okta", saml_metadata_document=saml_metadata())
        identity.put_resource_policy(resource_arn=DOCUMENT, policy_document=sharing("*"))
        identity.put_user_policy(user_name="alice", policy_name="all", policy_document=EVERYTHING)
        made.client.credentials.create_login_profile(user_name="alice", password=PASSWORD)
        yield made


@pytest.fixture(scope="module")
def call(world: LocalDoorward, tenant_of: Tenant) -> Iterator[Call]:
    endpoints = world.endpoints
    by_key = (
        ("x-doorward-service-key", endpoints.bootstrap.secret_access_key),
        ("x-doorward-account", tenant_of.account),
    )
    signed_in = tenant_of.client.authentication.sign_in(
        account=tenant_of.account, user_name="alice", password=PASSWORD
    ).signed_in
    by_passport = (("authorization", f"Bearer {signed_in.passport}"),)
    places = {
        "decision": {"DecisionService": endpoints.decision, "ReplicaService": endpoints.decision_admin},
        "credential": dict.fromkeys(CREDENTIAL_SERVICES, endpoints.credential),
    }
    addresses = {endpoints.identity, endpoints.credential, endpoints.decision, endpoints.decision_admin}
    channels = {place: grpc.insecure_channel(place) for place in addresses}

    def called(method: MethodDescriptor, body: bytes) -> Answer:
        service = method.containing_service
        channel = channels[places.get(service.full_name.split(".")[1], {}).get(service.name) or endpoints.identity]
        audience = method.GetOptions().Extensions[authorization].audience
        bearer = audience == AUDIENCE_BEARER or method.name == "GetFederationToken"
        pairs = by_passport if bearer else by_key
        kind = channel.unary_stream if method.server_streaming else channel.unary_unary
        stub = kind(f"/{service.full_name}/{method.name}", request_serializer=bytes, response_deserializer=bytes)
        try:
            answer: Any = stub(body, timeout=20, metadata=pairs)
            if method.server_streaming:
                next(answer, None)
                answer.cancel()
            elif method.name == "BatchCheck":
                return answer_of_batch(answer)
        except grpc.RpcError as error:
            failed = error_of_call(error)
            return Answer(error.code(), error.details() or "", failed.reason)
        return Answer(Code.OK, "", "")

    yield called
    for channel in channels.values():
        channel.close()


def answer_of_batch(body: bytes) -> Answer:
    """What is wrong with one check is told in its place."""
    for outcome in BatchCheckResponse.FromString(body).outcomes:
        if outcome.HasField("error"):
            codes = {code.value[0]: code for code in Code}
            return Answer(codes[outcome.error.code], outcome.error.message, outcome.error.reason)
    return Answer(Code.OK, "", "")


@dataclass(frozen=True, slots=True)
class Case:
    """A request in which one field is wrong; `way` are the names of the messages that it is in, and its own."""

    way: tuple[str, ...]
    value: str
    body: bytes


Right = dict[str, str]
"""What stands for `{account}`, `{revision}` and others in values."""


@pytest.fixture(scope="module")
def in_organization(tenant_of: Tenant) -> Right:
    """An organizational unit and a guardrail; the name of the account is not used twice in the run."""
    organization = tenant_of.client.organization
    root = organization.list_roots().roots[0].id
    unit = organization.create_organizational_unit(parent_id=root, name=f"of {tenant_of.account}")
    policy = organization.create_organization_policy(
        name=f"of {tenant_of.account}", type="SERVICE_CONTROL_POLICY", content=ALLOW
    )
    ids = {"{unit}": unit.organizational_unit.id, "{guardrail}": policy.policy.policy_summary.id}
    return {"{root}": root, **ids}


@pytest.fixture
def right(tenant_of: Tenant, in_organization: Right) -> Right:
    revision = tenant_of.client.log.get_head().revision
    return {"{account}": tenant_of.account, "{revision}": revision, **in_organization}


def told(value: Any, right: Right) -> Any:
    if isinstance(value, str):
        for name, meant in right.items():
            value = value.replace(name, meant)
    return value


def cases(method: MethodDescriptor, right: Right) -> Iterator[Case]:
    for path in leaves(method.input_type):
        kind = kind_of(method, path)
        for value in [*([] if kind.optional or path[-1].type != TEXT_TYPE else [""]), *kind.bad]:
            filled = told(value, right)
            message = good(method, right, path)
            put(message, path, filled)
            yield Case(names_of(path), repr(value)[:40], message.SerializeToString())
        if path[-1].type == TEXT_TYPE:
            message = good(method, right, path)
            put(message, path, "SURROGATE")
            yield Case((), "surrogate", message.SerializeToString().replace(b"SURROGATE", b"SURRO\xed\xa0\x80E"))


def leaves(kind: Descriptor, before: tuple[FieldDescriptor, ...] = ()) -> Iterator[tuple[FieldDescriptor, ...]]:
    """The way to each field that holds no message."""
    for field in kind.fields:
        way = (*before, field)
        if field.message_type is None:
            yield way
        else:
            yield from leaves(field.message_type, way)


def kind_of(method: MethodDescriptor, path: tuple[FieldDescriptor, ...]) -> Kind:
    parts = names_of(path)
    way = ".".join(parts)
    names = f"{method.name}.{way}", *(".".join(parts[first:]) for first in range(len(parts)))
    found = next((KINDS[name] for name in names if name in KINDS), None)
    assert found is not None, f"say in KINDS what is wrong in the field `{way}`"
    return found


def good(method: MethodDescriptor, right: Right, wanted: tuple[FieldDescriptor, ...]) -> Message:
    """A request in which everything is right; of the fields of a `oneof` it has the wanted one, or the first."""
    message = message_factory.GetMessageClass(method.input_type)()
    for path in leaves(method.input_type):
        oneof = path[0].containing_oneof
        chosen = wanted[0] if wanted[0].containing_oneof == oneof else oneof.fields[0] if oneof else None
        if oneof is None or path[0] == chosen:
            value = kind_of(method, path).good
            put(message, path, told(value, right))
    return message


def put(message: Any, path: tuple[FieldDescriptor, ...], value: Any) -> None:
    """Make the field at the end of the path hold the value, and nothing else."""
    for field in path[:-1]:
        inner = getattr(message, field.name)
        if is_map(field):
            key, held = (value, "v") if path[path.index(field) + 1].name == "key" else (f"{field.name}-key", value)
            inner.clear()
            put_entry(inner, key, held)
            return
        if is_list(field):
            message = inner[0] if inner else inner.add()
        else:
            inner.SetInParent()
            message = inner
    last = path[-1]
    if is_list(last):
        del getattr(message, last.name)[:]
        getattr(message, last.name).extend(value if isinstance(value, list) else [value])
    else:
        setattr(message, last.name, value)


def put_entry(entries: Any, key: str, value: str) -> None:
    """Into a map of texts, or of messages that hold texts."""
    if isinstance(entries, MutableMapping) and not hasattr(entries, "get_or_create"):
        entries[key] = value
    else:
        entries[key].values.append(value)


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def is_list(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)


def names_of(path: Sequence[FieldDescriptor]) -> tuple[str, ...]:
    return tuple(field.name for field in path)


def is_named(answer: Answer, way: Sequence[str]) -> bool:
    """Whether the message speaks of the field or of what it is in, as AWS or the contract writes it, or in words.

    What AWS says of a malformed policy document has no name of a field; a message that is none has no fields.
    """
    text = answer.text.lower().replace("_", "").replace(" ", "")
    known = any(name.replace("_", "") in text for name in way)
    return known or not way or answer.reason == MalformedPolicyDocument.reason


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_field_that_is_wrong_is_named(call: Call, right: Right, method: MethodDescriptor) -> None:
    wrong = []
    for case in cases(method, right):
        answer = call(method, case.body)
        if answer.code is not Code.INVALID_ARGUMENT or not answer.reason or not is_named(answer, case.way):
            wrong.append(f"{'.'.join(case.way)} {case.value}: {answer.code.name} {answer.reason} {answer.text[:150]}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_thousands_of_entries_are_refused(call: Call, right: Right, method: MethodDescriptor) -> None:
    wrong = []
    for field in method.input_type.fields:
        if field.is_repeated:
            path = next(path for path in leaves(method.input_type) if path[0] == field)
            message: Any = good(method, right, path)
            entries = getattr(message, field.name)
            if is_map(field):
                for number in range(MANY):
                    put_entry(entries, f"k{number}", "v")
            else:
                entries.extend([entries[0]] * MANY)
            answer = call(method, message.SerializeToString())
            if answer.code not in (Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED):
                wrong.append(f"{field.name}: {answer.code.name} {answer.reason} {answer.text[:150]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", SERVED, ids=lambda method: method.containing_service.name)
def test_a_mebibyte_is_refused(call: Call, right: Right, method: MethodDescriptor) -> None:
    answer = call(method, b"\xfa\x7f\x80\x80\x40" + bytes(MIB))

    assert answer.code is Code.RESOURCE_EXHAUSTED, answer


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_nothing_at_all_is_refused_unless_all_of_it_is_optional(
    call: Call, right: Right, method: MethodDescriptor
) -> None:
    texts = [path for path in leaves(method.input_type) if path[-1].type == TEXT_TYPE and not path[0].is_repeated]
    needed = [path[0].name for path in texts if len(path) == 1 and not kind_of(method, path).optional]
    if method.name in ASKS_MORE:
        needed = []
    if method.input_type.fields and method.name not in NOT_TWICE:
        answer = call(method, b"")

        refused = Code.PERMISSION_DENIED if method.name in FOR_KEYS else Code.INVALID_ARGUMENT
        assert answer.code is refused or (answer.code is Code.OK and not needed), answer
        assert not needed or is_named(answer, needed), answer
