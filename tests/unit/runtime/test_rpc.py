"""What both sides of a call agree on."""

from collections.abc import Iterator

import grpc
import pytest
from doorward_kernel.errors import ERRORS, DoorwardError, InvalidInput, Unauthenticated
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.call import call_from
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.status import DETAILS, GRPC_CODES, details_of, error_of_call, message_of, trailers_of

from tests.unit.runtime.passports import ALICE


class Answered:
    """A failed call as grpc shows it."""

    def __init__(self, code: grpc.StatusCode, details: str, trailing: tuple[tuple[str, bytes], ...] = ()) -> None:
        self._code, self._details, self._trailing = code, details, trailing

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details

    def trailing_metadata(self) -> Iterator[tuple[str, bytes]]:
        return iter(self._trailing)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.reason)
def test_an_error_crosses_the_wire_as_the_same_class(kind: type[DoorwardError]) -> None:
    error = kind("no `x` here")

    answered = Answered(GRPC_CODES[kind.status], message_of(error), ((DETAILS, details_of(error)),))
    received = error_of_call(answered)

    assert type(received) is kind
    assert received.message == "no `x` here"


def test_an_error_of_grpc_itself_becomes_the_class_that_fits() -> None:
    assert error_of_call(Answered(grpc.StatusCode.UNAVAILABLE, "refused")).reason == "ServiceUnavailable"
    assert error_of_call(Answered(grpc.StatusCode.UNKNOWN, "?")).reason == "ServiceFailure"


def test_a_long_message_is_cut() -> None:
    assert len(message_of(InvalidInput("x" * 10_000))) == 2048


def test_trailers_hold_no_raw_control_or_foreign_characters() -> None:
    for _, value in trailers_of(InvalidInput("a\r\nb: ü%")):
        assert all(0x20 <= byte < 0x7F for byte in value)


class TestGuard:
    def test_the_key_opens(self) -> None:
        Guard("k" * 40).check("k" * 40)

    @pytest.mark.parametrize("shown", [None, "", "K" * 40, "k" * 39, "ü" * 40])
    def test_anything_else_does_not(self, shown: str | None) -> None:
        with pytest.raises(Unauthenticated):
            Guard("k" * 40).check(shown)


class TestCall:
    def test_a_passport_is_in_no_event_and_no_representation(self) -> None:
        call = call_from({}, actor="alice", peer="", passport=ALICE, passport_token="eyJ-the-token")

        assert call.account == ALICE.account
        assert "eyJ" not in repr(call)
        assert b"eyJ" not in call.event_metadata()

    def test_events_remember_who_why_and_from_where(self) -> None:
        pairs = {metadata.REQUEST_ID: "r-1", metadata.REASON: "ticket 7", metadata.ACCOUNT: "123456789012"}

        call = call_from(pairs, actor="service-key", peer="ipv6:%5B::1%5D:5000")

        assert call.account == "123456789012"
        assert call.event_metadata() == (
            b'{"actor": "service-key", "reason": "ticket 7", "request_id": "r-1", "source_ip": "::1"}'
        )

    def test_without_a_request_id_it_gets_one(self) -> None:
        one, other = (call_from({}, actor="a", peer="unix:").request_id for _ in range(2))

        assert one != other

    @pytest.mark.parametrize("named", ["", "1", "x" * 12])
    def test_an_account_that_is_none_is_refused(self, named: str) -> None:
        with pytest.raises(InvalidInput):
            _ = call_from({metadata.ACCOUNT: named}, actor="a", peer="").account

    @pytest.mark.parametrize(
        "pairs",
        [
            {metadata.REQUEST_ID: "a b"},
            {metadata.REASON: "x" * 1001},
            {metadata.REASON: "two\nlines"},
            {metadata.REASON: "\x1b[2J"},
            {metadata.REASON: "caf\u00e9"},
            {metadata.REASON: "\ufffd"},
        ],
    )
    def test_metadata_out_of_bounds_is_refused_and_its_key_named(self, pairs: dict[str, str]) -> None:
        with pytest.raises(InvalidInput, match=next(iter(pairs))):
            call_from(pairs, actor="a", peer="")

    def test_a_reason_may_have_a_thousand_printable_characters(self) -> None:
        reason = "".join(map(chr, range(0x20, 0x7F))) * 10

        assert call_from({metadata.REASON: reason}, actor="a", peer="").reason == reason
