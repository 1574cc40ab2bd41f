"""What the contract says of every method, as the interceptor reads it."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import doorward.identity.v1
import pytest
from doorward.options.v1.authorization_pb2 import Audience as Declared
from doorward.options.v1.authorization_pb2 import authorization
from doorward_kernel.arn import Arn
from doorward_runtime.rpc import methods
from doorward_runtime.rpc.methods import FOREIGN_METHODS, OPEN_METHODS, Audience, method_of
from doorward_runtime.rpc.resources import RENAMES, resources_of
from google.protobuf.descriptor import FieldDescriptor, FileDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.unit.runtime.passports import ACCOUNT, ALICE
from tests.unit.runtime.serving import Known


def _contract() -> Iterator[FileDescriptor]:
    root = Path(doorward.identity.v1.__file__).parents[2]
    for path in sorted(root.rglob("*_service_pb2.py")):
        module = importlib.import_module(".".join(path.relative_to(root.parent).with_suffix("").parts))
        yield module.DESCRIPTOR


METHODS: list[MethodDescriptor] = [
    method for file in _contract() for service in file.services_by_name.values() for method in service.methods
]


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def filled(method: MethodDescriptor) -> Message:
    """A request with something plausible in each text."""
    request = GetMessageClass(method.input_type)()
    for field in method.input_type.fields:
        if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated:
            setattr(request, field.name, _plausible(field.name))
    return request


def _plausible(field: str) -> str:
    if field.endswith("arn") or field == "serial_number":
        return f"arn:aws:iam::{ACCOUNT}:mfa/some/thing"
    return {"path": "/a/b/", "new_path": "/c/", "url": "https://login.example.com/a"}.get(field, "something")


def test_the_methods_that_need_no_credentials_are_those_that_the_contract_opens() -> None:
    opened = {
        name_of(method)
        for method in METHODS
        if method.GetOptions().Extensions[authorization].audience == Declared.AUDIENCE_ANYONE
    }

    assert opened == OPEN_METHODS - FOREIGN_METHODS


def test_what_the_contract_opens_stays_closed_until_the_table_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for method in METHODS:
        audience = method_of.__wrapped__(f"/{name_of(method)}").audience
        monkeypatch.setattr(methods, "OPEN_METHODS", FOREIGN_METHODS)
        without = method_of.__wrapped__(f"/{name_of(method)}").audience
        monkeypatch.undo()

        assert without is (Audience.NOBODY if audience is Audience.ANYONE else audience)
        assert audience is not Audience.NOBODY


def test_the_audiences_are_those_of_the_contract() -> None:
    assert {audience.value for audience in Audience} == set(Declared.values())


@pytest.mark.parametrize("path", ["", "/", "/a/b", "/doorward.identity.v1.IdentityService/Nothing", "//", "/ü/ü"])
def test_what_is_no_method_is_for_nobody(path: str) -> None:
    assert method_of(path).audience is Audience.NOBODY


@pytest.mark.parametrize("method", METHODS, ids=name_of)
async def test_the_resource_of_every_method_is_a_whole_arn(method: MethodDescriptor) -> None:
    declared = method_of(f"/{name_of(method)}")

    for resource in await resources_of(declared, filled(method), ALICE, Known()):
        assert not set("{}") & set(resource)
        assert resource == "*" or Arn.parse(resource).account == ACCOUNT
        assert "//" not in resource


@pytest.mark.parametrize("method", METHODS, ids=name_of)
async def test_what_names_an_existing_thing_is_looked_up(method: MethodDescriptor) -> None:
    """A template with a name and no path would stand for things at the root alone."""

    class Elsewhere(Known):
        async def arn(self, account: str, kind: str, name: str) -> str | None:
            return f"arn:aws:iam::{account}:{kind}/elsewhere/{name}"

    declared = method_of(f"/{name_of(method)}")
    template = declared.resource
    named = any(f":{kind}/{{" in template for kind in ("user", "group", "role", "instance-profile"))

    resources = await resources_of(declared, filled(method), ALICE, Elsewhere())

    assert ("/elsewhere/something" in resources[0]) is named


def test_what_can_be_renamed_needs_both_names() -> None:
    renaming = {
        name_of(method)
        for method in METHODS
        if any(
            field.name.startswith("new_") and field.name.endswith(("name", "path"))
            for field in method.input_type.fields
        )
    }

    assert renaming == set(RENAMES)
