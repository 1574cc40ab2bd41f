"""Instance profiles, asked over gRPC."""

import pytest
from doorward_client import AsyncClient
from doorward_kernel.errors import DeleteConflict, EntityAlreadyExists

from tests.integration.identity.conftest import ACCOUNT
from tests.integration.identity.test_roles import trusting


async def test_a_profile_is_created_shown_listed_and_deleted(client: AsyncClient) -> None:
    identity = client.identity
    await identity.create_role(role_name="deploy", assume_role_policy_document=trusting(ACCOUNT))
    created = (await identity.create_instance_profile(instance_profile_name="web", path="/ci/")).instance_profile
    await identity.create_instance_profile(instance_profile_name="other")

    assert created.arn == f"arn:aws:iam::{ACCOUNT}:instance-profile/ci/web"
    assert created.instance_profile_id.startswith("AIPA")
    assert not created.roles
    assert not (await identity.list_instance_profiles_for_role(role_name="deploy")).instance_profiles
    with pytest.raises(EntityAlreadyExists):
        await identity.create_instance_profile(instance_profile_name="WEB")

    await identity.add_role_to_instance_profile(instance_profile_name="web", role_name="deploy")

    shown = (await identity.get_instance_profile(instance_profile_name="web")).instance_profile
    assert [role.role_name for role in shown.roles] == ["deploy"]
    assert shown.roles[0].assume_role_policy_document == trusting(ACCOUNT)
    listed = (await identity.list_instance_profiles()).instance_profiles
    assert [each.instance_profile_name for each in listed] == ["other", "web"]
    assert list((await identity.list_instance_profiles(path_prefix="/ci/")).instance_profiles) == [shown]
    assert list((await identity.list_instance_profiles_for_role(role_name="deploy")).instance_profiles) == [shown]
    details = await identity.get_account_authorization_details(filter=["Role"])
    assert [each.arn for each in details.role_detail_list[0].instance_profile_list] == [shown.arn]
    with pytest.raises(DeleteConflict):
        await identity.delete_role(role_name="deploy")

    await identity.remove_role_from_instance_profile(instance_profile_name="web", role_name="deploy")
    await identity.delete_instance_profile(instance_profile_name="web")
    await identity.delete_role(role_name="deploy")
    past = await client.account_at(str((await identity.create_group(group_name="g")).revision))
    assert [each.instance_profile_name for each in past.instance_profiles] == ["other"]
