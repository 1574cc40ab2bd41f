"""Resource policies, asked over gRPC."""

import pytest
from doorward_client import AsyncClient
from doorward_kernel.errors import InvalidInput, MalformedPolicyDocument, NoSuchEntity

from tests.integration.identity.conftest import ACCOUNT
from tests.unit.directory.world import sharing

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


async def test_a_resource_policy_is_put_shown_listed_and_deleted(client: AsyncClient) -> None:
    identity = client.identity
    user_id = (await identity.create_user(user_name="alice")).user.user_id
    for bucket in ("a", "b"):
        await identity.put_resource_policy(resource_arn=f"arn:aws:s3:::{bucket}", policy_document=sharing(ALICE))

    shown = await identity.get_resource_policy(resource_arn="arn:aws:s3:::a")
    first = await identity.list_resource_policies(max_items=1)
    rest = await identity.list_resource_policies(marker=first.marker)

    assert shown.policy_document == sharing(ALICE)
    assert [*first.resource_arns, *rest.resource_arns] == ["arn:aws:s3:::a", "arn:aws:s3:::b"]
    assert not (await identity.list_resource_policies(arn_prefix="arn:aws:sqs")).resource_arns

    await identity.delete_user(user_name="alice")
    assert (await identity.get_resource_policy(resource_arn="arn:aws:s3:::a")).policy_document == sharing(user_id)

    await identity.delete_resource_policy(resource_arn="arn:aws:s3:::a")
    with pytest.raises(NoSuchEntity):
        await identity.get_resource_policy(resource_arn="arn:aws:s3:::a")


async def test_what_cannot_be_a_resource_policy_is_refused(client: AsyncClient) -> None:
    with pytest.raises(InvalidInput):
        await client.identity.put_resource_policy(resource_arn="", policy_document=sharing("*"))
    with pytest.raises(MalformedPolicyDocument, match="Invalid principal"):
        await client.identity.put_resource_policy(resource_arn="arn:aws:s3:::a", policy_document=sharing(ALICE))
