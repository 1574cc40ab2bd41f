"""A short history of an account, and how tests read it."""

from typing import Any

from doorward.identity.v1 import history_pb2 as pb
from doorward_client import AsyncClient

from tests.integration.identity.conftest import ALLOW_ALL, KEY

OTHER = "999999999999"
OLDEST_FIRST = pb.EVENT_ORDER_OLDEST_FIRST
DENY_ALL = ALLOW_ALL.replace("Allow", "Deny")


async def types_of(client: AsyncClient, **filters: Any) -> list[str]:
    return [event.type for event in await every(client, **filters)]


async def every(client: AsyncClient, **filters: Any) -> list[pb.AccountEvent]:
    filters.setdefault("order", OLDEST_FIRST)
    pages = [page async for page in client.pages(client.identity.list_account_events, **filters)]
    return [event for page in pages for event in page.events]


async def a_history(client: AsyncClient, address: str) -> None:
    """Ten events of the client's account, their types as in TYPES, mixed with those of another account."""
    async with AsyncClient(identity=address, service_key=KEY, account=OTHER) as stranger:
        await stranger.identity.create_account(account_name="other", account_id=OTHER)
        await client.identity.create_user(user_name="alice")
        await stranger.identity.create_user(user_name="alice")
        await client.identity.create_group(group_name="admins")
        hired = client.with_options(reason="hired", request_id="r-7")
        await hired.identity.add_user_to_group(group_name="admins", user_name="alice")
        arn = (await client.identity.create_policy(policy_name="all", policy_document=ALLOW_ALL)).policy.arn
        await client.identity.attach_group_policy(group_name="admins", policy_arn=arn)
        await stranger.identity.delete_user(user_name="alice")
        await client.identity.update_user(user_name="alice", new_user_name="carol", new_path="/staff/")
        await client.identity.remove_user_from_group(group_name="admins", user_name="carol")
        await client.identity.delete_user(user_name="carol")


TYPES = [
    "AccountCreated",
    "UserCreated",
    "GroupCreated",
    "UserAddedToGroup",
    "PolicyCreated",
    "GroupPolicyAttached",
    "UserRenamed",
    "UserMoved",
    "UserRemovedFromGroup",
    "UserDeleted",
]
