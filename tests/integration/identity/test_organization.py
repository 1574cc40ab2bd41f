"""The organization over gRPC: its tree, its guardrails, and the aliases of accounts."""

import pytest
from doorward.identity.v1.simulation_pb2 import EvaluationResult
from doorward_client import AsyncClient
from doorward_kernel.errors import (
    AccountIsClosed,
    DoorwardError,
    EntityAlreadyExists,
    IdempotentParameterMismatch,
    InvalidInput,
    NoSuchEntity,
)
from doorward_kernel.ids import OPERATOR

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL

OTHER = "210987654321"
NO_AUDIT = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "audit:*", "Resource": "*"}}'
SCP = "SERVICE_CONTROL_POLICY"


async def root_of(client: AsyncClient) -> str:
    (root,) = (await client.organization.list_roots()).roots
    return root.id


async def policy_of(client: AsyncClient, name: str = "no audit") -> str:
    made = await client.organization.create_organization_policy(
        name=name, description="nobody reads the audit", type=SCP, content=NO_AUDIT
    )
    return made.policy.policy_summary.id


async def test_there_is_one_organization_and_the_operator_manages_it(client: AsyncClient) -> None:
    organization = (await client.organization.describe_organization()).organization

    assert organization.id.startswith("o-")
    assert len(organization.id) == 12
    assert organization.master_account_id == OPERATOR
    assert organization.arn == f"arn:aws:organizations::{OPERATOR}:organization/{organization.id}"
    listed = [account.account_id for account in (await client.identity.list_accounts()).accounts]
    assert listed == [ACCOUNT]


async def test_accounts_are_under_the_root_until_they_are_moved(client: AsyncClient) -> None:
    root = await root_of(client)
    await client.identity.create_account(account_name="other", account_id=OTHER)
    made = (await client.organization.create_organizational_unit(parent_id=root, name="Production")).organizational_unit
    assert made.id.startswith(f"ou-{root.removeprefix('r-')}-")

    await client.organization.move_account(account_id=ACCOUNT, source_parent_id=root, destination_parent_id=made.id)

    async def inside(parent: str) -> list[str]:
        return [each.id for each in (await client.organization.list_accounts_for_parent(parent_id=parent)).accounts]

    assert await inside(root) == [OTHER]
    assert await inside(made.id) == [ACCOUNT]
    (parent,) = (await client.organization.list_parents(child_id=ACCOUNT)).parents
    assert (parent.id, parent.type) == (made.id, "ORGANIZATIONAL_UNIT")
    (parent,) = (await client.organization.list_parents(child_id=made.id)).parents
    assert (parent.id, parent.type) == (root, "ROOT")
    renamed = await client.organization.update_organizational_unit(organizational_unit_id=made.id, name="Live")
    assert renamed.organizational_unit.name == "Live"
    units = (await client.organization.list_organizational_units_for_parent(parent_id=root)).organizational_units
    assert [each.name for each in units] == ["Live"]


async def test_lists_of_accounts_come_in_pages(client: AsyncClient) -> None:
    root = await root_of(client)
    others = [f"30000000000{number}" for number in range(5)]
    for account in others:
        await client.identity.create_account(account_name="other", account_id=account)

    pages = [
        [account.id for account in page.accounts]
        async for page in client.pages(client.organization.list_accounts_for_parent, parent_id=root, max_items=2)
    ]

    assert [account for page in pages for account in page] == sorted([ACCOUNT, *others])
    assert max(map(len, pages)) == 2


async def test_a_guardrail_is_made_attached_listed_changed_detached_and_deleted(client: AsyncClient) -> None:
    organization, root = client.organization, await root_of(client)
    policy = await policy_of(client)

    await organization.attach_organization_policy(policy_id=policy, target_id=root)
    await organization.attach_organization_policy(policy_id=policy, target_id=ACCOUNT)

    targets = (await organization.list_targets_for_policy(policy_id=policy)).targets
    assert [(target.target_id, target.type) for target in targets] == [(root, "ROOT"), (ACCOUNT, "ACCOUNT")]
    attached = (await organization.list_policies_for_target(target_id=ACCOUNT, filter=SCP)).policies
    assert {each.id for each in attached} == {policy, "p-FullAWSAccess"}
    updated = await organization.update_organization_policy(policy_id=policy, name="keep audit")
    assert updated.policy.policy_summary.name == "keep audit"
    assert updated.policy.content == NO_AUDIT
    for target in (root, ACCOUNT):
        await organization.detach_organization_policy(policy_id=policy, target_id=target)
    await organization.delete_organization_policy(policy_id=policy)
    listed = (await organization.list_organization_policies(filter=SCP)).policies
    assert [(each.id, each.aws_managed) for each in listed] == [("p-FullAWSAccess", True)]
    everywhere = (await organization.list_targets_for_policy(policy_id="p-FullAWSAccess")).targets
    assert [target.target_id for target in everywhere] == [root, ACCOUNT]


@pytest.mark.parametrize("account", ["000000000000", "999999999999", "12345", ""])
async def test_only_an_account_that_exists_is_moved_or_bound(client: AsyncClient, account: str) -> None:
    root, policy = await root_of(client), await policy_of(client)

    with pytest.raises((NoSuchEntity, InvalidInput)):
        await client.organization.attach_organization_policy(policy_id=policy, target_id=account)
    with pytest.raises((NoSuchEntity, InvalidInput)):
        await client.organization.move_account(account_id=account, source_parent_id=root, destination_parent_id=root)


async def test_a_write_under_a_client_token_happens_once(client: AsyncClient) -> None:
    root = await root_of(client)
    once = client.with_options(client_token="t-1")

    first = await once.organization.create_organizational_unit(parent_id=root, name="Production")
    again = await once.organization.create_organizational_unit(parent_id=root, name="Production")

    assert again == first
    with pytest.raises(IdempotentParameterMismatch):
        await once.organization.create_organizational_unit(parent_id=root, name="Sandbox")


async def test_an_alias_belongs_to_one_account_and_is_told_with_it(client: AsyncClient) -> None:
    identity = client.identity
    await identity.create_account(account_name="other", account_id=OTHER)
    other = client.with_options(account=OTHER).identity

    await identity.create_account_alias(account_alias="example-corp")

    assert (await identity.list_account_aliases()).account_aliases == ["example-corp"]
    assert (await other.list_account_aliases()).account_aliases == []
    assert (await identity.get_account_summary()).summary_map["AccountAliases"] == 1
    with pytest.raises(EntityAlreadyExists, match=r"The account alias example-corp already exists\."):
        await other.create_account_alias(account_alias="example-corp")
    with pytest.raises(NoSuchEntity):
        await other.delete_account_alias(account_alias="example-corp")
    await identity.delete_account_alias(account_alias="example-corp")
    await other.create_account_alias(account_alias="example-corp")
    assert (await identity.get_account_summary()).summary_map["AccountAliases"] == 0


async def test_an_alias_needs_an_account_that_is_open(client: AsyncClient) -> None:
    with pytest.raises(NoSuchEntity):
        await client.with_options(account=OTHER).identity.create_account_alias(account_alias="example")
    await client.identity.close_account()
    with pytest.raises(AccountIsClosed):
        await client.identity.create_account_alias(account_alias="example")


async def test_the_operators_account_has_a_history_and_holds_nothing_but_the_organization(client: AsyncClient) -> None:
    root, policy = await root_of(client), await policy_of(client)
    await client.organization.attach_organization_policy(policy_id=policy, target_id=root)
    await client.identity.create_account_alias(account_alias="example")
    operator = client.with_options(account=OPERATOR)

    about = [each.type for each in (await operator.identity.list_account_events(entity=policy)).events]
    assert about == ["OrganizationPolicyAttached", "OrganizationPolicyCreated"]
    about = [each.type for each in (await operator.identity.list_account_events(entity=ACCOUNT)).events]
    assert about == ["AccountAliasCreated"]
    held = (await operator.account_at((await client.log.get_head()).revision)).organization
    assert [(unit.id, list(unit.policy_ids)) for unit in held.units] == [(root, ["p-FullAWSAccess", policy])]
    assert [each.name for each in held.policies] == ["no audit"]
    assert [(each.account_id, each.alias) for each in held.members] == [(ACCOUNT, "example")]
    for refused in (
        operator.identity.create_user(user_name="alice"),
        operator.identity.close_account(),
        operator.identity.create_account_alias(account_alias="operator"),
        client.identity.create_account(account_name="x", account_id=OPERATOR),
    ):
        with pytest.raises(DoorwardError) as told:
            await refused
        assert isinstance(told.value, InvalidInput | EntityAlreadyExists)


async def test_a_simulation_of_a_principal_is_bounded_by_the_guardrails_of_its_account(client: AsyncClient) -> None:
    identity = client.identity
    user = (await identity.create_user(user_name="alice")).user.arn
    await identity.put_user_policy(user_name="alice", policy_name="all", policy_document=ALLOW_ALL)

    async def simulated(action: str) -> EvaluationResult:
        found = await identity.simulate_principal_policy(policy_source_arn=user, action_names=[action])
        return found.evaluation_results[0]

    assert not (await simulated("audit:Stop")).HasField("organizations_decision_detail")
    policy = await policy_of(client)
    await client.organization.attach_organization_policy(policy_id=policy, target_id=await root_of(client))

    denied, allowed = await simulated("audit:Stop"), await simulated("documents:Read")
    assert (denied.eval_decision, allowed.eval_decision) == ("explicitDeny", "allowed")
    assert [each.source_policy_id for each in denied.matched_statements] == [policy]
    assert not denied.organizations_decision_detail.allowed_by_organizations
    assert allowed.organizations_decision_detail.allowed_by_organizations


async def test_a_client_token_of_one_account_is_not_that_of_another(client: AsyncClient) -> None:
    """Aliases of all accounts are in one stream, and tokens are its own."""
    await client.identity.create_account(account_name="other", account_id=OTHER)
    once = client.with_options(client_token="t-1")

    await once.identity.create_account_alias(account_alias="example-one")
    with pytest.raises(EntityAlreadyExists):
        await once.with_options(account=OTHER).identity.create_account_alias(account_alias="example-one")
    await once.with_options(account=OTHER).identity.create_account_alias(account_alias="example-two")

    assert (await once.identity.create_account_alias(account_alias="example-one")).revision
