"""Roles and permissions boundaries, asked over gRPC."""

import json

import pytest
from doorward_client import AsyncClient
from doorward_kernel.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    MalformedPolicyDocument,
    NoSuchEntity,
)

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL, KEY

OTHER = "111111111111"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


def trusting(*names: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(names)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


async def test_a_role_lives_from_its_creation_to_its_deletion(client: AsyncClient) -> None:
    identity = client.identity
    created = (
        await identity.create_role(
            role_name="Deploy",
            path="/ci/",
            description="deploys",
            assume_role_policy_document=trusting(ACCOUNT),
        )
    ).role

    assert created.arn == f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy"
    assert created.role_id.startswith("AROA")
    assert created.max_session_duration == 3600
    assert created.assume_role_policy_document == trusting(ACCOUNT)
    assert not created.HasField("permissions_boundary")
    assert (await identity.get_role(role_name="deploy")).role == created
    assert list((await identity.list_roles(path_prefix="/ci/")).roles) == [created]
    assert not (await identity.list_roles(path_prefix="/x/")).roles
    with pytest.raises(EntityAlreadyExists):
        await identity.create_role(role_name="DEPLOY", assume_role_policy_document=trusting(ACCOUNT))

    await identity.update_role(role_name="deploy", max_session_duration=7200)
    described = (await identity.update_role_description(role_name="deploy", description="")).role

    assert (described.description, described.max_session_duration) == ("", 7200)
    with pytest.raises(InvalidInput, match="maxSessionDuration"):
        await identity.update_role(role_name="deploy", max_session_duration=0)

    await identity.delete_role(role_name="deploy")
    with pytest.raises(NoSuchEntity, match="The role with name deploy cannot be found"):
        await identity.get_role(role_name="deploy")


async def test_policies_and_a_boundary_of_a_role_come_and_go(client: AsyncClient) -> None:
    identity = client.identity
    arn = (await identity.create_policy(policy_name="all", policy_document=ALLOW_ALL)).policy.arn
    await identity.create_role(
        role_name="deploy", assume_role_policy_document=trusting(ACCOUNT), permissions_boundary=arn
    )
    await identity.attach_role_policy(role_name="deploy", policy_arn=arn)
    await identity.put_role_policy(role_name="deploy", policy_name="own", policy_document=ALLOW_ALL)

    attached = (await identity.list_attached_role_policies(role_name="deploy")).attached_policies
    assert [(each.policy_name, each.policy_arn) for each in attached] == [("all", arn)]
    assert list((await identity.list_role_policies(role_name="deploy")).policy_names) == ["own"]
    assert (await identity.get_role_policy(role_name="deploy", policy_name="own")).policy_document == ALLOW_ALL
    role = (await identity.get_role(role_name="deploy")).role
    assert role.permissions_boundary.permissions_boundary_arn == arn
    assert role.permissions_boundary.permissions_boundary_type == "PermissionsBoundaryPolicy"
    with pytest.raises(DeleteConflict):
        await identity.delete_role(role_name="deploy")

    await identity.delete_role_policy(role_name="deploy", policy_name="own")
    await identity.detach_role_policy(role_name="deploy", policy_arn=arn)
    with pytest.raises(DeleteConflict):
        await identity.delete_policy(policy_arn=arn)
    await identity.delete_role_permissions_boundary(role_name="deploy")
    await identity.delete_policy(policy_arn=arn)
    await identity.delete_role(role_name="deploy")


async def test_a_user_shows_its_boundary(client: AsyncClient) -> None:
    identity = client.identity
    arn = (await identity.create_policy(policy_name="most", policy_document=ALLOW_ALL)).policy.arn

    created = (await identity.create_user(user_name="alice", permissions_boundary=arn)).user

    assert created.permissions_boundary.permissions_boundary_arn == arn
    assert (await identity.get_user(user_name="alice")).user == created

    await identity.delete_user_permissions_boundary(user_name="alice")
    assert not (await identity.get_user(user_name="alice")).user.HasField("permissions_boundary")
    await identity.put_user_permissions_boundary(user_name="alice", permissions_boundary=arn)
    assert (await identity.get_user(user_name="alice")).user == created
    with pytest.raises(NoSuchEntity, match=r"Scope ARN: .* does not exist or is not attachable"):
        await identity.put_user_permissions_boundary(user_name="alice", permissions_boundary=f"{arn}2")


async def test_principals_of_other_accounts_are_trusted_only_when_they_exist(client: AsyncClient, address: str) -> None:
    async with AsyncClient(identity=address, service_key=KEY, account=OTHER) as other:
        bob = f"arn:aws:iam::{OTHER}:user/bob"
        for unknown in (OTHER, bob, f"arn:aws:iam::{OTHER}:root"):
            with pytest.raises(MalformedPolicyDocument) as refused:
                await client.identity.create_role(role_name="deploy", assume_role_policy_document=trusting(unknown))
            assert refused.value.message == f'Invalid principal in policy: "AWS":"{unknown}"'

        await other.identity.create_account(account_name="other", account_id=OTHER)
        user_id = (await other.identity.create_user(user_name="bob")).user.user_id
        document = trusting(bob, OTHER)

        created = (await client.identity.create_role(role_name="deploy", assume_role_policy_document=document)).role

        assert created.assume_role_policy_document == document
        await other.identity.update_user(user_name="bob", new_user_name="robert")
        shown = (await client.identity.get_role(role_name="deploy")).role.assume_role_policy_document
        assert shown == trusting(f"arn:aws:iam::{OTHER}:user/robert", OTHER)

        await other.identity.delete_user(user_name="robert")
        await other.identity.create_user(user_name="bob")
        (listed,) = (await client.identity.list_roles()).roles
        assert listed.assume_role_policy_document == trusting(user_id, OTHER)


async def test_a_principal_made_again_is_trusted_only_when_named_again(client: AsyncClient) -> None:
    identity = client.identity
    first = (await identity.create_user(user_name="alice")).user.user_id
    await identity.create_role(role_name="deploy", assume_role_policy_document=trusting(ALICE))

    await identity.delete_user(user_name="alice")
    await identity.create_user(user_name="alice")

    async def shown() -> str:
        return (await identity.get_role(role_name="deploy")).role.assume_role_policy_document

    assert await shown() == trusting(first)
    with pytest.raises(MalformedPolicyDocument, match=first):
        await identity.update_assume_role_policy(role_name="deploy", policy_document=trusting(first))
    await identity.update_assume_role_policy(role_name="deploy", policy_document=trusting(ALICE))
    assert await shown() == trusting(ALICE)
