"""Guardrails bound what accounts can do, from the write that attaches them on."""

import json

from doorward_client import Effect

from tests.integration.decision.conftest import ALICE, REPORT, World
from tests.unit.directory.world import sharing

OTHER = "210987654321"
BOB = f"arn:aws:iam::{OTHER}:user/bob"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


def statement(effect: str, action: str, **more: object) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*", **more}]}
    )


async def everything(world: World, user: str = "alice") -> None:
    await world.client.identity.put_user_policy(
        user_name=user, policy_name="all", policy_document=statement("Allow", "*")
    )


async def guardrail(world: World, content: str, type: str = SCP, name: str = "guardrail") -> str:
    made = await world.client.organization.create_organization_policy(name=name, type=type, content=content)
    return made.policy.policy_summary.id


async def attach(world: World, policy: str, target: str) -> None:
    await world.client.organization.attach_organization_policy(policy_id=policy, target_id=target)


async def detach(world: World, policy: str, target: str) -> None:
    await world.client.organization.detach_organization_policy(policy_id=policy, target_id=target)


async def root_of(world: World) -> str:
    return (await world.client.organization.list_roots()).roots[0].id


async def test_an_scp_forbids_until_it_is_detached(world: World) -> None:
    await everything(world)
    root = await root_of(world)
    policy = await guardrail(world, statement("Deny", "documents:Read"))
    assert await world.allowed()

    await attach(world, policy, root)
    assert not await world.allowed()
    assert await world.allowed("documents:Write")

    await detach(world, policy, root)
    assert await world.allowed()


async def test_a_change_of_an_scp_is_in_force_with_its_revision(world: World) -> None:
    await everything(world)
    policy = await guardrail(world, statement("Deny", "documents:Read"))
    await attach(world, policy, await root_of(world))

    changed = await world.client.organization.update_organization_policy(
        policy_id=policy, content=statement("Deny", "documents:Write")
    )
    answer = await world.client.check(ALICE, "documents:Read", REPORT, at_least=changed.revision)

    assert answer.allowed
    assert answer.revisions == (changed.revision,)
    assert not await world.allowed("documents:Write")


async def test_every_level_must_allow(world: World) -> None:
    await everything(world)
    organization, root = world.client.organization, await root_of(world)
    unit = (await organization.create_organizational_unit(parent_id=root, name="u")).organizational_unit.id
    reads = await guardrail(world, statement("Allow", "documents:Read"))
    await attach(world, reads, unit)
    await detach(world, "p-FullAWSAccess", unit)
    account = ALICE.split(":")[4]

    assert await world.allowed("documents:Write")
    await organization.move_account(account_id=account, source_parent_id=root, destination_parent_id=unit)
    assert await world.allowed("documents:Read")
    answer = await world.client.check(ALICE, "documents:Write", REPORT, latest=True)
    assert answer.effect is Effect.IMPLICIT_DENY


async def test_an_scp_binds_its_account_and_no_other(world: World) -> None:
    await everything(world)
    other = world.client.with_options(account=OTHER).identity
    await other.create_account(account_name="other", account_id=OTHER)
    await other.create_user(user_name="bob")
    await other.put_user_policy(user_name="bob", policy_name="all", policy_document=statement("Allow", "*"))
    await attach(world, await guardrail(world, statement("Deny", "*")), OTHER)

    assert await world.allowed()
    assert not (await world.client.check(BOB, "documents:Read", REPORT, latest=True)).allowed


async def test_a_guardrail_grants_nothing(world: World) -> None:
    await attach(world, await guardrail(world, statement("Allow", "*")), await root_of(world))

    assert not await world.allowed()


async def test_an_rcp_binds_whoever_uses_the_resources_of_the_account(world: World) -> None:
    """Of the same account and of another, which the resource's policy lets in."""
    other = world.client.with_options(account=OTHER)
    await other.identity.create_account(account_name="other", account_id=OTHER)
    await other.identity.create_user(user_name="bob")
    await other.identity.put_user_policy(user_name="bob", policy_name="all", policy_document=statement("Allow", "*"))
    await everything(world)
    theirs = f"arn:aws:documents::{OTHER}:reports/2026"
    await other.identity.put_resource_policy(
        resource_arn=theirs, policy_document=sharing(ALICE, action="documents:Read")
    )
    assert await world.allowed("documents:Read", theirs)
    assert not await world.allowed("documents:Write", theirs)

    nobody = await guardrail(world, statement("Deny", "documents:*", Principal="*"), RCP)
    await attach(world, nobody, OTHER)

    assert not await world.allowed("documents:Read", theirs)
    assert not (await world.client.check(BOB, "documents:Read", theirs, latest=True)).allowed
    assert await world.allowed("documents:Read", REPORT)


async def test_the_keys_of_the_organization_are_the_servers(world: World) -> None:
    organization = (await world.client.organization.describe_organization()).organization.id
    ours = {"StringEquals": {"aws:PrincipalOrgID": organization, "aws:ResourceOrgID": organization}}
    below = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{organization}/r-*/"}}
    await world.client.identity.put_user_policy(
        user_name="alice",
        policy_name="p",
        policy_document=statement("Allow", "documents:Read", Condition={**ours, **below}),
    )

    ours_too = f"arn:aws:documents::{ALICE.split(':')[4]}:reports/2026"
    assert await world.allowed(resource=ours_too)
    forged = {"aws:PrincipalOrgID": "o-other", "aws:ResourceOrgID": organization}
    assert await world.allowed(resource=ours_too, context=forged)
    assert not await world.allowed(resource=REPORT, context=forged), "whose it is its ARN does not tell"
    stranger = "arn:aws:documents::999999999999:reports/2026"
    assert not await world.allowed(resource=stranger)
