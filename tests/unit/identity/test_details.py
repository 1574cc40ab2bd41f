"""What an account held is shown whole, in pages that a message can hold."""

from dataclasses import fields

import pytest
from doorward.identity.v1 import history_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.groups import Group
from doorward_directory.instance_profiles import InstanceProfile
from doorward_directory.oidc_providers import OidcProvider
from doorward_directory.organization.state import Member, Organization, OrganizationPolicy, Unit
from doorward_directory.policies import ManagedPolicy
from doorward_directory.resource_policies import ResourcePolicy
from doorward_directory.roles import Role
from doorward_directory.saml_providers import SamlProvider
from doorward_directory.users import User
from doorward_identity.api.details import put_details
from doorward_identity.application import details as paging
from doorward_identity.application.details import Piece, details
from doorward_kernel.errors import DoorwardError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.directory.test_properties import commands, settled_world, with_new_id
from tests.unit.directory.world import World

SHOWN = {
    Account: "account_id name created_at closed_at own_quotas version position users groups roles policies "
    "resource_policies instance_profiles oidc_providers saml_providers organization",
    User: "user_id name path created_at groups attached inline boundary tags",
    Group: "group_id name path created_at attached inline",
    Role: "role_id name path description max_session_seconds created_at trust_policy principals attached inline "
    "boundary tags",
    ManagedPolicy: "policy_id name path description created_at updated_at versions default_version tags aws_managed",
    ResourcePolicy: "resource_arn document principals",
    InstanceProfile: "instance_profile_id name path created_at role tags",
    OidcProvider: "provider_url client_id_list thumbprint_list created_at tags",
    SamlProvider: "saml_provider_id name metadata valid_until created_at tags",
    Organization: "organization_id root_id created_at units members policies",
    Unit: "unit_id parent_id name attached",
    OrganizationPolicy: "organization_policy_id type name description document",
    Member: "account_id parent_id attached alias root_email",
}
FOUND_OTHERWISE = {
    Account: "user_ids group_ids role_ids instance_profile_ids policy_ids members attachments bounded "
    "profiles_of_roles saml_provider_ids deletion_tasks tokens",
    ManagedPolicy: "next_version",
    Organization: "aliases root_emails",
    Member: "root_email_digest",
}
"""Indexes of what is shown, the number of a version that is not there yet, what only recognises repeated calls, and how
deletions went, which has a method of its own."""


def shown(account: Account, limit: int = 1000) -> pb.GetAccountAtResponse:
    """All pages, as one message."""
    whole, marker = pb.GetAccountAtResponse(), ""
    while True:
        found = details(account, marker, limit)
        put_details(account, found.items, whole)
        marker = found.marker
        if not marker:
            return whole


def name_of(piece: Piece) -> str:
    assert isinstance(piece.thing, ManagedPolicy)
    return piece.thing.name


@pytest.mark.parametrize("kind", SHOWN)
def test_nothing_that_an_account_holds_is_forgotten(kind: type) -> None:
    """Who gives an account or a thing another part learns here to show it in `api/details.py`, too."""
    known = f"{SHOWN[kind]} {FOUND_OTHERWISE.get(kind, '')}".split()

    assert {field.name for field in fields(kind)} == set(known)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(commands, min_size=10, max_size=30), st.integers(1, 4))
def test_whatever_changes_an_account_changes_what_is_shown_of_it(wanted: list[object], limit: int) -> None:
    world = settled_world()
    before = shown(world.state)

    for command in wanted:
        try:
            events = world.do(with_new_id(world, command))  # type: ignore[arg-type]
        except DoorwardError:
            events = []
        after = shown(world.state)
        assert (after != before) == bool(events), command
        before = after

    assert shown(world.state, limit) == before


def test_things_come_by_kind_and_name_and_pages_lose_none() -> None:
    world = World()
    for name in ("b", "A", "a+b", "a.b", "a-", "c"):
        world.create_user(name)
        world.create_group(f"g{name}")
        world.create_policy(f"p{name}")

    for limit in (1, 2, 3, 5, 100):
        whole = shown(world.state, limit)
        assert [user.user_name for user in whole.users] == ["A", "a+b", "a-", "a.b", "b", "c"]
        assert [group.group_name for group in whole.groups] == ["gA", "ga+b", "ga-", "ga.b", "gb", "gc"]
        assert [policy.policy_name for policy in whole.policies] == ["pA", "pa+b", "pa-", "pa.b", "pb", "pc"]


def test_what_is_too_large_comes_in_pieces_and_pages_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    world.create_policy("p", text)
    for _ in range(4):
        world.create_version("p", text)
    world.create_policy("q", text)
    monkeypatch.setattr(paging, "PIECE_BYTES", 2 * len(text))
    monkeypatch.setattr(paging, "PAGE_BYTES", 2 * (2 * len(text) + 2000))

    marker, sizes = "", list[list[tuple[str, int]]]()
    while marker or not sizes:
        found = details(world.state, marker, 1000)
        sizes.append([(name_of(piece), piece.stop - piece.start) for piece in found.items])
        marker = found.marker

    assert sizes == [[("p", 2), ("p", 2)], [("p", 1), ("q", 1)]]
    assert [
        [version.version_id for version in policy.policy_version_list] for policy in shown(world.state).policies
    ] == [["v1", "v2"], ["v3", "v4"], ["v5"], ["v1"]]


def test_a_single_document_that_is_too_large_for_a_page_is_shown_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.create_policy("p")
    world.create_version("p")
    world.create_policy("q")
    monkeypatch.setattr(paging, "PIECE_BYTES", 1)
    monkeypatch.setattr(paging, "PAGE_BYTES", 1)

    assert [len(policy.policy_version_list) for policy in shown(world.state).policies] == [1, 1, 1]
