"""Whatever happens to the organization, in whatever order, these hold.

| property | why |
| --- | --- |
| the fold of the stored events is the state, after each command | the log is the only truth |
| a snapshot gives back the same organization | it only saves time |
| whatever is in the tree is in something that is there | a check walks from an account to the root |
| each target has an SCP | without one nothing would be allowed |
| an alias and an address find the one account that has them | sign-in trusts them |
"""

from doorward_directory.codec import decode, encode
from doorward_directory.commands import Command
from doorward_directory.events import apply
from doorward_directory.organization.guardrails import (
    AttachOrganizationPolicy,
    DeleteOrganizationPolicy,
    DetachOrganizationPolicy,
    UpdateOrganizationPolicy,
)
from doorward_directory.organization.policies import (
    AWS_POLICIES,
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    organization_policy,
)
from doorward_directory.organization.registry import CreateAccountAlias, DeleteAccountAlias, SetRootEmail
from doorward_directory.organization.state import Organization
from doorward_directory.organization.tree import (
    CreateOrganizationalUnit,
    DeleteOrganizationalUnit,
    MoveAccount,
    UpdateOrganizationalUnit,
)
from doorward_directory.snapshot import dump, load
from doorward_kernel.errors import DoorwardError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.directory.test_organization import NO_AUDIT, NOBODY, ROOT, A, B, Tree, scp

UNITS = st.sampled_from([ROOT, *(f"ou-ab12-{number:08d}" for number in range(4))])
OWN_UNITS = st.sampled_from([f"ou-ab12-{number:08d}" for number in range(4)])
ACCOUNTS = st.sampled_from([A, B])
POLICIES = st.sampled_from(["p-FullAWSAccess", "p-RCPFullAWSAccess", *(f"p-{number:08d}" for number in range(3))])
TARGETS = UNITS | ACCOUNTS
NAMES = st.sampled_from(["x", "y", "z"])
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(CreateOrganizationalUnit, organizational_unit_id=OWN_UNITS, parent_id=UNITS, name=NAMES),
    st.builds(UpdateOrganizationalUnit, organizational_unit_id=UNITS, name=NAMES),
    st.builds(DeleteOrganizationalUnit, organizational_unit_id=UNITS),
    st.builds(MoveAccount, account_id=ACCOUNTS, source_parent_id=UNITS, destination_parent_id=UNITS),
    st.builds(scp, st.integers(0, 2), name=NAMES),
    st.builds(scp, st.integers(0, 2), name=NAMES, content=st.just(NOBODY), type=st.just(RESOURCE_CONTROL_POLICY)),
    st.builds(
        UpdateOrganizationPolicy,
        organization_policy_id=POLICIES,
        name=NAMES,
        description=st.none(),
        content=st.none() | st.just(NO_AUDIT),
    ),
    st.builds(DeleteOrganizationPolicy, organization_policy_id=POLICIES),
    st.builds(AttachOrganizationPolicy, organization_policy_id=POLICIES, target_id=TARGETS),
    st.builds(DetachOrganizationPolicy, organization_policy_id=POLICIES, target_id=TARGETS),
    st.builds(CreateAccountAlias, account_id=ACCOUNTS, account_alias=st.sampled_from(["one", "two"])),
    st.builds(DeleteAccountAlias, account_id=ACCOUNTS, account_alias=st.sampled_from(["one", "two"])),
    st.builds(
        SetRootEmail,
        account_id=ACCOUNTS,
        root_email=st.just("sealed"),
        root_email_digest=st.sampled_from(["1", "2"]),
        first=st.booleans(),
    ),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(COMMANDS, max_size=40))
def test_at_every_prefix_the_fold_of_the_log_is_the_state_and_so_is_a_snapshot(wanted: list[Command]) -> None:
    tree, replayed = Tree(), None
    seen = 0
    for command in wanted:
        try:
            tree.do(command)
        except DoorwardError:
            continue
        for event in tree.events[seen:]:
            stored = encode(event)
            replayed = apply(replayed, decode(stored.type, stored.schema_version, stored.payload))
        seen = len(tree.events)
        assert replayed is not None
        assert replayed == tree.account
        assert load(dump(replayed)) == tree.account
        holds(tree.state)


def holds(state: Organization) -> None:
    """What is true of every organization."""
    assert {unit.parent_id for unit in state.units.values()} - {""} <= set(state.units)
    assert {member.parent_id for member in state.members.values()} <= set(state.units)
    attached = {id for target in (*state.units.values(), *state.members.values()) for id in target.attached}
    assert attached <= {*state.policies, *AWS_POLICIES}
    for target in (*state.units.values(), *state.members.values()):
        assert any(organization_policy(state, id).type == SERVICE_CONTROL_POLICY for id in target.attached)
        assert len(set(target.attached)) == len(target.attached)
    assert dict(state.aliases) == {each.alias: each.account_id for each in state.members.values() if each.alias}
    emails = {each.root_email_digest: each.account_id for each in state.members.values() if each.root_email}
    assert dict(state.root_emails) == emails
