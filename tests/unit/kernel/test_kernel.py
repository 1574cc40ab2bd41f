"""The words that everybody shares."""

import dataclasses

import pytest
from doorward_kernel.arn import Arn, iam_arn
from doorward_kernel.errors import ERRORS, InternalFailure, InvalidInput, NoSuchEntity, from_reason
from doorward_kernel.ids import (
    AccountId,
    access_key_id,
    account_id,
    account_of_access_key,
    unique_id,
)
from doorward_kernel.record import GENESIS, BrokenChain, Record, digest_after, follow
from doorward_kernel.revision import Revision


class TestArn:
    def test_the_resource_keeps_its_colons_and_slashes(self) -> None:
        text = "arn:aws:logs:eu-west-1:123456789012:log-group:/a/b:log-stream:c"

        arn = Arn.parse(text)

        assert (arn.service, arn.region, arn.account) == ("logs", "eu-west-1", "123456789012")
        assert arn.resource == "log-group:/a/b:log-stream:c"
        assert str(arn) == text

    @pytest.mark.parametrize(
        "text", ["", "x", "arn:aws:s3", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "ARN:aws:s3:::b", "arn:" * 600]
    )
    def test_what_does_not_have_six_parts_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidInput):
            Arn.parse(text)

    def test_an_entity_is_named_with_its_path(self) -> None:
        assert iam_arn("123456789012", "user", "/dev/", "alice") == "arn:aws:iam::123456789012:user/dev/alice"


class TestIds:
    def test_an_access_key_carries_its_account(self) -> None:
        key = access_key_id(AccountId("123456789012"), b"\xff" * 5)

        assert len(key) == 20
        assert key.startswith("AKIA")
        assert account_of_access_key(key) == "123456789012"

    def test_the_layout_is_that_of_a_key_that_aws_published(self) -> None:
        """AKIAIOSFODNN7EXAMPLE is of the old generation, whose ids carry no account."""
        with pytest.raises(InvalidInput):
            account_of_access_key("AKIAIOSFODNN7EXAMPLE")

    @pytest.mark.parametrize("key", ["", "AKIA", "AKIA" + "1" * 16, "AKIA" + "A" * 40, "AKIA" + "é" * 16])
    def test_what_is_no_access_key_is_refused(self, key: str) -> None:
        with pytest.raises(InvalidInput):
            account_of_access_key(key)

    def test_a_unique_id_has_21_characters(self) -> None:
        assert len(unique_id("AIDA", bytes(11))) == 21

    @pytest.mark.parametrize("text", ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２"])
    def test_an_account_id_is_twelve_ascii_digits(self, text: str) -> None:
        with pytest.raises(InvalidInput):
            account_id(text)


class TestRevision:
    def test_it_reads_what_it_writes(self) -> None:
        revision = Revision("identity", "0a1b2c3d", 42)

        assert str(revision) == "identity.0a1b2c3d.42"
        assert Revision.parse(str(revision)) == revision

    @pytest.mark.parametrize(
        "text", ["", "identity", "identity.0a1b2c3d", "identity.0a1b2c3d.-1", "identity.0a1b2c3d.01", "I.0a1b2c3d.1",
                 "identity.XXXXXXXX.1", "identity.0a1b2c3d.1 ", "identity.0a1b2c3d." + "9" * 30]
    )  # fmt: skip
    def test_what_is_no_revision_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidInput):
            Revision.parse(text)


class TestErrors:
    def test_reasons_are_unique_but_for_what_is_broken(self) -> None:
        reasons = [error.reason for error in ERRORS]

        assert len(reasons) == len(set(reasons))

    def test_an_error_comes_back_as_its_class(self) -> None:
        for error in ERRORS:
            assert type(from_reason(error.reason, "why")) is error

        assert from_reason("NoSuchEntity", "no `x`").message == "no `x`"
        assert isinstance(from_reason("NoSuchEntity", ""), NoSuchEntity)

    def test_an_unknown_reason_is_a_failure(self) -> None:
        assert type(from_reason("Surprise", "")) is InternalFailure


def record(position: int, previous: bytes, **changes: object) -> Record:
    """A record that follows `previous`."""
    plain = Record(
        position=position,
        account=AccountId("123456789012"),
        version=position,
        type="UserCreated",
        schema_version=1,
        payload=b"{}",
        metadata=b"{}",
        recorded_at=1_700_000_000_000_000 + position,
        commit_last=True,
        digest=b"",
    )
    changed = dataclasses.replace(plain, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(changed, digest=digest_after(previous, changed))


class TestChain:
    def test_records_in_order_are_followed_to_their_end(self) -> None:
        first = record(1, GENESIS)
        second = record(2, first.digest)

        assert follow(0, GENESIS, [first, second]) == (2, second.digest)

    @pytest.mark.parametrize(
        "change",
        [
            {"account": AccountId("123456789013")},
            {"version": 7},
            {"type": "UserDeleted"},
            {"schema_version": 2},
            {"payload": b"{ }"},
            {"metadata": b"{ }"},
            {"recorded_at": 1},
            {"commit_last": False},
            {"digest": bytes(32)},
        ],
    )
    def test_a_change_of_any_field_breaks_it(self, change: dict[str, object]) -> None:
        altered = dataclasses.replace(record(1, GENESIS), **change)  # type: ignore[arg-type]

        with pytest.raises(BrokenChain, match="position 1"):
            follow(0, GENESIS, [altered])

    def test_a_missing_record_breaks_it(self) -> None:
        first = record(1, GENESIS)
        third = record(3, first.digest)

        with pytest.raises(BrokenChain, match="expected position 2, found 3"):
            follow(0, GENESIS, [first, third])

    def test_a_text_cannot_move_from_one_field_into_another(self) -> None:
        one = record(1, GENESIS, account=AccountId("1"), type="23")
        other = record(1, GENESIS, account=AccountId("12"), type="3")

        assert one.digest != other.digest
