"""What simulations refuse, and how they stay within their bounds, over gRPC of a real service."""

import asyncio
from typing import Any

import pytest
from doorward.identity.v1 import simulation_pb2 as pb
from doorward_client import AsyncClient
from doorward_kernel.errors import DoorwardError, InvalidInput, LimitExceeded, NoSuchEntity

from tests.integration.identity.conftest import ALLOW_ALL
from tests.integration.identity.test_simulation import ALICE, REPORT, document

ENTRY = pb.ContextEntry(context_key_name="aws:Key", context_key_values=["x"], context_key_type="numeric")
GET: dict[str, Any] = {"policy_input_list": [ALLOW_ALL], "action_names": ["s3:GetObject"]}
OTHERS = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::other"})
CUSTOM, PRINCIPAL = "simulate_custom_policy", "simulate_principal_policy"


@pytest.mark.parametrize(
    ("method", "fields", "error", "message"),
    [
        (PRINCIPAL, {"policy_source_arn": ALICE}, NoSuchEntity, "The user with ARN"),
        (PRINCIPAL, {"policy_source_arn": ALICE.replace("user", "role")}, NoSuchEntity, "The role with ARN"),
        (PRINCIPAL, {"policy_source_arn": "alice"}, InvalidInput, "`policySourceArn`: `alice` is not an ARN"),
        (PRINCIPAL, {}, InvalidInput, "`policySourceArn`: `` is not an ARN"),
        (CUSTOM, {"policy_input_list": []}, InvalidInput, "`policyInputList` is empty"),
        (CUSTOM, {"policy_input_list": [ALLOW_ALL, "{}"]}, InvalidInput, "`policyInputList.2`: Syntax errors"),
        (CUSTOM, {"action_names": []}, InvalidInput, "`actionNames` has 1 to 1000 actions"),
        (CUSTOM, {"action_names": ["s3:*"]}, InvalidInput, "`actionNames.1`: `s3:*` is not an action"),
        (CUSTOM, {"resource_arns": ["x"]}, InvalidInput, "`resourceArns.1`: `x` is not an ARN"),
        (CUSTOM, {"resource_policy": ALLOW_ALL}, InvalidInput, "`callerArn` is missing"),
        (CUSTOM, {"resource_policy": ALLOW_ALL, "caller_arn": ALICE}, InvalidInput, "`resourcePolicy`: Missing"),
        (
            CUSTOM,
            {"resource_policy": OTHERS, "caller_arn": ALICE, "resource_arns": [REPORT]},
            InvalidInput,
            "is not one of",
        ),
        (CUSTOM, {"caller_arn": "alice"}, InvalidInput, "`callerArn`: `alice` is not an ARN"),
        (CUSTOM, {"caller_arn": ALICE.replace("user", "role")}, InvalidInput, "is not the ARN of a user"),
        (CUSTOM, {"caller_arn": ALICE.replace("user", "group")}, InvalidInput, "`callerArn`: "),
        (CUSTOM, {"resource_owner": "me"}, InvalidInput, "`resourceOwner`: `me` is neither"),
        (CUSTOM, {"resource_owner": ALICE}, InvalidInput, "is neither an account id nor an ARN such as"),
        (CUSTOM, {"context_entries": [ENTRY]}, InvalidInput, "`contextEntries.1.contextKeyValues.1`: `x` is not"),
        (CUSTOM, {"resource_handling_option": "EC2-VPC-EBS"}, InvalidInput, "`resourceArns` lacks instance"),
        (CUSTOM, {"max_items": 1001}, InvalidInput, "`maxItems` is 1001"),
        (CUSTOM, {"marker": "x"}, InvalidInput, "`marker` is not one"),
        (CUSTOM, {"marker": "MTE"}, InvalidInput, "`marker` is not one that a page of this simulation returned"),
    ],
)
async def test_bad_input_is_refused_by_the_name_of_its_argument(
    client: AsyncClient, method: str, fields: dict[str, Any], error: type[DoorwardError], message: str
) -> None:
    with pytest.raises(error) as refused:
        await getattr(client.identity, method)(**{**GET, **fields})

    assert message in refused.value.message


async def test_results_too_large_for_an_answer_are_refused_not_cut(client: AsyncClient) -> None:
    many = document(*[{"Effect": "Allow", "Action": "*", "Resource": "*"}] * 1000)

    with pytest.raises(LimitExceeded, match="the results of `s3:GetObject` are larger than"):
        await client.identity.simulate_custom_policy(
            policy_input_list=[many],
            action_names=["s3:GetObject"],
            resource_arns=[f"arn:aws:s3:::bucket/{number}" for number in range(1000)],
        )


async def test_a_page_ends_before_it_gets_too_large(client: AsyncClient) -> None:
    many = document(*[{"Effect": "Allow", "Action": "*", "Resource": "*"}] * 1000)
    actions = [f"s3:Get{number}" for number in range(30)]

    pages = [
        page
        async for page in client.pages(
            client.identity.simulate_custom_policy, policy_input_list=[many], action_names=actions
        )
    ]

    assert len(pages) > 1
    assert max(page.ByteSize() for page in pages) < 4 * 1024 * 1024
    assert [each.eval_action_name for page in pages for each in page.evaluation_results] == actions


async def test_other_calls_are_answered_while_a_long_simulation_runs(client: AsyncClient) -> None:
    await client.identity.create_user(user_name="alice")
    slow = asyncio.ensure_future(
        client.identity.simulate_principal_policy(
            policy_source_arn=ALICE,
            action_names=[f"s3:Get{number}" for number in range(1000)],
            resource_arns=[f"arn:aws:s3:::reports/{number}" for number in range(100)],
            max_items=1000,
        )
    )
    answered = 0
    while not slow.done():
        await client.identity.get_user(user_name="alice")
        answered += 1

    assert (await slow).evaluation_results
    assert answered > 3
