"""Whatever happened to an account, its log tells it: replayed, it is the state that was, at every moment.

| property | why |
| --- | --- |
| the fold of the stored records is the live state, after every command | the log is the only truth |
| so it is when the fold goes on from a snapshot, whenever that was taken | a snapshot only saves time |
| so it is in however many parts the records are read | the past is folded in batches, for one moment after the other |
| every command there is happens in some history | what is never drawn is never tested |
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias
from unittest.mock import patch

from doorward_directory import client_tokens
from doorward_directory.account import Account, CloseAccount, CreateAccount, DeleteAccountQuota, PutAccountQuota
from doorward_directory.attachments import DetachGroupPolicy, DetachRolePolicy, DetachUserPolicy, UserPolicyAttached
from doorward_directory.client_tokens import Once, answered_before, token_used
from doorward_directory.codec import encode
from doorward_directory.commands import DECISIONS, Command, decide
from doorward_directory.events import Event, apply
from doorward_directory.inline_policies import DeleteRolePolicy, PutGroupPolicy, PutRolePolicy, PutUserPolicy
from doorward_directory.instance_profiles import AddRoleToInstanceProfile, RemoveRoleFromInstanceProfile
from doorward_directory.policies import CreatePolicy, DeletePolicy, DeletePolicyVersion
from doorward_directory.resource_policies import DeleteResourcePolicy, PutResourcePolicy
from doorward_directory.roles import CreateRole, PutRolePermissionsBoundary
from doorward_directory.saml_providers import UpdateSAMLProvider
from doorward_directory.service_linked_roles import CreateServiceLinkedRole, DeleteServiceLinkedRole
from doorward_directory.snapshot import dump, load
from doorward_directory.stream import fold_records
from doorward_directory.tagging import Taggable, TagResource, UntagResource
from doorward_directory.users import PutUserPermissionsBoundary, UpdateUser
from doorward_kernel.errors import DoorwardError
from doorward_kernel.ids import ROLE_PREFIX
from doorward_kernel.record import Record
from hypothesis import given
from hypothesis import strategies as st

from tests.property.drawn import examples
from tests.unit.directory.test_properties import (
    NEW,
    OUTDATED,
    QUOTAS,
    commands,
    settled_world,
    with_new_id,
)
from tests.unit.directory.world import (
    ACCOUNT,
    START,
    World,
    document,
    policy_arn_of,
    saml_arn_of,
    saml_metadata,
    sharing,
    trusting,
)

HISTORIES = 600
TOKENS_KEPT = 2
"""Instead of a thousand, so that some are forgotten."""

Step: TypeAlias = tuple[Command, str | None]
"""A command, and the client token that it is sent under."""

CREATE_ROLE = CreateRole(
    role_id=NEW,
    role_name="u",
    path="/",
    description="",
    max_session_duration=3600,
    assume_role_policy_document=trusting(ACCOUNT),
    foreign={},
    permissions_boundary=policy_arn_of("p"),
    tags=[("k", "v")],
    created_at=START,
)
CREATE_POLICY = CreatePolicy(
    policy_id=NEW,
    policy_name="s",
    path="/",
    description="",
    policy_document=document(),
    tags=[("k", "v")],
    created_at=START,
)

resources = st.sampled_from(["arn:aws:s3:::b", "arn:aws:s3:::b/o"])
quota_names = st.sampled_from(["UsersPerAccount", "PoliciesPerUser"])
others: st.SearchStrategy[Command] = st.one_of(
    st.builds(PutAccountQuota, quota_name=quota_names, value=st.integers(0, 4)),
    st.builds(DeleteAccountQuota, quota_name=quota_names),
    st.builds(
        PutResourcePolicy,
        resource_arn=resources,
        policy_document=st.builds(sharing, st.sampled_from([f"arn:aws:iam::{ACCOUNT}:user/a", "*", "nobody"])),
        foreign=st.just({}),
    ),
    st.builds(DeleteResourcePolicy, resource_arn=resources),
    st.sampled_from(
        [
            DetachUserPolicy(user_name="a", policy_arn=policy_arn_of("p")),
            DetachGroupPolicy(group_name="g", policy_arn=policy_arn_of("p")),
            DetachRolePolicy(role_name="r", policy_arn=policy_arn_of("q")),
            DeleteRolePolicy(role_name="r", policy_name="own"),
            DeletePolicy(policy_arn=policy_arn_of("r")),
            DeletePolicyVersion(policy_arn=policy_arn_of("q"), version_id="v2"),
            TagResource(kind=Taggable.USER, name="b", tags=[("n", "v")]),
            TagResource(kind=Taggable.ROLE, name="s", tags=[("n", "v")]),
            UntagResource(kind=Taggable.USER, name="a", tag_keys=["k"]),
            UntagResource(kind=Taggable.ROLE, name="r", tag_keys=["k"]),
            AddRoleToInstanceProfile(instance_profile_name="s", role_name="s"),
            RemoveRoleFromInstanceProfile(instance_profile_name="r", role_name="r"),
            UpdateUser(user_name="d", new_user_name="e", new_path=None),
            CREATE_ROLE,
            CREATE_POLICY,
        ]
    ),
    st.builds(
        UpdateSAMLProvider,
        saml_provider_arn=st.just(saml_arn_of("s")),
        saml_metadata_document=st.dates().map(lambda day: saml_metadata(f' validUntil="{day}T00:00:00Z"')),
    ),
    st.builds(
        DeleteServiceLinkedRole,
        role_name=st.just("AWSServiceRoleForECS"),
        task_uuid=st.just("1"),
        deleted_at=st.just(START),
    ),
    st.builds(CreateAccount, account_id=st.just(ACCOUNT), account_name=st.just("again"), created_at=st.just(START)),
)
"""What is not among `commands`, and what there is seldom whole enough to be obeyed in `busy_world`."""

tokens = st.none() | st.sampled_from(["t", "u", "v", "w"])
steps = st.lists(st.tuples(commands | others, tokens), min_size=20, max_size=50)
endings: st.SearchStrategy[list[Step]] = st.just([]) | st.builds(
    lambda token, then: [(CloseAccount(closed_at=START), token), *then],
    tokens,
    st.lists(st.tuples(commands, tokens), max_size=2),
)
"""An account is closed at the end alone: afterwards nothing happens any more."""


def busy_world() -> World:
    """Where there is something of everything to be changed and removed."""
    world = settled_world()
    world.quotas = replace(QUOTAS, users=5, groups=5, roles=5, policies=5, groups_per_user=4, versions_per_policy=4)
    world.create_user("d")
    world.create_group("i")
    world.create_role("s")
    world.create_policy("r")
    world.create_version("p")
    world.create_version("q")
    world.attach("p", user="a")
    world.attach("q", user="b")
    world.attach("q", role="r")
    world.happen(UserPolicyAttached(user_id=world.state.user_ids["b"], policy_id=OUTDATED.policy_id))
    world.create_instance_profile("s")
    world.do(
        AddRoleToInstanceProfile(instance_profile_name="r", role_name="r"),
        CreateServiceLinkedRole(
            role_id=world.new_id(ROLE_PREFIX),
            aws_service_name="ecs.amazonaws.com",
            description="",
            custom_suffix="",
            created_at=START,
        ),
        PutUserPolicy(user_name="a", policy_name="own", policy_document=document()),
        PutGroupPolicy(group_name="g", policy_name="own", policy_document=document()),
        PutRolePolicy(role_name="r", policy_name="own", policy_document=document()),
        PutUserPermissionsBoundary(user_name="a", permissions_boundary=policy_arn_of("p")),
        PutRolePermissionsBoundary(role_name="r", permissions_boundary=policy_arn_of("q")),
        TagResource(kind=Taggable.USER, name="a", tags=[("k", "v")]),
        TagResource(kind=Taggable.ROLE, name="r", tags=[("k", "v")]),
        *(
            TagResource(kind=Taggable.POLICY, name=policy_arn_of(name), tags=[("k", "v"), ("K", "w")])
            for name in ("p", "q", "r")
        ),
        PutResourcePolicy(resource_arn="arn:aws:s3:::b", policy_document=sharing("*"), foreign={}),
        PutAccountQuota(quota_name="PoliciesPerUser", value=4),
    )
    return world


class History:
    """An account as a service has it: each command decided, its events stored and applied."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.records: list[Record] = []
        self.states: dict[int, Account] = {}
        """What was live after each commit, by version."""
        before, world.account, world.events = world.events, None, []
        for event in before:
            self._commit([event])

    def obey(self, command: Command, token: str | None) -> bool:
        """Whether something happened."""
        now = START + timedelta(hours=len(self.records))
        once = Once(token=token, request=repr(command), seed="00", now=now) if token else None
        state = self.world.state
        try:
            if once and answered_before(state, once):
                return False
            happened = decide(state, with_new_id(self.world, command), self.world.quotas)
        except DoorwardError:
            return False
        self._commit([*happened, token_used(once, state.version + len(happened) + 1)] if once else happened)
        return bool(happened)

    def _commit(self, events: Sequence[Event]) -> None:
        account = self.world.account
        for event in events:
            account = apply(account, event)
            self.records.append(stored(event, account.version))
        if account is not None and events:
            self.world.account = replace(account, position=self.records[-1].position)
            self.states[account.version] = self.world.account


def stored(event: Event, version: int) -> Record:
    """As a log holds it in which other accounts have events, too: only every third position is ours."""
    encoded = encode(event)
    return Record(
        position=3 * version,
        account=ACCOUNT,
        version=version,
        type=encoded.type,
        schema_version=encoded.schema_version,
        payload=encoded.payload,
        metadata=b"{}",
        recorded_at=0,
        commit_last=True,
        digest=b"",
    )


def test_at_every_moment_of_every_history_the_replayed_log_is_the_live_account() -> None:
    obeyed = Counter[type]()

    @examples(HISTORIES)
    @given(steps, endings, st.integers(0, 60), st.integers(1, 9))
    def replayed(beginning: list[Step], ending: list[Step], taken: int, batch: int) -> None:
        history, snapshot = History(busy_world()), None
        for number, (command, token) in enumerate([*beginning, *ending]):
            if number == taken:
                snapshot = dump(history.world.state)
            obeyed[type(command)] += history.obey(command, token)
        check_replay(history, None)
        if snapshot is not None:
            check_replay(history, load(snapshot))
        check_batches(history, batch)

    with patch.object(client_tokens, "GENERATION", TOKENS_KEPT):
        replayed()

    never = [command.__name__ for command in DECISIONS if not obeyed[command]]
    assert not never, "draw them in `commands`; when they are refused each time, put one that is not among `others`"


def check_replay(history: History, account: Account | None) -> None:
    """Record by record, from the first or from a snapshot on: after each commit it is what was live then."""
    first = 0 if account is None else account.version
    assert account is None or account == history.states[first]
    for record in history.records[first:]:
        account = fold_records(account, [record])
        assert account is not None
        assert account == history.states.get(account.version, account)
    assert account == history.world.account


def check_batches(history: History, batch: int) -> None:
    """Long afterwards, one moment in so many, in batches as the past is folded."""
    for version in [*history.states][::batch]:
        past: Account | None = None
        for first in range(0, version, batch):
            past = fold_records(past, history.records[first : min(first + batch, version)])
        assert past == history.states[version]
