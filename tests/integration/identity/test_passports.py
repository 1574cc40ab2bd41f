"""The identity service serves principals: who may is asked about what there really is, and events remember who did."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from doorward.identity.v1 import groups_pb2, instance_profiles_pb2, roles_pb2, users_pb2
from doorward_client import AsyncClient
from doorward_eventlog.sql import SqlEventLog
from doorward_identity.api.registration import SERVICES
from doorward_kernel.ids import AccountId
from doorward_keyring.passport import Passport, PassportKind, subject
from doorward_runtime.passports import PassportVerifier
from google.protobuf.message import Message

from tests.integration.identity.conftest import ACCOUNT, KEY, identity_service
from tests.unit.runtime.passports import ALICE, Clock, Keys
from tests.unit.runtime.passports import KEY as SIGNING_KEY
from tests.unit.runtime.serving import Asked, passport_of

TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
    f'"Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}}}]}}'
)


class Principals:
    """A service with entities at odd paths, and its principals."""

    def __init__(self, channel: grpc.aio.Channel, asked: Asked, client: AsyncClient) -> None:
        self.channel, self.asked, self.client = channel, asked, client

    async def call(self, request: Message, passport: Passport) -> Any:
        """Call the method that the request is for. Raises AioRpcError."""
        method: Any = self.channel.unary_unary(
            f"/{SERVICES[0]}/{request.DESCRIPTOR.name.removesuffix('Request')}", type(request).SerializeToString
        )
        return await method(request, metadata=(passport_of(passport),))


@pytest.fixture
async def served(log: SqlEventLog) -> AsyncIterator[Principals]:
    asked, clock = Asked(), Clock()
    async with (
        identity_service(log, passports=PassportVerifier(Keys(one=SIGNING_KEY), clock), authorizer=asked) as address,
        AsyncClient(identity=address, service_key=KEY, account=ACCOUNT) as client,
        grpc.aio.insecure_channel(address) as channel,
    ):
        await client.identity.create_account(account_name="example", account_id=ACCOUNT)
        await client.identity.create_user(user_name="Alice", path="/staff/")
        await client.identity.create_group(group_name="Admins", path="/all/")
        await client.identity.create_role(role_name="Deploy", path="/ops/", assume_role_policy_document=TRUST)
        await client.identity.create_instance_profile(instance_profile_name="Web", path="/ec2/")
        yield Principals(channel, asked, client)


@pytest.mark.parametrize(
    ("request_", "question"),
    [
        (users_pb2.GetUserRequest(user_name="aLICE"), ("iam:GetUser", "user/staff/Alice")),
        (groups_pb2.GetGroupRequest(group_name="admins"), ("iam:GetGroup", "group/all/Admins")),
        (roles_pb2.GetRoleRequest(role_name="DEPLOY"), ("iam:GetRole", "role/ops/Deploy")),
        (
            instance_profiles_pb2.GetInstanceProfileRequest(instance_profile_name="web"),
            ("iam:GetInstanceProfile", "instance-profile/ec2/Web"),
        ),
    ],
)
async def test_what_there_is_is_asked_about_as_it_is(
    served: Principals, request_: Message, question: tuple[str, str]
) -> None:
    await served.call(request_, ALICE)

    action, resource = question
    assert served.asked.questions == [(action, f"arn:aws:iam::{ACCOUNT}:{resource}")]


async def test_what_there_is_not_is_asked_about_at_the_root(served: Principals) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await served.call(users_pb2.GetUserRequest(user_name="nobody"), ALICE)

    assert error.value.code() is grpc.StatusCode.NOT_FOUND
    assert served.asked.questions == [("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/nobody")]


async def test_who_names_no_user_means_itself_by_its_id(served: Principals) -> None:
    user = await served.client.identity.get_user(user_name="Alice")
    role = await served.client.identity.get_role(role_name="Deploy")
    session = replace(ALICE, kind=PassportKind.ROLE_SESSION, principal_id=role.role.role_id, name="nightly")

    for passport in (replace(ALICE, principal_id=user.user.user_id), session):
        with pytest.raises(grpc.aio.AioRpcError, match="userName"):
            await served.call(users_pb2.GetUserRequest(), passport)

    assert [resource for _, resource in served.asked.questions] == [
        f"arn:aws:iam::{ACCOUNT}:user/staff/Alice",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/nightly",
    ]


async def test_events_remember_the_principal(served: Principals) -> None:
    await served.call(users_pb2.CreateUserRequest(user_name="carol"), ALICE)

    events = (await served.client.identity.list_account_events()).events

    assert subject(ALICE) in {event.actor for event in events}


async def test_an_account_that_does_not_exist_is_told_to_nobody_but_who_may(served: Principals) -> None:
    stranger = replace(ALICE, account=AccountId("210987654321"))

    with pytest.raises(grpc.aio.AioRpcError) as error:
        await served.call(users_pb2.GetUserRequest(user_name="Alice"), stranger)

    assert error.value.code() is grpc.StatusCode.NOT_FOUND
    assert served.asked.questions == [("iam:GetUser", "arn:aws:iam::210987654321:user/Alice")]
