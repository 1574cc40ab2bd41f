"""AWS's managed policies in force: from an attachment over gRPC to the decision, as they were adopted."""

from doorward_client import Effect
from doorward_directory.attachments import UserPolicyAttached
from doorward_directory.aws_policies import AwsPolicyAdopted
from doorward_directory.codec import encode
from doorward_directory.shipped import aws_policy_id
from doorward_kernel.ids import AccountId, UniqueId

from tests.integration.decision.conftest import ALICE, World
from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OBJECT = "arn:aws:s3:::reports/q3"


async def test_an_attached_policy_of_aws_s_is_enforced_and_a_detached_one_is_not(world: World) -> None:
    identity = world.client.identity
    assert not await world.allowed("s3:GetObject", OBJECT)

    attached = await identity.attach_user_policy(user_name="alice", policy_arn=READ_ONLY)
    may_read = await world.client.check(ALICE, "s3:GetObject", OBJECT, at_least=attached.revision)
    may_write = await world.client.check(ALICE, "s3:PutObject", OBJECT, at_least=attached.revision)
    detached = await identity.detach_user_policy(user_name="alice", policy_arn=READ_ONLY)
    afterwards = await world.client.check(ALICE, "s3:GetObject", OBJECT, at_least=detached.revision)

    assert (may_read.effect, may_write.effect) == (Effect.ALLOW, Effect.IMPLICIT_DENY)
    assert may_read.revisions == (attached.revision,)
    assert afterwards.effect is Effect.IMPLICIT_DENY


async def test_a_denial_of_aws_s_through_a_group_outweighs_everything(world: World) -> None:
    identity = world.client.identity
    await identity.attach_user_policy(user_name="alice", policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")
    await identity.create_group(group_name="suspended")
    await identity.attach_group_policy(group_name="suspended", policy_arn="arn:aws:iam::aws:policy/AWSDenyAll")
    assert await world.allowed("s3:PutObject", OBJECT)

    added = await identity.add_user_to_group(group_name="suspended", user_name="alice")

    answer = await world.client.check(ALICE, "s3:PutObject", OBJECT, at_least=added.revision)
    assert answer.effect is Effect.EXPLICIT_DENY


async def test_a_boundary_of_aws_s_is_the_most_that_a_user_may_do(world: World) -> None:
    identity = world.client.identity
    await identity.attach_user_policy(user_name="alice", policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")

    bounded = await identity.put_user_permissions_boundary(user_name="alice", permissions_boundary=READ_ONLY)

    may_read = await world.client.check(ALICE, "s3:GetObject", OBJECT, at_least=bounded.revision)
    may_write = await world.client.check(ALICE, "s3:PutObject", OBJECT, at_least=bounded.revision)
    assert (may_read.effect, may_write.effect) == (Effect.ALLOW, Effect.IMPLICIT_DENY)


async def test_what_another_version_of_the_software_adopted_is_enforced_until_it_is_updated(world: World) -> None:
    identity = world.client.identity
    user_id = UniqueId((await identity.get_user(user_name="alice")).user.user_id)
    policy_id = aws_policy_id(READ_ONLY)
    old = AwsPolicyAdopted(policy_id=policy_id, name="ReadOnlyAccess", path="/", version=1, document=ALLOW_ALL)
    attached = UserPolicyAttached(user_id=user_id, policy_id=policy_id)
    await world.log.append(AccountId(ACCOUNT), 2, [encode(old), encode(attached)], metadata=b"{}")
    assert await world.allowed("s3:PutObject", OBJECT)

    await identity.update_aws_managed_policies()

    assert not await world.allowed("s3:PutObject", OBJECT)
    assert await world.allowed("s3:GetObject", OBJECT)
