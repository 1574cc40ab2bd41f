"""Who uses which policies, what they are good for, and copying them to somebody else; over gRPC."""

from typing import Any

import pytest
from doorward_client import AsyncClient
from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity

from tests.integration.identity.conftest import ACCOUNT, ALLOW_ALL

DENY_ALL = ALLOW_ALL.replace("Allow", "Deny")
S3_ONLY = ALLOW_ALL.replace('"Action": "*"', '"Action": "s3:*"')
TRUSTED = f'"Action": "sts:AssumeRole", "Principal": {{"AWS": "{ACCOUNT}"}}'
TRUST = ALLOW_ALL.replace('"Action": "*", "Resource": "*"', TRUSTED)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture
async def team(client: AsyncClient) -> AsyncClient:
    """Users alice (of group readers) and bob, who both have AdministratorAccess, as does the group."""
    identity = client.identity
    for name, path in (("alice", "/staff/"), ("bob", "/")):
        await identity.create_user(user_name=name, path=path)
        await identity.attach_user_policy(user_name=name, policy_arn=ADMIN)
    await identity.create_group(group_name="readers", path="/staff/")
    await identity.attach_group_policy(group_name="readers", policy_arn=ADMIN)
    await identity.add_user_to_group(group_name="readers", user_name="alice")
    return client


async def entities(client: AsyncClient, arn: str = ADMIN, **how: Any) -> list[str]:
    """The names, a page after the other."""
    names: list[str] = []
    marker = ""
    while True:
        page = await client.identity.list_entities_for_policy(policy_arn=arn, marker=marker, **how)
        names += [group.group_name for group in page.policy_groups]
        names += [role.role_name for role in page.policy_roles]
        names += [user.user_name for user in page.policy_users]
        if not page.is_truncated:
            return names
        marker = page.marker


async def test_entities_of_a_policy_are_groups_and_users(team: AsyncClient) -> None:
    found = await team.identity.list_entities_for_policy(policy_arn=ADMIN)

    assert [(group.group_name, group.group_id[:4]) for group in found.policy_groups] == [("readers", "AGPA")]
    assert [(user.user_name, user.user_id[:4]) for user in found.policy_users] == [("alice", "AIDA"), ("bob", "AIDA")]
    assert (await team.identity.get_policy(policy_arn=ADMIN)).policy.attachment_count == 3


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"max_items": 1}, ["readers", "alice", "bob"]),
        ({"max_items": 2}, ["readers", "alice", "bob"]),
        ({"entity_filter": "User"}, ["alice", "bob"]),
        ({"entity_filter": "Group"}, ["readers"]),
        ({"entity_filter": "Role"}, []),
        ({"entity_filter": "LocalManagedPolicy"}, []),
        ({"entity_filter": "AWSManagedPolicy"}, []),
        ({"path_prefix": "/staff/"}, ["readers", "alice"]),
        ({"path_prefix": "/staff/", "entity_filter": "User"}, ["alice"]),
        ({"policy_usage_filter": "PermissionsPolicy"}, ["readers", "alice", "bob"]),
        ({"policy_usage_filter": "PermissionsBoundary"}, []),
        ({"arn": READ_S3}, []),
    ],
)
async def test_entities_are_filtered_and_paged(team: AsyncClient, how: dict[str, Any], expected: list[str]) -> None:
    assert await entities(team, **how) == expected


async def test_entities_are_those_whose_boundary_it_is_too(team: AsyncClient) -> None:
    identity = team.identity
    for name in ("deploy", "watch"):
        await identity.create_role(role_name=name, path="/ci/", assume_role_policy_document=TRUST)
    await identity.attach_role_policy(role_name="deploy", policy_arn=ADMIN)
    for name in ("deploy", "watch"):
        await identity.put_role_permissions_boundary(role_name=name, permissions_boundary=ADMIN)
    await identity.put_user_permissions_boundary(user_name="bob", permissions_boundary=ADMIN)

    assert await entities(team) == ["readers", "deploy", "watch", "alice", "bob"]
    assert await entities(team, max_items=1) == ["readers", "deploy", "watch", "alice", "bob"]
    assert await entities(team, entity_filter="Role") == ["deploy", "watch"]
    assert await entities(team, policy_usage_filter="PermissionsBoundary") == ["deploy", "watch", "bob"]
    assert await entities(team, policy_usage_filter="PermissionsPolicy") == ["readers", "deploy", "alice", "bob"]
    policy = (await identity.get_policy(policy_arn=ADMIN)).policy
    assert (policy.attachment_count, policy.permissions_boundary_usage_count) == (4, 3)
    used = await identity.list_policies(policy_usage_filter="PermissionsBoundary")
    assert [each.arn for each in used.policies] == [ADMIN]
    await identity.put_user_permissions_boundary(user_name="bob", permissions_boundary=READ_S3)
    both = await identity.list_policies(policy_usage_filter="PermissionsBoundary", only_attached=True)
    assert [each.arn for each in both.policies] == [ADMIN]
    attached = await identity.list_policies(policy_usage_filter="PermissionsPolicy")
    assert [each.arn for each in attached.policies] == [ADMIN]


async def test_entities_are_asked_for_rightly(team: AsyncClient) -> None:
    identity = team.identity
    for how, error in (
        ({"policy_arn": ADMIN, "entity_filter": "Users"}, InvalidInput),
        ({"policy_arn": ADMIN, "policy_usage_filter": "x"}, InvalidInput),
        ({"policy_arn": ADMIN, "max_items": -1}, InvalidInput),
        ({"policy_arn": ADMIN + "s"}, NoSuchEntity),
        ({"policy_arn": f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"}, NoSuchEntity),
        ({"policy_arn": ""}, InvalidInput),
    ):
        with pytest.raises(error):
            await identity.list_entities_for_policy(**how)


async def test_policies_that_grant_access_are_told_service_by_service(team: AsyncClient) -> None:
    identity = team.identity
    alice = (await identity.get_user(user_name="alice")).user.arn
    await identity.detach_user_policy(user_name="alice", policy_arn=ADMIN)
    await identity.detach_group_policy(group_name="readers", policy_arn=ADMIN)
    await identity.attach_group_policy(group_name="readers", policy_arn=READ_S3)
    await identity.put_user_policy(user_name="alice", policy_name="buckets", policy_document=S3_ONLY)
    await identity.put_user_policy(user_name="alice", policy_name="nothing", policy_document=DENY_ALL)

    whole = await identity.list_policies_granting_service_access(arn=alice, service_namespaces=["iam", "s3", "iam"])
    pages = [
        await identity.list_policies_granting_service_access(arn=alice, service_namespaces=["iam", "s3"], max_items=1)
    ]
    while pages[-1].is_truncated:
        pages.append(
            await identity.list_policies_granting_service_access(
                arn=alice, service_namespaces=["iam", "s3"], max_items=1, marker=pages[-1].marker
            )
        )

    iam, s3 = whole.policies_granting_service_access
    assert (iam.service_namespace, list(iam.policies)) == ("iam", [])
    assert s3.service_namespace == "s3"
    managed, inline = s3.policies
    assert (managed.policy_name, managed.policy_type, managed.policy_arn) == (
        "AmazonS3ReadOnlyAccess",
        "MANAGED",
        READ_S3,
    )
    assert (managed.entity_type, managed.entity_name) == ("", "")
    assert (inline.policy_name, inline.policy_type, inline.policy_arn) == ("buckets", "INLINE", "")
    assert (inline.entity_type, inline.entity_name) == ("USER", "alice")
    parts = [entry for page in pages for entry in page.policies_granting_service_access]
    assert [(entry.service_namespace, len(entry.policies)) for entry in parts] == [("iam", 0), ("s3", 1), ("s3", 1)]
    assert [each for entry in parts for each in entry.policies] == [managed, inline]


async def test_policies_of_a_role_that_grant_access(team: AsyncClient) -> None:
    identity = team.identity
    role = (await identity.create_role(role_name="deploy", assume_role_policy_document=TRUST)).role
    await identity.put_role_policy(role_name="deploy", policy_name="p", policy_document=S3_ONLY)

    found = await identity.list_policies_granting_service_access(arn=role.arn, service_namespaces=["s3"])

    (entry,) = found.policies_granting_service_access
    assert [(policy.entity_type, policy.entity_name) for policy in entry.policies] == [("ROLE", "deploy")]


async def test_service_access_is_asked_for_rightly(team: AsyncClient) -> None:
    identity = team.identity
    arn = (await identity.get_user(user_name="alice")).user.arn
    role = f"arn:aws:iam::{ACCOUNT}:role/none"
    for how, error in (
        ({"arn": arn, "service_namespaces": []}, InvalidInput),
        ({"arn": arn, "service_namespaces": ["s3"] * 201}, InvalidInput),
        ({"arn": arn, "service_namespaces": ["s3", "s3:Get"]}, InvalidInput),
        ({"arn": arn, "service_namespaces": ["s" * 65]}, InvalidInput),
        ({"arn": arn, "service_namespaces": ["s3"], "marker": "?"}, InvalidInput),
        ({"arn": "", "service_namespaces": ["s3"]}, InvalidInput),
        ({"arn": role, "service_namespaces": ["s3"]}, NoSuchEntity),
    ):
        with pytest.raises(error):
            await identity.list_policies_granting_service_access(**how)  # type: ignore[arg-type]


async def test_a_user_gets_what_another_has_in_one_commit(team: AsyncClient) -> None:
    identity = team.identity
    await identity.attach_user_policy(user_name="alice", policy_arn=READ_S3)
    await identity.put_user_policy(user_name="alice", policy_name="buckets", policy_document=S3_ONLY)

    copied = await identity.copy_user_permissions(source_user_name="alice", user_name="bob")

    again = await identity.copy_user_permissions(source_user_name="alice", user_name="bob")
    assert copied.revision == again.revision
    groups = (await identity.list_groups_for_user(user_name="bob")).groups
    attached = (await identity.list_attached_user_policies(user_name="bob")).attached_policies
    assert [group.group_name for group in groups] == ["readers"]
    assert [policy.policy_arn for policy in attached] == [ADMIN, READ_S3]
    assert (await identity.list_user_policies(user_name="bob")).policy_names == ["buckets"]
    assert [(event.type, event.commit_last) async for event in team.events()][-3:] == [
        ("UserAddedToGroup", False),
        ("UserPolicyAttached", False),
        ("UserPolicyPut", True),
    ]


async def test_a_copy_that_cannot_be_whole_does_nothing(team: AsyncClient) -> None:
    identity = team.identity
    await identity.attach_user_policy(user_name="alice", policy_arn=READ_S3)
    await identity.put_user_policy(user_name="alice", policy_name="p", policy_document=S3_ONLY)
    await identity.put_user_policy(user_name="bob", policy_name="p", policy_document=DENY_ALL)
    with pytest.raises(EntityAlreadyExists):
        await identity.copy_user_permissions(source_user_name="alice", user_name="bob")
    await identity.delete_user_policy(user_name="bob", policy_name="p")
    for number in range(9):
        arn = (await identity.create_policy(policy_name=f"p{number}", policy_document=ALLOW_ALL)).policy.arn
        await identity.attach_user_policy(user_name="bob", policy_arn=arn)

    with pytest.raises(LimitExceeded, match="PoliciesPerUser"):
        await identity.copy_user_permissions(source_user_name="alice", user_name="bob")

    assert not (await identity.list_groups_for_user(user_name="bob")).groups
    assert not (await identity.list_user_policies(user_name="bob")).policy_names
    for names in (("alice", "nobody"), ("nobody", "bob")):
        with pytest.raises(NoSuchEntity):
            await identity.copy_user_permissions(source_user_name=names[0], user_name=names[1])
