"""Resource policies that an account keeps for its resources."""

import pytest
from doorward_directory.quotas import Quotas
from doorward_directory.resource_policies import (
    DeleteResourcePolicy,
    PutResourcePolicy,
    ResourcePolicyDeleted,
    ResourcePolicyPut,
    resource_policy_for,
    resource_policy_of,
)
from doorward_kernel.errors import InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity
from immutables import Map

from tests.unit.directory.world import ACCOUNT, World, document, sharing

BUCKET = "arn:aws:s3:::reports"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


@pytest.fixture
def world() -> World:
    world = World()
    world.create_user("alice")
    return world


def put(resource: str, text: str) -> PutResourcePolicy:
    return PutResourcePolicy(resource_arn=resource, policy_document=text, foreign={})


def test_a_resource_policy_is_put_replaced_and_deleted(world: World) -> None:
    (alice,) = world.state.users

    happened = world.do(put(BUCKET, sharing(ALICE)), put(BUCKET, sharing(ALICE)), put(BUCKET, sharing("*")))

    assert happened == [
        ResourcePolicyPut(resource_arn=BUCKET, document=sharing(alice), principals=Map({alice: ALICE})),
        ResourcePolicyPut(resource_arn=BUCKET, document=sharing("*"), principals=Map()),
    ]
    assert resource_policy_of(world.state, BUCKET).document == sharing("*")
    assert world.do(DeleteResourcePolicy(resource_arn=BUCKET)) == [ResourcePolicyDeleted(resource_arn=BUCKET)]
    with pytest.raises(NoSuchEntity, match="no resource policy for `arn:aws:s3:::reports`"):
        world.do(DeleteResourcePolicy(resource_arn=BUCKET))


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (BUCKET, BUCKET),
        (f"{BUCKET}/2026/q3.pdf", BUCKET),
        (f"{BUCKET}/private", f"{BUCKET}/private"),
        (f"{BUCKET}/private/x/y", f"{BUCKET}/private"),
        (f"{BUCKET}-2", None),
        ("arn:aws:s3:::other/x", None),
        ("*", None),
    ],
)
def test_a_policy_speaks_about_what_lies_in_its_resource(world: World, resource: str, expected: str | None) -> None:
    world.do(put(BUCKET, sharing("*")), put(f"{BUCKET}/private", sharing(ALICE)))

    found = resource_policy_for(world.state, resource)

    assert (found and found.resource_arn) == expected


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("reports", InvalidInput),
        ("*", InvalidInput),
        (f"{BUCKET}/*", InvalidInput),
        (f"{BUCKET}?", InvalidInput),
        (f"{BUCKET} x", InvalidInput),
        (f"arn:aws:iam::{ACCOUNT}:role/deploy", InvalidInput),
        ("arn:aws:sqs:eu-west-1:111111111111:q", InvalidInput),
        ("arn:aws:s3:::" + "x" * 2048, InvalidInput),
    ],
)
def test_only_a_single_resource_of_the_account_has_a_policy(
    world: World, resource: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        world.do(put(resource, sharing("*")))


def test_a_resource_policy_has_its_own_rules_and_quotas() -> None:
    world = World(Quotas(resource_policies=1, resource_policy_size=200))
    world.do(put(BUCKET, sharing("*")))

    with pytest.raises(MalformedPolicyDocument):
        world.do(put(BUCKET, document()))
    with pytest.raises(MalformedPolicyDocument, match="Invalid principal"):
        world.do(put(BUCKET, sharing(ALICE)))
    with pytest.raises(LimitExceeded, match="ResourcePolicySize: 200"):
        world.do(put(BUCKET, sharing(*["*"] * 50)))
    with pytest.raises(LimitExceeded, match="ResourcePoliciesPerAccount: 1"):
        world.do(put(f"{BUCKET}-2", sharing("*")))
