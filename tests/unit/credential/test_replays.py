"""Signed requests that change something are taken once, as long as they are good."""

import pytest
from doorward_credential.application.replays import MOST, SHARE, Replays
from doorward_kernel.errors import SignatureDoesNotMatch, Throttling
from doorward_kernel.ids import AccountId
from doorward_keyring.sigv4 import Scope, SignedRequest, check_time

NOW = 1_800_000_000
ONE, OTHER = AccountId("111111111111"), AccountId("222222222222")
WEEK = 604_800


def signed(number: int = 0, *, at: int = NOW, expires_in: int | None = None) -> SignedRequest:
    """Its signature is the number."""
    return SignedRequest(
        access_key_id="AKIAALICEALICEALICE2",
        scope=Scope(date="20270115", region="us-east-1", service="iam"),
        signed_at=at,
        expires_in=expires_in,
        session_token=None,
        signed_headers=("host",),
        body_signed=True,
        path="/",
        signature=f"{number:064x}",
        canonical_request="",
        string_to_sign="",
    )


@pytest.mark.parametrize(
    ("request_", "last"),
    [
        (signed(), NOW + 300),
        (signed(at=NOW - 300), NOW),
        (signed(at=NOW + 300), NOW + 600),
        (signed(expires_in=1), NOW + 1),
        (signed(expires_in=WEEK), NOW + WEEK),
        (signed(at=NOW - 1000, expires_in=WEEK), NOW + WEEK - 1000),
    ],
)
def test_a_request_is_not_taken_again_up_to_the_last_second_in_which_it_is_good(
    request_: SignedRequest, last: int
) -> None:
    replays = Replays()
    replays.check(ONE, request_, NOW)

    for number, moment in enumerate([NOW, min(NOW + 600, last), min(NOW + 601, last), last], start=1):
        check_time(request_, moment)
        replays.check(ONE, signed(number, at=moment), moment)
        with pytest.raises(SignatureDoesNotMatch, match="sent before"):
            replays.check(ONE, request_, moment)
    with pytest.raises(SignatureDoesNotMatch):
        check_time(request_, last + 1)


def test_what_ends_first_is_forgotten_first_whatever_came_first() -> None:
    replays = Replays(most=SHARE)
    replays.check(ONE, signed(1, at=NOW + 300), NOW)
    replays.check(OTHER, signed(2, expires_in=10), NOW)

    replays.check(OTHER, signed(3), NOW + 11)

    with pytest.raises(SignatureDoesNotMatch):
        replays.check(ONE, signed(1, at=NOW + 300), NOW + 11)


def test_an_account_that_fills_its_share_does_not_stop_another_and_may_go_on_later() -> None:
    replays = Replays(most=20)
    for number in range(20 // SHARE):
        replays.check(ONE, signed(number), NOW)

    with pytest.raises(Throttling, match="of this account"):
        replays.check(ONE, signed(10), NOW)
    replays.check(OTHER, signed(10), NOW)
    replays.check(ONE, signed(11, at=NOW + 301), NOW + 301)


def test_when_there_are_too_many_of_all_accounts_none_is_taken() -> None:
    replays = Replays(most=20)
    for number in range(20):
        replays.check(AccountId(f"{number // 2:012}"), signed(number), NOW)

    with pytest.raises(Throttling, match="too many signed requests that"):
        replays.check(OTHER, signed(20), NOW)


def test_requests_that_are_good_for_a_week_leave_room_for_others() -> None:
    replays = Replays(most=40)
    taken = 0
    for number in range(40):
        try:
            replays.check(AccountId(f"{number:012}"), signed(number, expires_in=WEEK), NOW)
        except Throttling:
            continue
        taken += 1

    assert taken == 20
    replays.check(OTHER, signed(1000), NOW)


def test_what_is_remembered_is_bounded() -> None:
    replays = Replays()

    assert replays._soon._most == MOST
    for number in range(1000):
        replays.check(ONE, signed(number, at=NOW + number), NOW + number)
    replays.check(ONE, signed(5000, at=NOW + 5000), NOW + 5000)

    assert len(replays._soon._names) == len(replays._soon._ends) == replays._soon._of_account[ONE] == 1
