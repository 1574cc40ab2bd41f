"""The organization: its tree, its guardrails, and what is unique over all accounts.

Rules: AWS Organizations user guide ("Quotas and service limits", "Managing organizational units", "Attach and detach
policies"), IAM user guide ("Your AWS account ID and its alias").
"""

import json
from dataclasses import dataclass, field
from functools import reduce

import pytest
from doorward_directory.account import Account, CreateAccount
from doorward_directory.commands import Command, decide
from doorward_directory.events import Event, apply
from doorward_directory.organization.guardrails import (
    AttachOrganizationPolicy,
    CreateOrganizationPolicy,
    DeleteOrganizationPolicy,
    DetachOrganizationPolicy,
    UpdateOrganizationPolicy,
)
from doorward_directory.organization.policies import (
    AWS_POLICIES,
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    guardrails_of,
    organization_policy,
    organization_policy_arn,
)
from doorward_directory.organization.registry import CreateAccountAlias, DeleteAccountAlias, SetRootEmail
from doorward_directory.organization.state import CreateOrganization, Organization, member_of
from doorward_directory.organization.tree import (
    CreateOrganizationalUnit,
    DeleteOrganizationalUnit,
    MoveAccount,
    UpdateOrganizationalUnit,
    organization_path,
)
from doorward_directory.quotas import Quotas
from doorward_directory.users import CreateUser, DeleteUser
from doorward_kernel.errors import (
    AccessDenied,
    DeleteConflict,
    DoorwardError,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
)
from doorward_kernel.ids import OPERATOR, AccountId, UniqueId

from tests.unit.directory.world import START

ROOT = "r-ab12"
A, B = AccountId("111111111111"), AccountId("222222222222")
NO_AUDIT = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"audit:Stop","Resource":"*"}}'
NOBODY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}'
GRANTS = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}'
START_OF_ALL = CreateOrganization(organization_id="o-abc123def4", root_id=ROOT, created_at=START)


@dataclass
class Tree:
    """The operator's account, and everything that happened to it."""

    account: Account | None = None
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.do(START_OF_ALL)

    @property
    def state(self) -> Organization:
        assert self.account is not None
        assert self.account.organization is not None
        return self.account.organization

    def do(self, command: Command) -> list[Event]:
        events = decide(self.account, command, Quotas())
        self.account = reduce(apply, events, self.account)
        self.events += events
        return events

    def unit(self, number: int, parent: str = ROOT, name: str = "") -> str:
        id = f"ou-ab12-{number:08d}"
        self.do(CreateOrganizationalUnit(organizational_unit_id=id, parent_id=parent, name=name or f"unit {number}"))
        return id

    def policy(self, number: int, content: str = NO_AUDIT, type: str = SERVICE_CONTROL_POLICY) -> str:
        self.do(scp(number, content=content, type=type))
        return f"p-{number:08d}"

    def attach(self, policy_id: str, target_id: str) -> None:
        self.do(AttachOrganizationPolicy(organization_policy_id=policy_id, target_id=target_id))

    def detach(self, policy_id: str, target_id: str) -> None:
        self.do(DetachOrganizationPolicy(organization_policy_id=policy_id, target_id=target_id))

    def move(self, account: AccountId, source: str, destination: str) -> list[Event]:
        return self.do(MoveAccount(account_id=account, source_parent_id=source, destination_parent_id=destination))

    def levels(self, account: AccountId, type: str = SERVICE_CONTROL_POLICY) -> list[list[str]]:
        """The ids of the guardrails at each level that has any but AWS's."""
        return [
            [policy.name.rpartition("/")[2] for policy in level] for level in guardrails_of(self.state, account, type)
        ]


def scp(
    number: int, *, name: str = "", content: str = NO_AUDIT, type: str = SERVICE_CONTROL_POLICY, description: str = ""
) -> CreateOrganizationPolicy:
    return CreateOrganizationPolicy(
        organization_policy_id=f"p-{number:08d}",
        type=type,
        name=name or f"policy {number}",
        description=description,
        content=content,
    )


def unit_named(name: str, parent: str = ROOT) -> CreateOrganizationalUnit:
    return CreateOrganizationalUnit(organizational_unit_id="ou-ab12-99999999", parent_id=parent, name=name)


def test_the_organization_is_there_from_the_start_with_one_root() -> None:
    tree = Tree()

    assert [type(event).__name__ for event in tree.events] == ["AccountCreated", "OrganizationCreated"]
    assert tree.account is not None
    assert tree.account.account_id == OPERATOR
    assert list(tree.state.units) == [ROOT]
    assert tree.do(START_OF_ALL) == []


def test_a_path_names_the_organization_and_each_unit_down_to_the_account() -> None:
    tree = Tree()
    outer = tree.unit(1)
    inner = tree.unit(2, outer)

    tree.move(A, ROOT, inner)

    assert organization_path(tree.state, A) == f"o-abc123def4/{ROOT}/{outer}/{inner}/"
    assert organization_path(tree.state, B) == f"o-abc123def4/{ROOT}/"


def test_guardrails_bind_at_each_level_and_a_moved_account_gets_those_of_its_new_place() -> None:
    tree = Tree()
    unit = tree.unit(1)
    on_root, on_unit, on_account = tree.policy(1), tree.policy(2), tree.policy(3)
    tree.attach(on_root, ROOT)
    tree.attach(on_unit, unit)
    tree.attach(on_account, A)
    everything = "p-FullAWSAccess"

    assert tree.levels(A) == [[everything, on_root], [everything, on_account]]
    tree.move(A, ROOT, unit)
    assert tree.levels(A) == [[everything, on_root], [everything, on_unit], [everything, on_account]]
    tree.detach(everything, A)
    assert tree.levels(A)[-1] == [on_account]
    assert tree.levels(B) == [[everything, on_root]]
    assert tree.levels(A, RESOURCE_CONTROL_POLICY) == []

    resource = tree.policy(4, NOBODY, RESOURCE_CONTROL_POLICY)
    tree.attach(resource, unit)
    assert tree.levels(A, RESOURCE_CONTROL_POLICY) == [[resource]]


def test_an_arn_says_whose_policy_it_is() -> None:
    tree = Tree()
    policy_id = tree.policy(1)
    policy = organization_policy(tree.state, policy_id)
    everything = organization_policy(tree.state, "p-FullAWSAccess")

    of_aws = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    assert organization_policy_arn(tree.state, everything) == of_aws
    assert organization_policy_arn(tree.state, policy) == (
        "arn:aws:organizations::000000000000:policy/o-abc123def4/service_control_policy/p-00000001"
    )


@pytest.mark.parametrize(
    ("rule", "command", "error"),
    [
        ("a parent exists", unit_named("x", "ou-ab12-00000009"), NoSuchEntity),
        ("an account is no parent", unit_named("x", A), NoSuchEntity),
        ("a name is unique in its parent", unit_named("unit 1"), EntityAlreadyExists),
        ("a name has a character", unit_named(""), InvalidInput),
        ("a name has at most 128", unit_named("x" * 129), InvalidInput),
        ("a name is printable", unit_named("a\nb"), InvalidInput),
        ("the root keeps its name", UpdateOrganizationalUnit(organizational_unit_id=ROOT, name="x"), InvalidInput),
        ("the root stays", DeleteOrganizationalUnit(organizational_unit_id=ROOT), InvalidInput),
        (
            "a unit with units stays",
            DeleteOrganizationalUnit(organizational_unit_id="ou-ab12-00000001"),
            DeleteConflict,
        ),
        (
            "a unit with accounts stays",
            DeleteOrganizationalUnit(organizational_unit_id="ou-ab12-00000002"),
            DeleteConflict,
        ),
        (
            "an account is moved from where it is",
            MoveAccount(account_id=A, source_parent_id=ROOT, destination_parent_id="ou-ab12-00000001"),
            NoSuchEntity,
        ),
        (
            "the destination exists",
            MoveAccount(account_id=A, source_parent_id="ou-ab12-00000002", destination_parent_id="ou-x"),
            NoSuchEntity,
        ),
        (
            "the operator's account has no place",
            MoveAccount(account_id=OPERATOR, source_parent_id=ROOT, destination_parent_id="ou-ab12-00000001"),
            InvalidInput,
        ),
        ("a type is one of two", scp(9, type="TAG_POLICY"), InvalidInput),
        ("policies have names of their own", scp(9, name="policy 1"), EntityAlreadyExists),
        ("and not AWS's", scp(9, name="FullAWSAccess"), EntityAlreadyExists),
        ("a description has at most 512 characters", scp(9, description="x" * 513), InvalidInput),
        ("an SCP has no principal", scp(9, content=NOBODY), MalformedPolicyDocument),
        ("an RCP only denies", scp(9, content=GRANTS, type=RESOURCE_CONTROL_POLICY), MalformedPolicyDocument),
        ("a document has at most 5,120 bytes", scp(9, content=NO_AUDIT + " " * 5120), LimitExceeded),
        ("a document is JSON", scp(9, content="{"), MalformedPolicyDocument),
        ("what is attached stays", DeleteOrganizationPolicy(organization_policy_id="p-00000001"), DeleteConflict),
        ("AWS's stays", DeleteOrganizationPolicy(organization_policy_id="p-FullAWSAccess"), AccessDenied),
        (
            "AWS's is not changed",
            UpdateOrganizationPolicy(
                organization_policy_id="p-RCPFullAWSAccess", name="x", description=None, content=None
            ),
            AccessDenied,
        ),
        (
            "a target exists",
            AttachOrganizationPolicy(organization_policy_id="p-00000001", target_id="ou-ab12-00000009"),
            NoSuchEntity,
        ),
        (
            "no guardrail binds the operator",
            AttachOrganizationPolicy(organization_policy_id="p-00000001", target_id=OPERATOR),
            InvalidInput,
        ),
        (
            "a policy exists",
            AttachOrganizationPolicy(organization_policy_id="p-00000009", target_id=ROOT),
            NoSuchEntity,
        ),
        (
            "what is detached was attached",
            DetachOrganizationPolicy(organization_policy_id="p-00000001", target_id=A),
            NoSuchEntity,
        ),
        (
            "the last SCP stays",
            DetachOrganizationPolicy(organization_policy_id="p-FullAWSAccess", target_id=A),
            LimitExceeded,
        ),
        (
            "the RCP that allows everything stays",
            DetachOrganizationPolicy(organization_policy_id="p-RCPFullAWSAccess", target_id=A),
            AccessDenied,
        ),
        ("an alias is unique", CreateAccountAlias(account_id=B, account_alias="example"), EntityAlreadyExists),
        ("an alias has three characters", CreateAccountAlias(account_id=B, account_alias="ab"), InvalidInput),
        ("and at most 63", CreateAccountAlias(account_id=B, account_alias="a" * 64), InvalidInput),
        ("an alias is lower case", CreateAccountAlias(account_id=B, account_alias="Example"), InvalidInput),
        ("no hyphen at an end", CreateAccountAlias(account_id=B, account_alias="abc-"), InvalidInput),
        ("no two hyphens", CreateAccountAlias(account_id=B, account_alias="a--b"), InvalidInput),
        ("no account id", CreateAccountAlias(account_id=B, account_alias="123456789012"), InvalidInput),
        ("only one's own is deleted", DeleteAccountAlias(account_id=B, account_alias="example"), NoSuchEntity),
        (
            "one root user for each address",
            SetRootEmail(account_id=B, root_email="sealed", root_email_digest="d1", first=False),
            EntityAlreadyExists,
        ),
        (
            "who is created has one address",
            SetRootEmail(account_id=A, root_email="sealed", root_email_digest="d2", first=True),
            EntityAlreadyExists,
        ),
        ("the operator's account holds nothing else", DeleteUser(user_name="alice"), InvalidInput),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rules(rule: str, command: Command, error: type[DoorwardError]) -> None:
    tree = Tree()
    outer = tree.unit(1)
    inner = tree.unit(2, outer)
    tree.move(A, ROOT, inner)
    tree.attach(tree.policy(1), ROOT)
    tree.do(CreateAccountAlias(account_id=A, account_alias="example"))
    tree.do(SetRootEmail(account_id=A, root_email="sealed", root_email_digest="d1", first=False))
    before = tree.account

    with pytest.raises(error):
        tree.do(command)

    assert tree.account is before, rule


def test_units_are_at_most_five_deep() -> None:
    tree = Tree()
    parent = ROOT
    for number in range(5):
        parent = tree.unit(number, parent)

    with pytest.raises(LimitExceeded, match="at most 5 deep"):
        tree.unit(5, parent)


def test_five_policies_of_a_type_bind_a_target_and_the_one_that_allows_everything_counts() -> None:
    tree = Tree()
    for number in range(4):
        tree.attach(tree.policy(number), A)
    fifth = tree.policy(4)

    with pytest.raises(LimitExceeded, match="5 policies"):
        tree.attach(fifth, A)
    tree.detach("p-FullAWSAccess", A)
    tree.attach(fifth, A)
    tree.attach(tree.policy(5, NOBODY, RESOURCE_CONTROL_POLICY), A)


def test_doing_it_again_changes_nothing() -> None:
    tree = Tree()
    unit = tree.unit(1)
    policy = tree.policy(1)
    tree.attach(policy, unit)
    tree.move(A, ROOT, unit)
    tree.do(CreateAccountAlias(account_id=A, account_alias="example"))

    assert tree.move(A, "whatever", unit) == []
    assert tree.do(AttachOrganizationPolicy(organization_policy_id=policy, target_id=unit)) == []
    assert tree.do(CreateAccountAlias(account_id=A, account_alias="example")) == []
    assert tree.do(UpdateOrganizationalUnit(organizational_unit_id=unit, name="unit 1")) == []
    same = UpdateOrganizationPolicy(organization_policy_id=policy, name=None, description="", content=NO_AUDIT)
    assert tree.do(same) == []


def test_a_new_alias_takes_the_place_of_the_one_before_which_is_free_again() -> None:
    tree = Tree()
    tree.do(CreateAccountAlias(account_id=A, account_alias="first"))
    tree.do(CreateAccountAlias(account_id=A, account_alias="second"))
    tree.do(CreateAccountAlias(account_id=B, account_alias="first"))

    assert (member_of(tree.state, A).alias, member_of(tree.state, B).alias) == ("second", "first")
    assert dict(tree.state.aliases) == {"first": B, "second": A}
    tree.do(DeleteAccountAlias(account_id=A, account_alias="second"))
    assert member_of(tree.state, A).alias == ""


def test_a_root_user_that_changes_its_address_frees_the_one_before() -> None:
    tree = Tree()
    tree.do(SetRootEmail(account_id=A, root_email="sealed 1", root_email_digest="d1", first=False))
    tree.do(SetRootEmail(account_id=A, root_email="sealed 2", root_email_digest="d2", first=False))
    tree.do(SetRootEmail(account_id=B, root_email="sealed 3", root_email_digest="d1", first=False))

    assert dict(tree.state.root_emails) == {"d1": B, "d2": A}
    assert member_of(tree.state, A).root_email == "sealed 2"


def test_commands_go_to_accounts_of_their_kind() -> None:
    user = CreateUser(
        user_id=UniqueId("AIDA"), user_name="alice", path="/", created_at=START, permissions_boundary="", tags=()
    )
    created = CreateAccount(account_id=A, account_name="example", created_at=START)
    account = reduce(apply, decide(None, created, Quotas()), None)

    with pytest.raises(InvalidInput, match="operator's own account"):
        Tree().do(user)
    with pytest.raises(InvalidInput, match="does not hold the organization"):
        decide(account, unit_named("x"), Quotas())
    with pytest.raises(InvalidInput, match="operator's own account"):
        decide(None, CreateAccount(account_id=OPERATOR, account_name="x", created_at=START), Quotas())


def test_awss_policies_are_of_their_kinds() -> None:
    assert {policy.type for policy in AWS_POLICIES.values()} == {SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY}
    assert all(json.loads(policy.document)["Statement"][0]["Effect"] == "Allow" for policy in AWS_POLICIES.values())
