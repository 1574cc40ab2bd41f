"""`doorward events show | list | at`: what they ask for, what they print, what they refuse."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from doorward.identity.v1 import history_pb2 as pb
from doorward.identity.v1.accounts_pb2 import Account
from doorward.identity.v1.attachments_pb2 import AttachedPolicy
from doorward.identity.v1.boundaries_pb2 import AttachedPermissionsBoundary
from doorward.identity.v1.details_pb2 import (
    GroupDetail,
    ManagedPolicyDetail,
    OpenIDConnectProviderDetail,
    PolicyDetail,
    RoleDetail,
    SAMLProviderDetail,
    UserDetail,
)
from doorward.identity.v1.policies_pb2 import PolicyVersion
from doorward_client import AsyncClient, Client
from doorward_client.command.history import position_of, time_of
from doorward_kernel.errors import DoorwardError, InvalidInput, NoSuchEntity
from doorward_kernel.revision import Revision
from google.protobuf.timestamp_pb2 import Timestamp

from tests.unit.client.command_line import run
from tests.unit.client.test_command import positions
from tests.unit.client.tiny import ACCOUNT, EPOCH, KEY, Tiny, make_events, write_endpoints

REVISION = f"identity.{EPOCH}.17"


@pytest.fixture
def data_dir(tiny: Tiny, tmp_path: Path) -> Path:
    return write_endpoints(tmp_path, tiny)


# --- show ---


@pytest.mark.parametrize("event", [REVISION, "17"])
def test_show_prints_one_event_in_full(data_dir: Path, tiny: Tiny, event: str) -> None:
    tiny.events = make_events(25)

    for_programs = run(data_dir, "events", "show", event, "--json")
    for_people = run(data_dir, "events", "show", event)

    assert (for_programs.returncode, for_people.returncode) == (0, 0)
    assert json.loads(for_programs.stdout)["revision"] == REVISION
    assert json.loads(for_programs.stdout)["payload"] == {"name": "user-17"}
    assert list(json.loads(for_programs.stdout)) == list(
        json.loads(run(data_dir, "events", "tail", "--limit", "1", "--json").stdout)
    )
    for shown in (REVISION, "UserCreated", "user-17", "a test", "2027-01-15T08:00:17", tiny.events[16].digest.hex()):
        assert shown in for_people.stdout


def test_show_lets_nothing_in_an_event_steer_a_terminal(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(1)
    tiny.events[0].payload = json.dumps({"name": "\x1b[2J[red]"}).encode()
    tiny.events[0].metadata = json.dumps({"reason": "\x1b[2J[red]"}).encode()

    shown = run(data_dir, "events", "show", "1").stdout

    assert "\x1b" not in shown
    assert shown.count("[2J[red]") == 2


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ("26", "NoSuchEntity: there is no event `26`: the log ends at `identity.0a1b2c3d.25`\n"),
        ("0", "NoSuchEntity: there is no event `0`"),
        (f"identity.{EPOCH}.26", "NoSuchEntity: there is no event"),
        ("identity.00000000.3", "InvalidInput: `identity.00000000.3` is of another log or epoch"),
        (f"credential.{EPOCH}.3", "InvalidInput: "),
        ("-1", ""),
        ("x", "InvalidInput: `x` is not a revision"),
        ("99999999999999999999", "InvalidInput: "),
        ("\u0663", "InvalidInput: "),
    ],
)
def test_show_refuses_what_is_no_event(data_dir: Path, tiny: Tiny, event: str, error: str) -> None:
    tiny.events = make_events(25)

    done = run(data_dir, "events", "show", event, "--json")

    assert done.returncode == 2
    assert done.stdout == ""
    assert error in done.stderr


def test_the_position_of_an_event_is_told_by_its_revision_or_itself() -> None:
    end = Revision.parse(REVISION)

    assert position_of("1", end) == 1
    assert position_of(REVISION, end) == 17
    for wrong, error in (("18", NoSuchEntity), ("0", NoSuchEntity), (f"identity.{EPOCH}.0", NoSuchEntity)):
        with pytest.raises(error):
            position_of(wrong, end)


# --- list ---


def test_list_prints_the_newest_events_first_also_when_a_page_is_empty(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(25)

    assert positions(run(data_dir, "events", "list", "--json")) == list(range(25, 0, -2))
    assert positions(run(data_dir, "events", "list", "--json", "--limit", "3")) == [25, 23, 21]
    assert positions(run(data_dir, "events", "list", "--json", "--oldest-first", "--limit", "3")) == [1, 3, 5]


def test_list_prints_events_as_tail_does(data_dir: Path, tiny: Tiny) -> None:
    tiny.events = make_events(25)

    for options in ((), ("--json",)):
        listed = run(data_dir, "events", "list", "--limit", "1", *options).stdout
        tailed = run(data_dir, "events", "tail", "--account", ACCOUNT, "--limit", "1", *options).stdout
        assert listed == tailed


def test_list_asks_for_what_its_options_say(data_dir: Path, tiny: Tiny) -> None:
    done = run(
        data_dir,
        *("events", "list", "--entity", "user/alice", "--type", "UserCreated", "--type", "UserDeleted"),
        *("--actor", "service-key", "--since", "2026-01-31T12:00:00.25+02:00", "--until", "2026-02-01T00:00:00Z"),
        *("--account", "111122223333", "--limit", "5000"),
    )

    assert done.returncode == 0
    _, request, metadata = tiny.seen[0]
    assert (request.entity, request.actor) == ("user/alice", "service-key")
    assert list(request.types) == ["UserCreated", "UserDeleted"]
    assert request.start_time.ToDatetime(UTC) == datetime(2026, 1, 31, 10, 0, 0, 250_000, UTC)
    assert request.end_time.ToDatetime(UTC) == datetime(2026, 2, 1, tzinfo=UTC)
    assert (request.order, request.max_items) == (pb.EVENT_ORDER_NEWEST_FIRST, 1000)
    assert metadata["x-doorward-account"] == "111122223333"


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31T12:00:00", "12:00Z", "yesterday", "", "2026-13-01T00:00:00Z"]
)
def test_a_time_without_its_zone_is_refused(data_dir: Path, tiny: Tiny, text: str) -> None:
    done = run(data_dir, "events", "list", "--since", text)

    assert done.returncode == 2
    assert done.stderr.startswith(f"InvalidInput: `{text}` is no time with a zone")
    assert not tiny.seen


def test_a_time_is_read_to_the_microsecond() -> None:
    assert time_of("2026-01-31T12:00:00.123456Z") == datetime(2026, 1, 31, 12, 0, 0, 123_456, UTC)


# --- at ---


IDP = f"arn:aws:iam::{ACCOUNT}:idp/"


def a_past() -> list[pb.GetAccountAtResponse]:
    """Three pages; a user is on the first two, a policy on the last two."""

    def page(**held: Any) -> pb.GetAccountAtResponse:
        return pb.GetAccountAtResponse(
            account=Account(account_id=ACCOUNT, account_name="example"),
            revision=REVISION,
            recorded_at=Timestamp(seconds=1_800_000_000, nanos=5000),
            version=12,
            **held,
        )

    boundary = AttachedPermissionsBoundary(permissions_boundary_arn=f"arn:aws:iam::{ACCOUNT}:policy/x/most")

    def user(*inline: str) -> UserDetail:
        return UserDetail(
            user_name="alice",
            user_id="AIDA",
            arn=f"arn:aws:iam::{ACCOUNT}:user/alice",
            group_list=["admins"],
            attached_managed_policies=[AttachedPolicy(policy_name="read")],
            user_policy_list=[PolicyDetail(policy_name=name, policy_document="{}") for name in inline],
            permissions_boundary=boundary,
        )

    def policy(*versions: str) -> ManagedPolicyDetail:
        return ManagedPolicyDetail(
            policy_id="ANPA",
            arn=f"arn:aws:iam::{ACCOUNT}:policy/read",
            default_version_id="v2",
            attachment_count=3,
            policy_version_list=[PolicyVersion(version_id=version) for version in versions],
        )

    return [
        page(users=[user("one", "two")], is_truncated=True, marker="1"),
        page(
            users=[user("three"), UserDetail(user_id="AIDB", arn="arn:aws:iam::123456789012:user/bob")],
            groups=[GroupDetail(group_id="AGPA", arn="arn:aws:iam::123456789012:group/admins")],
            roles=[RoleDetail(role_id="AROA", arn="arn:aws:iam::123456789012:role/deploy", max_session_duration=3600)],
            policies=[policy("v1")],
            is_truncated=True,
            marker="2",
        ),
        page(
            policies=[policy("v2")],
            open_id_connect_providers=[OpenIDConnectProviderDetail(arn=f"{IDP}oidc", client_id_list=["app", "web"])],
            saml_providers=[
                SAMLProviderDetail(arn=f"{IDP}saml", valid_until=Timestamp(seconds=1_900_000_000)),
                SAMLProviderDetail(arn=f"{IDP}saml-for-good"),
            ],
        ),
    ]


def test_at_prints_the_account_as_it_was(data_dir: Path, tiny: Tiny) -> None:
    tiny.past = a_past()

    for_programs = json.loads(run(data_dir, "events", "at", REVISION, "--json").stdout)
    for_people = run(data_dir, "events", "at", REVISION).stdout

    assert (for_programs["revision"], for_programs["version"]) == (REVISION, 12)
    assert for_programs["recorded_at"] == "2027-01-15T08:00:00.000005Z"
    assert [user["user_id"] for user in for_programs["users"]] == ["AIDA", "AIDB"]
    alice, bob = for_programs["users"]
    assert [each["policy_name"] for each in alice["user_policy_list"]] == ["one", "two", "three"]
    assert bob["user_policy_list"] == []
    assert [each["version_id"] for each in for_programs["policies"][0]["policy_version_list"]] == ["v1", "v2"]
    assert for_programs["roles"][0]["max_session_duration"] == 3600
    assert for_programs["open_id_connect_providers"][0]["client_id_list"] == ["app", "web"]
    assert [each["arn"] for each in for_programs["saml_providers"]] == [f"{IDP}saml", f"{IDP}saml-for-good"]
    for shown in ("idp/oidc", "app, web", "idp/saml-for-good", "2030-03-17T17:46:40"):
        assert shown in for_people
    for shown in (f"{ACCOUNT} example", REVISION, "user/bob", "one, two, three", "most", "role/deploy", "v1, v2", "3"):
        assert shown in for_people


@pytest.mark.parametrize(
    ("moment", "field", "value"),
    [
        (REVISION, "revision", REVISION),
        ("2026-01-31T12:00:00Z", "time", Timestamp(seconds=1_769_860_800)),
    ],
)
def test_at_asks_for_a_revision_or_a_time(data_dir: Path, tiny: Tiny, moment: str, field: str, value: object) -> None:
    tiny.past = a_past()

    done = run(data_dir, "events", "at", moment, "--account", "111122223333", "--json")

    assert done.returncode == 0
    assert [request.marker for _, request, _ in tiny.seen] == ["", "1", "2"]
    for _, request, metadata in tiny.seen:
        assert request.WhichOneof("moment") == field
        assert getattr(request, field) == value
        assert metadata["x-doorward-account"] == "111122223333"


@pytest.mark.parametrize("moment", ["", "17", "identity", "2026-01-31", "2026-01-31T12:00:00", f"{REVISION}x"])
def test_at_refuses_what_is_no_moment(data_dir: Path, tiny: Tiny, moment: str) -> None:
    done = run(data_dir, "events", "at", moment)

    assert done.returncode == 2
    assert done.stderr.startswith(f"InvalidInput: `{moment}` is ")
    assert not tiny.seen


@pytest.mark.parametrize("arguments", [("list",), ("at", REVISION), ("show", "1")])
def test_an_error_is_one_line_and_tells_no_key(data_dir: Path, tiny: Tiny, arguments: tuple[str, ...]) -> None:
    tiny.raises = NoSuchEntity("there is no account")

    for options in ((), ("--json",)):
        done = run(data_dir, "events", *arguments, *options)

        assert (done.returncode, done.stdout) == (2, "")
        assert KEY not in done.stdout + done.stderr
    assert done.stderr == "NoSuchEntity: there is no account\n"


# --- the SDK ---


async def test_both_clients_put_the_pages_of_an_account_together(tiny: Tiny, client: Client) -> None:
    tiny.past = a_past()

    one = client.account_at(REVISION)
    async with AsyncClient(identity=tiny.address, service_key=KEY, account=ACCOUNT) as other_client:
        other = await other_client.account_at(datetime(2026, 1, 31, tzinfo=UTC))

    assert one == other
    assert [len(user.user_policy_list) for user in one.users] == [3, 0]
    assert not one.is_truncated


def test_a_time_without_a_zone_is_no_moment(client: Client) -> None:
    with pytest.raises(DoorwardError) as refused:
        client.account_at(datetime(2026, 1, 31))  # noqa: DTZ001 - that is what is refused

    assert isinstance(refused.value, InvalidInput)
