"""Tags, asked over gRPC."""

from typing import Any

import pytest
from doorward.identity.v1.tags_pb2 import Tag
from doorward_client import AsyncClient
from doorward_kernel.errors import InvalidInput, LimitExceeded

from tests.integration.identity.conftest import ALLOW_ALL
from tests.integration.identity.test_roles import trusting
from tests.unit.directory.world import saml_metadata

TAGS = [Tag(key="cost", value=""), Tag(key="team", value="data")]


KINDS = ["user", "role", "policy", "instance_profile", "open_id_connect_provider", "saml_provider"]


async def created(client: AsyncClient, kind: str) -> dict[str, str]:
    """Something with two tags, and the name that it has in requests."""
    identity = client.identity
    match kind:
        case "user":
            await identity.create_user(user_name="alice", tags=TAGS)
            return {"user_name": "alice"}
        case "role":
            await identity.create_role(role_name="r", assume_role_policy_document=trusting("*"), tags=TAGS)
            return {"role_name": "r"}
        case "instance_profile":
            await identity.create_instance_profile(instance_profile_name="web", tags=TAGS)
            return {"instance_profile_name": "web"}
        case "open_id_connect_provider":
            oidc = await identity.create_open_id_connect_provider(url="https://idp.example.com", tags=TAGS)
            return {"open_id_connect_provider_arn": oidc.open_id_connect_provider_arn}
        case "saml_provider":
            saml = await identity.create_saml_provider(name="Okta", saml_metadata_document=saml_metadata(), tags=TAGS)
            return {"saml_provider_arn": saml.saml_provider_arn}
        case _:
            policy = (await identity.create_policy(policy_name="p", policy_document=ALLOW_ALL, tags=TAGS)).policy
            return {"policy_arn": policy.arn}


@pytest.mark.parametrize("kind", KINDS)
async def test_tags_are_shown_listed_changed_and_removed(client: AsyncClient, kind: str) -> None:
    identity: Any = client.identity
    named = await created(client, kind)
    show, tag, untag, tags_of = (
        getattr(identity, name) for name in (f"get_{kind}", f"tag_{kind}", f"untag_{kind}", f"list_{kind}_tags")
    )

    shown = await show(**named)
    assert list(getattr(shown, kind, shown).tags) == TAGS
    first = await tags_of(**named, max_items=1)
    assert (list(first.tags), first.is_truncated) == (TAGS[:1], True)
    assert list((await tags_of(**named, marker=first.marker)).tags) == TAGS[1:]

    await tag(**named, tags=[Tag(key="team", value="search")])
    await untag(**named, tag_keys=["cost"])

    assert list((await tags_of(**named)).tags) == [Tag(key="team", value="search")]
    with pytest.raises(InvalidInput, match="reserved"):
        await tag(**named, tags=[Tag(key="aws:x", value="")])
    with pytest.raises(LimitExceeded):
        await tag(**named, tags=[Tag(key=f"k{number}", value="") for number in range(50)])


async def test_lists_show_no_tags(client: AsyncClient) -> None:
    for kind in ("user", "role", "policy", "instance_profile"):
        await created(client, kind)

    assert not (await client.identity.list_users()).users[0].tags
    assert not (await client.identity.list_roles()).roles[0].tags
    assert not (await client.identity.list_policies()).policies[0].tags
    assert not (await client.identity.list_instance_profiles()).instance_profiles[0].tags
