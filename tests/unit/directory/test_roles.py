"""Roles and permissions boundaries: what may be done with them, and what then has happened."""

from dataclasses import replace
from typing import Any

import pytest
from doorward_directory.attachments import AttachRolePolicy, DetachRolePolicy, RolePolicyAttached, attached_to
from doorward_directory.boundaries import (
    RoleBoundaryRemoved,
    RoleBoundarySet,
    UserBoundaryRemoved,
    UserBoundarySet,
    boundary_usage_count,
)
from doorward_directory.inline_policies import DeleteRolePolicy, PutRolePolicy, RolePolicyPut, role_policy
from doorward_directory.policies import DeletePolicy, policy_by_arn
from doorward_directory.quotas import Quotas
from doorward_directory.roles import (
    CreateRole,
    DeleteRole,
    DeleteRolePermissionsBoundary,
    PutRolePermissionsBoundary,
    RoleCreated,
    RoleDeleted,
    RoleDescribed,
    RoleSessionLimited,
    TrustPolicyPut,
    UpdateAssumeRolePolicy,
    UpdateRole,
    role_arn,
    role_by_arn,
    role_by_name,
)
from doorward_directory.users import (
    CreateUser,
    DeleteUser,
    DeleteUserPermissionsBoundary,
    PutUserPermissionsBoundary,
    user_by_name,
)
from doorward_kernel.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
)
from doorward_kernel.ids import ROLE_PREFIX, UniqueId
from immutables import Map

from tests.unit.directory.world import ACCOUNT, START, World, document, policy_arn_of, trusting

TRUST = trusting(ACCOUNT)
CREATE = CreateRole(
    role_id=UniqueId("AROAAAAAAAAAAAAAAAAAA"),
    role_name="Deploy",
    path="/ci/",
    description="Deploys",
    max_session_duration=7200,
    assume_role_policy_document=TRUST,
    foreign={},
    permissions_boundary=None,
    tags=(),
    created_at=START,
)


def test_a_role_is_created_and_found_ignoring_case() -> None:
    world = World()

    happened = world.do(CREATE)

    assert happened == [
        RoleCreated(
            role_id=CREATE.role_id,
            name="Deploy",
            path="/ci/",
            description="Deploys",
            max_session_seconds=7200,
            trust_policy=TRUST,
            principals=Map(),
            created_at=START,
        )
    ]
    role = role_by_name(world.state, "DEPLOY")
    assert role_arn(world.state, role) == f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy"
    assert role_by_arn(world.state, role_arn(world.state, role)) is role
    with pytest.raises(NoSuchEntity):
        role_by_arn(world.state, f"arn:aws:iam::{ACCOUNT}:role/Deploy")


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"role_name": ""}, InvalidInput, "roleName"),
        ({"role_name": "a" * 65}, InvalidInput, "length less than or equal to 64"),
        ({"role_name": "a b"}, InvalidInput, "roleName"),
        ({"path": "ci"}, InvalidInput, "path"),
        ({"path": "/aws-service-role/x.amazonaws.com/"}, InvalidInput, "reserved for service-linked roles"),
        ({"path": "/AWS-Service-Role/x/"}, InvalidInput, "reserved for service-linked roles"),
        ({"description": "d" * 1001}, InvalidInput, "description"),
        ({"description": "\u20ac"}, InvalidInput, "description"),
        ({"max_session_duration": 3599}, InvalidInput, "'3599' at 'maxSessionDuration'.*greater than or equal to 3600"),
        ({"max_session_duration": 43_201}, InvalidInput, "less than or equal to 43200"),
        ({"max_session_duration": -1}, InvalidInput, "greater than or equal to 3600"),
        ({"assume_role_policy_document": document()}, MalformedPolicyDocument, "Principal"),
        ({"assume_role_policy_document": trusting("arn:aws:iam::1:user/x")}, MalformedPolicyDocument, "principal"),
        ({"permissions_boundary": policy_arn_of("none")}, NoSuchEntity, "Scope ARN: .* not attachable"),
        ({"permissions_boundary": "none"}, InvalidInput, "ARN"),
    ],
)
def test_a_role_that_does_not_follow_the_rules_is_refused(
    changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        World().do(replace(CREATE, **changes))


def test_names_of_roles_are_unique_ignoring_case_and_apart_from_users() -> None:
    world = World()
    world.create_user("deploy")
    world.do(CREATE)

    with pytest.raises(EntityAlreadyExists) as refused:
        world.do(replace(CREATE, role_name="DEPLOY", path="/"))

    assert refused.value.message == "Role with name DEPLOY already exists."


def test_roles_have_a_quota() -> None:
    world = World(Quotas(roles=1))
    world.create_role("one")

    with pytest.raises(LimitExceeded) as refused:
        world.create_role("two")

    assert refused.value.message == "Cannot exceed quota for RolesPerAccount: 1"


def test_what_is_absent_of_an_update_stays_and_what_is_the_same_does_not_happen() -> None:
    world = World()
    world.do(CREATE)
    role_id = CREATE.role_id

    assert world.do(UpdateRole(role_name="deploy", description=None, max_session_duration=None)) == []
    assert world.do(UpdateRole(role_name="deploy", description="Deploys", max_session_duration=7200)) == []
    assert world.do(UpdateRole(role_name="deploy", description="", max_session_duration=3600)) == [
        RoleDescribed(role_id=role_id, description=""),
        RoleSessionLimited(role_id=role_id, max_session_seconds=3600),
    ]
    role = role_by_name(world.state, "deploy")
    assert (role.description, role.max_session_seconds) == ("", 3600)


def test_a_trust_policy_is_replaced() -> None:
    world = World()
    world.do(CREATE)
    alice = world.create_user("alice")
    arn = f"arn:aws:iam::{ACCOUNT}:user/alice"

    happened = world.do(
        UpdateAssumeRolePolicy(role_name="deploy", policy_document=trusting(arn), foreign={}),
        UpdateAssumeRolePolicy(role_name="deploy", policy_document=trusting(arn), foreign={}),
    )

    assert happened == [
        TrustPolicyPut(role_id=CREATE.role_id, trust_policy=trusting(alice), principals=Map({alice: arn}))
    ]


def test_a_user_made_again_under_the_same_name_is_not_the_one_that_was_trusted() -> None:
    world = World()
    world.do(CREATE)
    alice = world.create_user("alice")
    arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
    world.do(UpdateAssumeRolePolicy(role_name="deploy", policy_document=trusting(arn), foreign={}))

    world.do(DeleteUser(user_name="alice"))
    again = world.create_user("alice")

    assert role_by_name(world.state, "deploy").trust_policy == trusting(alice)
    assert world.do(UpdateAssumeRolePolicy(role_name="deploy", policy_document=trusting(arn), foreign={})) == [
        TrustPolicyPut(role_id=CREATE.role_id, trust_policy=trusting(again), principals=Map({again: arn}))
    ]


def test_policies_of_a_role_are_attached_and_put_and_keep_it_from_being_deleted() -> None:
    world = World()
    role_id = world.create_role("deploy")
    policy_id = world.create_policy("read")
    put = PutRolePolicy(role_name="deploy", policy_name="own", policy_document=document())
    attach = AttachRolePolicy(role_name="deploy", policy_arn=policy_arn_of("read"))

    assert world.do(attach, attach, put, put) == [
        RolePolicyAttached(role_id=role_id, policy_id=policy_id),
        RolePolicyPut(role_id=role_id, name="own", document=document()),
    ]
    assert attached_to(world.state, world.state.policies[policy_id]) == ([], [], [world.state.roles[role_id]])
    assert role_policy(world.state, "Deploy", "own") == document()
    with pytest.raises(DeleteConflict, match="must delete policies first"):
        world.do(DeleteRole(role_name="deploy"))

    world.do(DeleteRolePolicy(role_name="deploy", policy_name="own"))
    with pytest.raises(DeleteConflict, match="must detach all policies first"):
        world.do(DeleteRole(role_name="deploy"))

    world.do(DetachRolePolicy(role_name="deploy", policy_arn=policy_arn_of("read")))
    assert world.do(DeleteRole(role_name="deploy")) == [RoleDeleted(role_id=role_id)]
    with pytest.raises(NoSuchEntity) as gone:
        role_by_name(world.state, "deploy")
    assert gone.value.message == "The role with name deploy cannot be found."


def test_policies_of_a_role_have_quotas() -> None:
    world = World(Quotas(policies_per_role=1, role_policy_size=100))
    world.create_role("deploy")
    world.create_policy("read")
    world.create_policy("write")
    world.attach("read", role="deploy")

    with pytest.raises(LimitExceeded) as attached:
        world.attach("write", role="deploy")
    with pytest.raises(LimitExceeded) as put:
        world.do(PutRolePolicy(role_name="deploy", policy_name="own", policy_document=document("s3:" + "x" * 99)))

    assert attached.value.message == "Cannot exceed quota for PoliciesPerRole: 1"
    assert put.value.message == "Maximum policy size of 100 bytes exceeded for role deploy"


# --- permissions boundaries ---


def test_trust_policies_have_a_quota() -> None:
    with pytest.raises(LimitExceeded) as refused:
        World().create_role("deploy", trusting(*[ACCOUNT] * 200))

    assert refused.value.message == "Cannot exceed quota for ACLSizePerRole: 2048"


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_boundary_is_set_replaced_and_removed(kind: str) -> None:
    world = World()
    entity_id = world.create_user("deploy") if kind == "user" else world.create_role("deploy")
    first, second = world.create_policy("first"), world.create_policy("second")
    has_set: Any = UserBoundarySet if kind == "user" else RoleBoundarySet
    removed: Any = UserBoundaryRemoved if kind == "user" else RoleBoundaryRemoved
    put: Any = PutUserPermissionsBoundary if kind == "user" else PutRolePermissionsBoundary
    delete: Any = DeleteUserPermissionsBoundary if kind == "user" else DeleteRolePermissionsBoundary
    name, id = {f"{kind}_name": "Deploy"}, {f"{kind}_id": entity_id}

    happened = world.do(
        put(**name, permissions_boundary=policy_arn_of("first")),
        put(**name, permissions_boundary=policy_arn_of("first")),
        put(**name, permissions_boundary=policy_arn_of("second")),
    )

    assert happened == [has_set(**id, policy_id=first), has_set(**id, policy_id=second)]
    counts = [
        boundary_usage_count(world.state, policy_by_arn(world.state, policy_arn_of(each)))
        for each in ("first", "second")
    ]
    assert counts == [0, 1]
    with pytest.raises(DeleteConflict):
        world.do(DeletePolicy(policy_arn=policy_arn_of("second")))
    assert world.do(delete(**name)) == [removed(**id)]
    with pytest.raises(NoSuchEntity, match="no permissions boundary"):
        world.do(delete(**name))
    world.do(DeletePolicy(policy_arn=policy_arn_of("second")), DeletePolicy(policy_arn=policy_arn_of("first")))


def test_a_boundary_may_be_given_at_creation() -> None:
    world = World()
    policy_id = world.create_policy("most")
    arn = policy_arn_of("most")

    happened = world.do(
        CreateUser(
            user_id=UniqueId("AIDAAAAAAAAAAAAAAAAAB"),
            user_name="alice",
            path="/",
            permissions_boundary=arn,
            tags=(),
            created_at=START,
        ),
        replace(CREATE, permissions_boundary=arn),
    )

    assert happened[1] == UserBoundarySet(user_id=UniqueId("AIDAAAAAAAAAAAAAAAAAB"), policy_id=policy_id)
    assert happened[3] == RoleBoundarySet(role_id=CREATE.role_id, policy_id=policy_id)
    assert user_by_name(world.state, "alice").boundary == role_by_name(world.state, "deploy").boundary == policy_id


def test_who_is_deleted_is_bounded_no_more() -> None:
    world = World()
    world.create_policy("most")
    world.create_user("alice")
    world.do(
        replace(CREATE, role_id=world.new_id(ROLE_PREFIX), permissions_boundary=policy_arn_of("most")),
        PutUserPermissionsBoundary(user_name="alice", permissions_boundary=policy_arn_of("most")),
    )

    world.do(DeleteUser(user_name="alice"), DeleteRole(role_name="deploy"))

    assert not world.state.bounded
    world.do(DeletePolicy(policy_arn=policy_arn_of("most")))
