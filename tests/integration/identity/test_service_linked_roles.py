"""Service-linked roles, asked over gRPC."""

import pytest
from doorward_client import AsyncClient
from doorward_kernel.errors import InvalidInput, NoSuchEntity, UnmodifiableEntity

from tests.integration.identity.conftest import ACCOUNT

NAME = "AWSServiceRoleForAutoScaling_blue"


async def test_a_role_is_linked_shown_and_unlinked(client: AsyncClient) -> None:
    identity = client.identity
    created = await identity.create_service_linked_role(
        aws_service_name="autoscaling.amazonaws.com", custom_suffix="blue", description="for the blue fleet"
    )

    assert created.role.arn == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/{NAME}"
    assert created.role.description == "for the blue fleet"
    assert (await identity.get_role(role_name=NAME)).role.role_id == created.role.role_id
    (attached,) = (await identity.list_attached_role_policies(role_name=NAME)).attached_policies
    assert attached.policy_arn == "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
    with pytest.raises(UnmodifiableEntity, match="only modifiable by AWS"):
        await identity.delete_role(role_name=NAME)
    with pytest.raises(InvalidInput, match="please try a different suffix"):
        await identity.create_service_linked_role(aws_service_name="autoscaling.amazonaws.com", custom_suffix="blue")

    again = client.with_options(client_token="unlink-1").identity
    deleted = await again.delete_service_linked_role(role_name=NAME)

    assert await again.delete_service_linked_role(role_name=NAME) == deleted
    assert deleted.deletion_task_id.startswith(f"task/aws-service-role/autoscaling.amazonaws.com/{NAME}/")
    status = await identity.get_service_linked_role_deletion_status(deletion_task_id=deleted.deletion_task_id)
    assert status.status == "SUCCEEDED"
    assert not status.HasField("reason")
    with pytest.raises(NoSuchEntity):
        await identity.get_role(role_name=NAME)
    with pytest.raises(NoSuchEntity):
        await identity.get_service_linked_role_deletion_status(deletion_task_id=f"{deleted.deletion_task_id}x")
