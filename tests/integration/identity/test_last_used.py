"""When roles were last used, asked over gRPC."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doorward.identity.v1.last_used_pb2 import LastUse
from doorward_client import AsyncClient
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from google.protobuf.timestamp_pb2 import Timestamp

from tests.integration.identity.conftest import ACCOUNT
from tests.integration.identity.test_roles import trusting


def time(**ago: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) - timedelta(**ago))
    return stamp


def use(unique_id: str, **other: Any) -> LastUse:
    fields: dict[str, Any] = {"account": ACCOUNT, "time": time(), "region": "eu-west-1", "service": "s3"}
    return LastUse(unique_id=unique_id, **(fields | other))


async def test_the_last_use_is_told_of_a_single_role_and_in_the_details(client: AsyncClient) -> None:
    identity = client.identity
    role = (await identity.create_role(role_name="deploy", assume_role_policy_document=trusting(ACCOUNT))).role
    await identity.create_role(role_name="idle", assume_role_policy_document=trusting(ACCOUNT))
    head = (await client.log.get_head()).revision
    an_hour_ago = use(role.role_id, time=time(hours=1), region="us-east-1")

    assert (await identity.record_last_used(uses=[an_hour_ago])).recorded == 1
    assert (await identity.record_last_used(uses=[use(role.role_id, time=time(minutes=50))])).recorded == 0

    shown = (await identity.get_role(role_name="deploy")).role.role_last_used
    assert (shown.last_used_date.seconds, shown.region) == (an_hour_ago.time.seconds, "us-east-1")
    assert not (await identity.get_role(role_name="idle")).role.HasField("role_last_used")
    details = (await identity.get_account_authorization_details(filter=["Role"])).role_detail_list
    assert [each.HasField("role_last_used") for each in details] == [True, False]
    assert details[0].role_last_used == shown
    assert not any(each.HasField("role_last_used") for each in (await identity.list_roles()).roles)
    assert (await client.log.get_head()).revision == head
    past = await client.account_at(head)
    assert not any(each.HasField("role_last_used") for each in past.roles)

    assert (await identity.record_last_used(uses=[use(role.role_id)])).recorded == 1
    assert (await identity.get_role(role_name="deploy")).role.role_last_used.region == "eu-west-1"


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"time": time(days=-1)}, InvalidInput, "is in the future: nothing was recorded"),
        ({"time": Timestamp(seconds=-1)}, InvalidInput, "is before 1970"),
        ({"time": Timestamp(seconds=1, nanos=-1)}, InvalidInput, "is no time"),
        ({"time": None}, InvalidInput, "`time` is missing"),
        ({"unique_id": "AROAAAAAAAAAAAAAAAAAA"}, NoSuchEntity, "there is no user or role `AROAAAAAAAAAAAAAAAAAA`"),
        ({"account": "999999999999"}, NoSuchEntity, "there is no account `999999999999`"),
        ({"account": "x"}, InvalidInput, "is not an account id"),
        ({"region": "EU west"}, InvalidInput, "`region` is `EU west`"),
        ({"service": ""}, InvalidInput, "`service` is ``"),
    ],
)
async def test_a_batch_with_a_use_that_cannot_be_is_refused_whole(
    client: AsyncClient, wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    identity = client.identity
    role = (await identity.create_role(role_name="deploy", assume_role_policy_document=trusting(ACCOUNT))).role
    fields = {"unique_id": role.role_id} | wrong

    with pytest.raises(error, match=message):
        await identity.record_last_used(uses=[use(role.role_id), use(**fields)])

    assert not (await identity.get_role(role_name="deploy")).role.HasField("role_last_used")


async def test_a_clock_that_is_a_little_ahead_is_believed_to_mean_now(client: AsyncClient) -> None:
    role = (await client.identity.create_role(role_name="d", assume_role_policy_document=trusting(ACCOUNT))).role

    assert (await client.identity.record_last_used(uses=[use(role.role_id, time=time(seconds=-30))])).recorded == 1

    shown = (await client.identity.get_role(role_name="d")).role.role_last_used
    assert shown.last_used_date.seconds <= time().seconds


async def test_a_batch_has_a_thousand_uses_at_most(client: AsyncClient) -> None:
    with pytest.raises(InvalidInput, match="`uses` has 1001 members"):
        await client.identity.record_last_used(uses=[use("AROAAAAAAAAAAAAAAAAAA")] * 1001)
