"""What principals of each kind may, asked about by their names (IAM user guide, "Policy evaluation logic")."""

import json

import pytest
from doorward_directory.account import CloseAccount
from doorward_directory.inline_policies import DeleteRolePolicy
from doorward_directory.roles import DeleteRole, PutRolePermissionsBoundary
from doorward_kernel.errors import DoorwardError, InvalidInput, NoSuchEntity
from doorward_policy import Effect

from tests.unit.decision.judge import REPORT, Judge, policy
from tests.unit.directory.world import ACCOUNT, policy_arn_of, sharing

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/Deploy"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/nightly"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/login.example.com"
READ = "documents:Read"


@pytest.fixture
async def deploy(judge: Judge) -> Judge:
    judge.world.create_user("alice")
    judge.world.create_role("Deploy", path="/service/")
    judge.world.create_oidc_provider("login.example.com", "client")
    await judge.do()
    return judge


@pytest.mark.parametrize("who", [ROLE, SESSION])
async def test_a_role_and_its_sessions_have_the_roles_policies(deploy: Judge, who: str) -> None:
    assert await deploy.effect(who) is Effect.IMPLICIT_DENY
    await deploy.allow(READ, role="Deploy")
    assert await deploy.allowed(who)

    deploy.world.create_policy("all", policy("Allow", "*"))
    deploy.world.attach("all", role="Deploy")
    await deploy.do()
    assert await deploy.allowed(who, "documents:Write")

    deploy.world.create_policy("most", policy("Allow", READ))
    await deploy.do(PutRolePermissionsBoundary(role_name="Deploy", permissions_boundary=policy_arn_of("most")))
    assert await deploy.allowed(who)
    assert not await deploy.allowed(who, "documents:Write")


async def test_a_role_made_again_has_nothing_of_the_one_before(deploy: Judge) -> None:
    await deploy.allow(READ, role="Deploy")
    await deploy.share(sharing(ROLE, action="documents:Write"))
    assert await deploy.allowed(SESSION)
    assert await deploy.allowed(SESSION, "documents:Write")

    await deploy.do(
        DeleteRolePolicy(role_name="Deploy", policy_name="p"),
        DeleteRole(role_name="Deploy"),
    )
    with pytest.raises(NoSuchEntity):
        await deploy.effect(SESSION)
    deploy.world.create_role("Deploy", path="/service/")
    await deploy.do()

    assert not await deploy.allowed(SESSION)
    assert not await deploy.allowed(SESSION, "documents:Write")


async def test_a_grant_to_a_role_is_within_its_boundary_and_one_to_a_session_is_not(deploy: Judge) -> None:
    """IAM user guide, "Policy evaluation logic": resource policies in the same account."""
    deploy.world.create_policy("most", policy("Allow", "documents:List"))
    await deploy.do(PutRolePermissionsBoundary(role_name="Deploy", permissions_boundary=policy_arn_of("most")))

    await deploy.share(sharing(ROLE, action=READ))
    assert not await deploy.allowed(SESSION)

    await deploy.share(sharing(SESSION, action=READ))
    assert await deploy.allowed(SESSION)
    assert not await deploy.allowed(f"{SESSION}2")


async def test_the_root_user_may_everything_that_is_not_forbidden(deploy: Judge) -> None:
    assert await deploy.allowed(ROOT)

    await deploy.share(sharing("*", effect="Deny", action=READ))

    assert await deploy.effect(ROOT) is Effect.EXPLICIT_DENY
    assert await deploy.allowed(ROOT, "documents:Write")
    assert not await deploy.allowed(ROOT, resource="arn:aws:documents:eu:999999999999:reports/1")


async def test_a_federated_user_that_is_only_named_has_what_resources_grant_it(deploy: Judge) -> None:
    assert not await deploy.allowed(FEDERATED)

    await deploy.share(sharing(ROOT, action=READ))
    assert not await deploy.allowed(FEDERATED)

    await deploy.share(sharing(FEDERATED, action=READ))
    assert await deploy.allowed(FEDERATED)


async def test_a_service_has_what_resources_grant_it(deploy: Judge) -> None:
    service = "backup.amazonaws.com"
    assert not await deploy.allowed(service)

    condition = json.dumps({"Bool": {"aws:PrincipalIsAWSService": "true"}})
    principal = json.dumps({"Service": service})
    await deploy.share(policy("Allow", READ, condition=condition, principal=principal))

    assert await deploy.allowed(service)
    assert not await deploy.allowed("other.amazonaws.com")
    assert not await deploy.allowed(service, "documents:Write")


async def test_anybody_has_what_resources_grant_to_everybody(deploy: Judge) -> None:
    await deploy.share(sharing(ROOT, action=READ))
    assert not await deploy.allowed("anonymous")

    await deploy.share(policy("Allow", READ, principal='"*"'))
    assert await deploy.allowed("anonymous")


@pytest.mark.parametrize("who", ["anonymous", "ec2.amazonaws.com"])
@pytest.mark.parametrize(
    "resource", ["*", "arn:aws:s3:::reports", "arn:aws:documents:eu:999999999999:reports/1", "arn:aws:x:eu:there:y"]
)
async def test_of_nobodys_resources_nothing_is_granted_to_who_is_of_no_account(
    deploy: Judge, who: str, resource: str
) -> None:
    assert await deploy.effect(who, resource=resource) is Effect.IMPLICIT_DENY


@pytest.mark.parametrize("who", [ROLE, SESSION, ROOT, FEDERATED, OIDC, "ec2.amazonaws.com", "anonymous"])
async def test_in_a_closed_account_every_kind_of_principal_is_denied(deploy: Judge, who: str) -> None:
    await deploy.allow("*", role="Deploy")
    await deploy.share(policy("Allow", READ, principal='"*"'))
    assert await deploy.allowed(who)

    await deploy.do(CloseAccount(closed_at=deploy.world.now()))

    assert await deploy.effect(who) is Effect.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/Deploy", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:role/service/deploy", NoSuchEntity),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/nightly", NoSuchEntity),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/service/Deploy", NoSuchEntity),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/service/Deploy/nightly", NoSuchEntity),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/a/b", InvalidInput),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy", InvalidInput),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/", InvalidInput),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/a b", InvalidInput),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/", InvalidInput),
        (f"arn:aws:sts::{ACCOUNT}:federated-user", NoSuchEntity),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role", InvalidInput),
        (f"arn:aws-cn:sts::{ACCOUNT}:federated-user/bob", NoSuchEntity),
        (f"arn:aws-cn:iam::{ACCOUNT}:root", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:root/x", NoSuchEntity),
        (f"arn:aws:iam:eu:{ACCOUNT}:root", InvalidInput),
        (f"arn:aws:iam::{ACCOUNT}:group/ops", InvalidInput),
        (f"arn:aws:iam::{ACCOUNT}:oidc-provider/other.example.com", NoSuchEntity),
        (f"arn:aws:iam::{ACCOUNT}:saml-provider/idp", NoSuchEntity),
        (f"arn:aws:s3::{ACCOUNT}:user/alice", InvalidInput),
        ("arn:aws:iam::999999999999:root", NoSuchEntity),
        ("arn:aws:iam", InvalidInput),
        ("alice", InvalidInput),
        ("Anonymous", InvalidInput),
        ("*", InvalidInput),
        ("", InvalidInput),
    ],
)
async def test_who_is_no_principal_is_an_error_not_a_deny(deploy: Judge, who: str, error: type[DoorwardError]) -> None:
    with pytest.raises(error):
        await deploy.effect(who)


async def test_a_resource_of_the_name_of_a_role_elsewhere_has_its_own_policy(deploy: Judge) -> None:
    resource = f"arn:aws:documents:eu:{ACCOUNT}:x:role/y"
    await deploy.share(sharing(ROLE, action=READ), resource)

    assert await deploy.allowed(SESSION, resource=resource)
    assert not await deploy.allowed(SESSION, resource=REPORT)
