"""Signed requests: what a signature must cover, and what is remembered of those who sign."""

import base64
import hashlib
from dataclasses import replace

import pytest
from doorward_credential.application.keyrings import open_keyrings
from doorward_credential.application.passports import Credentials
from doorward_credential.application.reissues import Reissues
from doorward_credential.application.replays import WINDOW
from doorward_credential.application.signing_keys import SigningKeys
from doorward_kernel.errors import SignatureDoesNotMatch, Unauthenticated
from doorward_keyring.access_keys import AccessKeyStatus, UpdateAccessKey
from doorward_keyring.passport import Passport, PassportKind
from doorward_keyring.sigv4 import HttpRequest

from tests.signer import CALLER, GET_USER, OBJECT, ToSign, sign
from tests.unit.credential.authenticating import Bench, bench
from tests.unit.credential.parts import ACCOUNT

UNSIGNED_OBJECT = replace(OBJECT, body_signed=False, headers=(("Content-MD5", "x"),))
PRESIGNED_OBJECT = replace(OBJECT, expires_in=60)
WEEK = 604_800


@pytest.fixture
async def at_hand() -> Bench:
    return await bench()


def with_body(request: HttpRequest, body: bytes) -> HttpRequest:
    return replace(request, body_sha256=hashlib.sha256(body).hexdigest())


def session_of(at_hand: Bench, user: str = "alice") -> Credentials:
    """A session of the user."""
    person = at_hand.person(user)
    passport = Passport(
        kind=PassportKind.USER,
        account=ACCOUNT,
        principal_id=person.principal_id,
        name="",
        access_key_id="",
        authenticated_at=int(at_hand.clock()),
        temporary=True,
    )
    return at_hand.passports.credentials(passport, 3600)


def signed_by(at_hand: Bench, session: Credentials, wanted: ToSign = GET_USER) -> HttpRequest:
    key = replace(wanted, key_id=session.access_key_id, secret=session.secret_access_key, token=session.session_token)
    return sign(key, int(at_hand.clock()))


class TestWhatIsSigned:
    async def test_a_request_is_for_the_services_and_regions_that_the_caller_serves(self, at_hand: Bench) -> None:
        request = at_hand.signed(OBJECT)
        authenticate = at_hand.authentication.authenticate

        _, signed = await authenticate(request, changes_something=False)
        assert (signed.scope.service, signed.scope.region) == ("s3", "us-east-1")
        await authenticate(request, changes_something=False, services=["s3"], regions=["eu-west-1", "us-east-1"])
        with pytest.raises(SignatureDoesNotMatch, match="scoped to correct service: 'iam', 'sts'"):
            await authenticate(request, changes_something=False, services=["sts", "iam"])
        with pytest.raises(SignatureDoesNotMatch, match="scoped to a valid region, not 'us-east-1'"):
            await authenticate(request, changes_something=False, services=["s3"], regions=["eu-west-1"])

    @pytest.mark.parametrize("wanted", [UNSIGNED_OBJECT, PRESIGNED_OBJECT])
    @pytest.mark.parametrize("changes", [False, True])
    async def test_a_body_that_the_signature_does_not_cover_is_refused_unless_the_caller_takes_it(
        self, at_hand: Bench, wanted: ToSign, *, changes: bool
    ) -> None:
        request = with_body(at_hand.signed(wanted), b"anything")
        authenticate = at_hand.authentication.authenticate

        with pytest.raises(SignatureDoesNotMatch, match="the body is not signed"):
            await authenticate(request, changes_something=changes)
        _, signed = await authenticate(request, changes_something=changes, unsigned_body=True)
        assert not signed.body_signed

    async def test_nothing_needs_no_signature(self, at_hand: Bench) -> None:
        await at_hand.ask(at_hand.signed(replace(PRESIGNED_OBJECT, method="GET", body=b"")))

    async def test_a_body_that_was_exchanged_is_refused(self, at_hand: Bench) -> None:
        with pytest.raises(SignatureDoesNotMatch):
            await at_hand.ask(with_body(at_hand.signed(GET_USER), b"Action=DeleteUser"))

    @pytest.mark.parametrize(
        ("wanted", "path"),
        [
            (replace(GET_USER, url="https://iam.amazonaws.com/a/./b/../c//d/"), "/a/c/d/"),
            (replace(GET_USER, url="https://iam.amazonaws.com"), "/"),
            (replace(OBJECT, url="https://s3.amazonaws.com/a/../b"), "/a/../b"),
        ],
    )
    async def test_the_path_that_is_told_is_the_one_that_was_signed(
        self, at_hand: Bench, wanted: ToSign, path: str
    ) -> None:
        _, signed = await at_hand.authentication.authenticate(at_hand.signed(wanted), changes_something=False)

        assert signed.path == path
        assert signed.canonical_request.split("\n")[1] == path


class TestReplays:
    @pytest.mark.parametrize(
        ("wanted", "at", "later"),
        [
            (GET_USER, 300, WINDOW),
            (replace(CALLER, expires_in=WEEK), 0, WINDOW + 1),
            (replace(CALLER, expires_in=WEEK), 0, WEEK),
        ],
    )
    async def test_a_change_is_taken_once_as_long_as_its_signature_is_good(
        self, at_hand: Bench, wanted: ToSign, at: int, later: int
    ) -> None:
        request = at_hand.signed(wanted, at=at)
        await at_hand.ask(request, changes=True)
        at_hand.clock.now += later

        with pytest.raises(SignatureDoesNotMatch, match="sent before"):
            await at_hand.ask(request, changes=True)
        at_hand.clock.now += 1
        with pytest.raises(SignatureDoesNotMatch, match=r"expired|sent before"):
            await at_hand.ask(request, changes=True)


class TestDeactivation:
    async def test_what_another_process_committed_counts_although_this_one_does_not_hear_of_it(
        self, at_hand: Bench
    ) -> None:
        await at_hand.ask(at_hand.signed(GET_USER))
        another = open_keyrings(at_hand.log, epoch=(await at_hand.log.head()).epoch)
        off = UpdateAccessKey(
            access_key_id=at_hand.owners["alice"][0],
            principal_id=at_hand.person("alice").principal_id,
            status=AccessKeyStatus.INACTIVE,
        )
        await another.execute(ACCOUNT, off, b"{}")

        await at_hand.ask(at_hand.signed(GET_USER))  # it believes that it hears of everything
        at_hand.new = False

        with pytest.raises(Unauthenticated):
            await at_hand.ask(at_hand.signed(GET_USER))


class TestSigningKeys:
    async def test_a_secret_is_read_once_a_day_for_all_regions_and_services(self, at_hand: Bench) -> None:
        await at_hand.ask(at_hand.signed(GET_USER))
        before = at_hand.stored.found

        for region in ("eu-west-1", "eu-central-1"):
            await at_hand.ask(at_hand.signed(replace(GET_USER, region=region)))
        assert at_hand.stored.found == before
        at_hand.clock.now += 86_400
        await at_hand.ask(at_hand.signed(GET_USER))
        assert at_hand.stored.found == before + 1

    async def test_no_secret_is_read_for_what_is_good_at_no_time_or_for_nobody(self, at_hand: Bench) -> None:
        before = at_hand.stored.found

        for day in range(2, 50):
            with pytest.raises(SignatureDoesNotMatch):
                await at_hand.ask(at_hand.signed(GET_USER, at=-day * 86_400))
        with pytest.raises(SignatureDoesNotMatch):
            await at_hand.authentication.authenticate(
                at_hand.signed(GET_USER), changes_something=False, services={"sts"}
            )
        assert at_hand.stored.found == before

    async def test_who_only_knows_ids_of_keys_has_nobody_s_key_forgotten(self, at_hand: Bench) -> None:
        keys = SigningKeys(at_hand.stored, proven=2, unproven=2)
        (alice, _), (bob, _) = at_hand.owners["alice"], at_hand.owners["bob"]
        found = await keys.find(ACCOUNT, alice, "20270115")
        assert found is not None
        keys.proven(alice, "20270115", found)

        for day in range(10, 30):
            assert await keys.find(ACCOUNT, bob, f"202701{day}")

        before = at_hand.stored.found
        assert await keys.find(ACCOUNT, alice, "20270115") == found
        assert at_hand.stored.found == before
        assert (len(keys._proven), len(keys._unproven)) == (1, 2)

    async def test_wrong_signatures_cost_one_read_and_have_nothing_remembered(self, at_hand: Bench) -> None:
        before = at_hand.stored.found
        key_id, _ = at_hand.owners["alice"]

        for number in range(10):
            wrong = replace(GET_USER, key_id=key_id, secret="x" * 40, region=f"region-{number}")
            with pytest.raises(SignatureDoesNotMatch):
                await at_hand.ask(sign(wrong, int(at_hand.clock())))

        assert at_hand.stored.found == before + 1
        await at_hand.ask(signed_by(at_hand, session_of(at_hand)))
        assert not at_hand.authentication._signing_keys._proven, "only right ones, and none of sessions"


class TestReissues:
    async def test_the_next_request_of_a_key_or_session_gets_the_same_passport(self, at_hand: Bench) -> None:
        session = session_of(at_hand)

        for _ in range(2):
            by_key, by_session = at_hand.signed(GET_USER), signed_by(at_hand, session)
            assert (await at_hand.ask(by_key)).token == (await at_hand.ask(by_key)).token
            assert (await at_hand.ask(by_session)).token == (await at_hand.ask(by_session)).token
            at_hand.clock.now += 100

    async def test_an_empty_token_is_nobody_s(self, at_hand: Bench) -> None:
        empty = replace(GET_USER, headers=(*GET_USER.headers, ("X-Amz-Security-Token", "")))

        passports = {user: (await at_hand.ask(at_hand.signed(empty, user))).passport for user in ("alice", "bob")}

        assert {user: found.principal_id for user, found in passports.items()} == {
            user: at_hand.person(user).principal_id for user in ("alice", "bob")
        }

    async def test_they_are_bounded_by_their_characters_and_hold_no_token_of_a_session(self, at_hand: Bench) -> None:
        sessions = [session_of(at_hand) for _ in range(20)]
        opened = [await at_hand.passports.session(each.session_token) for each in sessions]
        issued = [at_hand.passports.issue(each.passport) for each in opened]
        reissues = Reissues(most=3 * len(issued[0].token))

        for _ in range(2):
            for session, passport in zip(sessions, issued, strict=True):
                reissues.keep(session.access_key_id, session.session_token, passport)

        assert len(reissues._issued) == 3
        assert reissues._characters == sum(len(each.token) for each in reissues._issued.values())
        assert not any(session.session_token in name for name in reissues._issued for session in sessions)
        last = sessions[-1]
        assert reissues.get(last.access_key_id, last.session_token) == issued[-1]
        assert reissues.get(last.access_key_id, sessions[0].session_token) is None

    async def test_another_spelling_of_a_session_s_token_is_none(self, at_hand: Bench) -> None:
        session = session_of(at_hand)
        standard = session.session_token.translate(str.maketrans("-_", "+/"))
        spellings = {standard, session.session_token + "=" * (-len(session.session_token) % 4)}
        data = base64.urlsafe_b64decode(session.session_token + "==")
        spellings |= {
            session.session_token[:-1] + last
            for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            if base64.urlsafe_b64decode(session.session_token[:-1] + last + "==") == data
        }
        others = spellings - {session.session_token}
        await at_hand.ask(signed_by(at_hand, session))

        assert others
        for spelling in others:
            with pytest.raises(Unauthenticated):
                await at_hand.ask(signed_by(at_hand, replace(session, session_token=spelling)))
