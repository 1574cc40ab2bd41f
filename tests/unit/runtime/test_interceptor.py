"""Who may call which method, over real connections; what the decision service is asked; what is remembered."""

import asyncio
import base64
import gc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from doorward.credential.v1 import authentication_pb2, sessions_pb2
from doorward.identity.v1 import accounts_pb2, groups_pb2, log_service_pb2, tags_pb2, users_pb2
from doorward_kernel.errors import Unauthenticated, Unavailable
from doorward_keyring.passport import Passport, PassportKind, subject
from doorward_runtime.passports import PassportSigner
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.authorizer import denied
from google.protobuf.message import Message
from structlog.testing import capture_logs

from tests.unit.runtime.passports import ACCOUNT, ALICE, NOW, OTHER_KEY, SESSION, SIGNER
from tests.unit.runtime.serving import IDENTITY, TEST, Asked, Serving, bearer, key, passport_of, serving

GET_USER = f"/{IDENTITY}/GetUser"
CREATE_USER = f"/{IDENTITY}/CreateUser"

CALLS: dict[str, tuple[str, Message]] = {
    "principal": (GET_USER, users_pb2.GetUserRequest(user_name="Bob")),
    "bearer": ("/doorward.credential.v1.TokenService/GetCallerIdentity", sessions_pb2.GetCallerIdentityRequest()),
    "service": ("/doorward.identity.v1.LogService/GetHead", log_service_pb2.GetHeadRequest()),
    "operator": (f"/{IDENTITY}/CreateAccount", accounts_pb2.CreateAccountRequest()),
    "anyone": ("/doorward.credential.v1.AuthenticationService/SignIn", authentication_pb2.SignInRequest()),
    "health": ("/grpc.health.v1.Health/Check", users_pb2.GetUserRequest()),
    "without an option": (f"/{TEST}/Silent", users_pb2.GetUserRequest()),
    "without a declaration": (f"/{TEST}/Undeclared", users_pb2.GetUserRequest()),
    "open but not in the table": (f"/{TEST}/Opened", users_pb2.GetUserRequest()),
    "for an unknown audience": (f"/{TEST}/Future", users_pb2.GetUserRequest()),
}
GOOD = passport_of()
SHOWN = {
    "nothing": (),
    "the key": (key(),),
    "a wrong key": (key("k" * 40),),
    "an empty key": (key(""),),
    "a passport": (GOOD,),
    "an expired passport": (bearer(SIGNER.sign(ALICE, NOW - 400, 300)),),
    "a forged passport": (bearer(PassportSigner("one", OTHER_KEY).sign(ALICE, NOW, 300)),),
    "a passport of an unknown key": (bearer(PassportSigner("two", OTHER_KEY).sign(ALICE, NOW, 300)),),
    "no passport": (bearer("x"),),
    "an empty passport": ((metadata.AUTHORIZATION, "Bearer "),),
    "a password": ((metadata.AUTHORIZATION, "Basic " + base64.b64encode(b"a:b").decode()),),
    "key and passport": (key(), GOOD),
    "a wrong key and a passport": (key("k" * 40), GOOD),
    "two passports": (GOOD, passport_of(SESSION)),
    "two keys": (key(), key("k" * 40)),
}


@pytest.fixture
async def server() -> AsyncIterator[Serving]:
    async with serving() as running:
        yield running


def expected(audience: str, shown: str) -> str:
    """The rules, as a table would say them."""
    if audience in ("anyone", "health"):
        return "OK"
    if audience not in ("principal", "bearer", "service", "operator"):
        return "PERMISSION_DENIED"
    if shown == "the key":
        return "OK"
    if shown == "a passport":
        return "OK" if audience in ("principal", "bearer") else "PERMISSION_DENIED"
    return "UNAUTHENTICATED"


@pytest.mark.parametrize("audience", CALLS)
async def test_each_audience_is_served_to_whom_it_is_for(server: Serving, audience: str) -> None:
    path, request = CALLS[audience]

    answers = {shown: (await server.call(path, request, pairs)).partition(":")[0] for shown, pairs in SHOWN.items()}

    assert answers == {shown: expected(audience, shown) for shown in SHOWN}
    if audience not in ("principal",):
        assert not server.asked.questions


async def test_streams_are_guarded_alike(server: Serving) -> None:
    log, watch = "/doorward.identity.v1.LogService/ReadAccount", f"/{TEST}/Watch"
    request = users_pb2.GetUserRequest(user_name="Bob")

    assert await server.stream(log, log_service_pb2.ReadAccountRequest(), [key()]) == "OK 1"
    assert (await server.stream(log, log_service_pb2.ReadAccountRequest(), [GOOD])).startswith("PERMISSION_DENIED")
    assert (await server.stream(watch, request)).startswith("UNAUTHENTICATED")
    assert await server.stream(watch, request, [GOOD]) == "OK 3"
    assert server.asked.questions == [("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/staff/Bob")]
    server.asked.refusal = denied("x", "iam:GetUser", "y", explicitly=False)
    assert (await server.stream(watch, request, [GOOD])).startswith("PERMISSION_DENIED")
    assert len(server.servicer.calls) == 4, "what is refused does not begin"


class TestAccounts:
    async def test_a_passport_acts_on_its_own_account(self, server: Serving) -> None:
        assert await server.call(*CALLS["principal"], [GOOD]) == "OK"
        assert await server.call(*CALLS["principal"], [GOOD, (metadata.ACCOUNT, ACCOUNT)]) == "OK"

        assert [call.account for call in server.servicer.calls] == [ACCOUNT, ACCOUNT]

    @pytest.mark.parametrize("audience", ["principal", "bearer"])
    @pytest.mark.parametrize("named", ["210987654321", "000000000000", "", "x", f" {ACCOUNT} x"])
    async def test_a_passport_acts_on_no_other_account(self, server: Serving, audience: str, named: str) -> None:
        answer = await server.call(*CALLS[audience], [GOOD, (metadata.ACCOUNT, named)])

        assert answer == f"PERMISSION_DENIED: a passport is good for its own account alone, which is `{ACCOUNT}`"
        assert not server.servicer.calls

    async def test_an_account_is_named_once(self, server: Serving) -> None:
        pairs = [(metadata.ACCOUNT, "210987654321"), (metadata.ACCOUNT, ACCOUNT)]

        assert (await server.call(*CALLS["principal"], [GOOD, *pairs])).startswith("INVALID_ARGUMENT")
        assert (await server.call(*CALLS["principal"], [key(), *pairs])).startswith("INVALID_ARGUMENT")

    async def test_the_service_key_acts_on_the_account_that_it_names(self, server: Serving) -> None:
        assert await server.call(*CALLS["principal"], [key(), (metadata.ACCOUNT, "210987654321")]) == "OK"

        (call,) = server.servicer.calls
        assert (call.account, call.actor, call.passport) == ("210987654321", "service-key", None)
        assert not server.asked.questions


class TestPermission:
    async def test_the_decision_service_is_asked_with_the_passport_itself(self, server: Serving) -> None:
        await server.call(*CALLS["principal"], [GOOD])

        assert server.asked.tokens == [GOOD[1].removeprefix("Bearer ")]
        assert server.asked.questions == [("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/staff/Bob")]

    async def test_a_denial_comes_in_the_words_of_aws_and_nothing_happens(self, server: Serving) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
        server.asked.refusal = denied(arn, "iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/bob", explicitly=False)

        answer = await server.call(CREATE_USER, users_pb2.CreateUserRequest(user_name="bob"), [GOOD])

        assert answer == (
            f"PERMISSION_DENIED: User: {arn} is not authorized to perform: iam:CreateUser on resource: "
            f"arn:aws:iam::{ACCOUNT}:user/bob because no identity-based policy allows the iam:CreateUser action"
        )
        assert not server.servicer.calls

    @pytest.mark.parametrize(
        ("refusal", "code"), [(Unavailable("down"), "UNAVAILABLE"), (Unauthenticated("revoked"), "UNAUTHENTICATED")]
    )
    async def test_without_an_answer_nothing_happens(
        self, server: Serving, refusal: Unavailable | Unauthenticated, code: str
    ) -> None:
        server.asked.refusal = refusal

        assert await server.call(*CALLS["principal"], [GOOD]) == f"{code}: {refusal.message}"
        assert not server.servicer.calls

    async def test_an_answer_is_not_waited_for_longer_than_the_caller_waits(self) -> None:
        class Silent(Asked):
            async def authorize(self, *_question: object) -> None:
                await asyncio.sleep(60)

        async with serving(authorizer=Silent()) as server:
            answer = await server.call(*CALLS["principal"], [GOOD], timeout=0.2)

            assert answer.startswith("DEADLINE_EXCEEDED")
            assert not server.servicer.calls

    async def test_a_server_that_cannot_verify_passports_says_so(self) -> None:
        async with serving(verifies=False) as server:
            assert await server.call(*CALLS["principal"], [GOOD]) == "UNAVAILABLE: this server cannot verify passports"
            assert await server.call(*CALLS["principal"], [key()]) == "OK"

    async def test_a_passport_that_expires_is_refused_though_it_was_good_before(self, server: Serving) -> None:
        assert await server.call(*CALLS["principal"], [GOOD]) == "OK"

        server.clock.now += 306

        assert (await server.call(*CALLS["principal"], [GOOD])).startswith("UNAUTHENTICATED")

    async def test_a_message_that_is_none_is_refused_only_after_the_caller_is_known(self, server: Serving) -> None:
        assert (await server.call(GET_USER, b"\xff\xff", [GOOD])).startswith("INVALID_ARGUMENT")
        assert (await server.call(GET_USER, b"\xff\xff")).startswith("UNAUTHENTICATED")


class TestResources:
    @pytest.mark.parametrize(
        ("name", "resource"),
        [
            ("Bob", "user/staff/Bob"),
            ("bOB", "user/staff/Bob"),
            ("nobody", "user/nobody"),
            ("", "user/staff/Alice"),
        ],
    )
    async def test_a_user_is_meant_with_its_path_and_case(self, server: Serving, name: str, resource: str) -> None:
        assert await server.call(GET_USER, users_pb2.GetUserRequest(user_name=name), [GOOD]) == "OK"

        assert server.asked.questions == [("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:{resource}")]

    @pytest.mark.parametrize(
        ("passport", "arn"),
        [
            (SESSION, f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/nightly"),
            (replace(ALICE, kind=PassportKind.ROOT, principal_id=ACCOUNT), f"arn:aws:iam::{ACCOUNT}:root"),
        ],
        ids=["role session", "root"],
    )
    async def test_who_names_no_user_means_itself(self, server: Serving, passport: Passport, arn: str) -> None:
        await server.call(GET_USER, users_pb2.GetUserRequest(), [passport_of(passport)])

        assert server.asked.questions == [("iam:GetUser", arn)]

    async def test_a_federated_user_may_not_administer_at_all(self, server: Serving) -> None:
        federated = passport_of(replace(ALICE, kind=PassportKind.FEDERATED_USER, name="carol"))

        answer = await server.call(GET_USER, users_pb2.GetUserRequest(), [federated])

        assert answer == "PERMISSION_DENIED: Cannot call GetUser with federated user credentials"
        assert server.asked.questions == []

    async def test_who_is_gone_does_not_mean_itself(self, server: Serving) -> None:
        gone = passport_of(replace(ALICE, principal_id="AIDAGONE"))

        assert (await server.call(GET_USER, users_pb2.GetUserRequest(), [gone])).startswith("UNAUTHENTICATED")
        assert not server.asked.questions

    @pytest.mark.parametrize(
        "name", ["*", "B*", "B?b", "a/b", "../Bob", "a:b", "a b", "Bób", "${aws:username}", "x" * 129]
    )
    async def test_a_name_that_cannot_be_one_is_not_asked_about(self, server: Serving, name: str) -> None:
        answers = [
            await server.call(GET_USER, users_pb2.GetUserRequest(user_name=name), [GOOD]),
            await server.call(CREATE_USER, users_pb2.CreateUserRequest(user_name=name), [GOOD]),
        ]

        assert [answer.partition(":")[0] for answer in answers] == ["INVALID_ARGUMENT"] * 2
        assert all("userName" in answer for answer in answers)
        assert not server.asked.questions

    @pytest.mark.parametrize("path", ["staff", "/staff", "staff/", "//a b/", "/" + "x" * 511 + "/"])
    async def test_a_path_that_cannot_be_one_is_not_asked_about(self, server: Serving, path: str) -> None:
        request = users_pb2.CreateUserRequest(user_name="carol", path=path)

        assert (await server.call(CREATE_USER, request, [GOOD])).startswith("INVALID_ARGUMENT")
        assert not server.asked.questions

    async def test_a_new_user_is_asked_about_with_its_path(self, server: Serving) -> None:
        for path in ("", "/", "/staff/"):
            await server.call(CREATE_USER, users_pb2.CreateUserRequest(user_name="carol", path=path), [GOOD])

        assert [resource for _, resource in server.asked.questions] == [
            f"arn:aws:iam::{ACCOUNT}:user/carol",
            f"arn:aws:iam::{ACCOUNT}:user/carol",
            f"arn:aws:iam::{ACCOUNT}:user/staff/carol",
        ]

    @pytest.mark.parametrize(
        ("request_", "also"),
        [
            (users_pb2.UpdateUserRequest(user_name="bob", new_user_name="Robert"), ["user/staff/Robert"]),
            (users_pb2.UpdateUserRequest(user_name="bob", new_path="/"), ["user/Bob"]),
            (users_pb2.UpdateUserRequest(user_name="bob", new_path="/a/", new_user_name="c"), ["user/a/c"]),
            (users_pb2.UpdateUserRequest(user_name="bob"), []),
            (users_pb2.UpdateUserRequest(user_name="bob", new_user_name="Bob"), []),
            (groups_pb2.UpdateGroupRequest(group_name="admins", new_group_name="x"), ["group/x"]),
        ],
    )
    async def test_who_renames_needs_permission_on_both_names(
        self, server: Serving, request_: Message, also: list[str]
    ) -> None:
        method = request_.DESCRIPTOR.name.removesuffix("Request")
        assert await server.call(f"/{IDENTITY}/{method}", request_, [GOOD]) == "OK"

        first, *others = [resource.partition(f"{ACCOUNT}:")[2] for _, resource in server.asked.questions]

        assert first in ("user/staff/Bob", "group/Admins")
        assert others == also
        server.asked.refusal = denied("x", "y", "z", explicitly=True)
        for resource in [first, *also]:
            server.asked.refused_resource = f"arn:aws:iam::{ACCOUNT}:{resource}"
            assert (await server.call(f"/{IDENTITY}/{method}", request_, [GOOD])).startswith("PERMISSION_DENIED")


class TestContext:
    async def test_conditions_see_what_the_call_tells(self, server: Serving) -> None:
        request = users_pb2.CreateUserRequest(
            user_name="carol",
            permissions_boundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
            tags=[tags_pb2.Tag(key="team", value="blue"), tags_pb2.Tag(key="Cost", value="")],
        )
        assert await server.call(CREATE_USER, request, [GOOD]) == "OK"

        context = dict(server.asked.contexts[0])

        assert str(context.pop("aws:UserAgent")).startswith("grpc-python-asyncio/")
        assert context == {
            "aws:SourceIp": "127.0.0.1",
            "aws:SecureTransport": "false",
            "aws:RequestTag/team": "blue",
            "aws:RequestTag/Cost": "",
            "aws:TagKeys": ("team", "Cost"),
            "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        }

    async def test_no_tag_hides_behind_another(self, server: Serving) -> None:
        tags = [tags_pb2.Tag(key="team", value="blue"), tags_pb2.Tag(key="Team", value="red")]

        answer = await server.call(CREATE_USER, users_pb2.CreateUserRequest(user_name="carol", tags=tags), [GOOD])

        assert answer.startswith("INVALID_ARGUMENT: Duplicate tag keys found.")


class TestMemory:
    async def test_events_name_the_principal_and_nothing_tells_the_token(self, server: Serving) -> None:
        token = GOOD[1].removeprefix("Bearer ")

        with capture_logs() as lines:
            await server.call(*CALLS["principal"], [GOOD, (metadata.REASON, "ticket 7")])
            await server.call(*CALLS["principal"], [bearer(token[:-4] + "AAAA")])
            await server.call(*CALLS["operator"], [GOOD])
            await server.call(*CALLS["principal"], [GOOD, (metadata.ACCOUNT, "210987654321")])

        (call,) = server.servicer.calls
        assert call.passport == ALICE
        assert call.actor == subject(ALICE)
        assert subject(ALICE).encode() in call.event_metadata()
        told = repr(lines) + repr(call) + call.event_metadata().decode()
        assert len(lines) == 4
        assert lines[0]["actor"] == subject(ALICE)
        assert all(piece not in told for piece in token.split(".")[1:])

    async def test_whom_nobody_asked_is_anonymous(self, server: Serving) -> None:
        await server.call(*CALLS["anyone"], [GOOD])

        (call,) = server.servicer.calls
        assert (call.actor, call.passport, call.passport_token) == ("anonymous", None, "")


async def test_a_refused_call_leaves_no_cycles_behind(server: Serving) -> None:
    """They would be collected while others wait. (Some few objects for each call are grpc's own.)"""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(20):
            await server.call(*CALLS["principal"])
        gc.collect()
        left = {type(each).__name__ for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.enable()
        gc.garbage.clear()

    assert not left & {"AbortError", "Call", "Caller", "Unauthenticated", "_Outcome", "_Served", "frame", "traceback"}
