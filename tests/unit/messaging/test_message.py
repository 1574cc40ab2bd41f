"""A record survives its journey as a message, whatever its metadata."""

import json

import pytest
from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, Head, Record
from doorward_messaging.message import (
    Delivered,
    NotARecord,
    announced,
    announcement,
    delivered,
    record_headers,
    record_subject,
)
from hypothesis import given
from hypothesis import strategies as st

METADATA = st.one_of(
    st.dictionaries(st.sampled_from(["actor", "traceparent"]), st.text(max_size=5)).map(
        lambda fields: json.dumps(fields).encode()
    ),
    st.dictionaries(st.sampled_from(["actor", "traceparent"]), st.integers()).map(
        lambda fields: json.dumps(fields, ensure_ascii=False).encode()
    ),
    st.sampled_from([b"", b" {} ", b"{}\n", b'{"traceparent"', b'{"a":"\xc3\xbc"}', b"\x00\xff", b"a: b\r\nc: d"]),
)


def a_record(metadata: bytes = b"{}", payload: bytes = b"{}") -> Record:
    return Record(
        position=7,
        account=AccountId("123456789012"),
        version=3,
        type="UserCreated",
        schema_version=1,
        payload=payload,
        metadata=metadata,
        recorded_at=1_700_000_000_123_456,
        commit_last=True,
        digest=bytes(range(32)),
    )


@given(METADATA, st.binary(max_size=20))
def test_a_record_comes_back_as_it_was(metadata: bytes, payload: bytes) -> None:
    record = a_record(metadata, payload)

    headers = record_headers("identity", "0a1b2c3d", GENESIS, record)
    there = delivered("identity", record_subject("identity", record), headers, payload)

    assert there == Delivered("0a1b2c3d", record)
    assert all(text.isascii() and text.isprintable() and text == text.strip() for text in headers.values())


def test_the_time_is_exact_to_the_microsecond() -> None:
    headers = record_headers("identity", "0a1b2c3d", GENESIS, a_record())

    assert headers["ce-time"] == "2023-11-14T22:13:20.123456+00:00"


@pytest.mark.parametrize(
    "missing",
    ["Doorward-Epoch", "Doorward-Position", "Doorward-Digest", "Doorward-Metadata", "Doorward-Commit-Last"],
)
def test_a_message_without_one_of_its_headers_is_no_record(missing: str) -> None:
    headers = record_headers("identity", "0a1b2c3d", GENESIS, a_record())
    del headers[missing]

    with pytest.raises(NotARecord):
        delivered("identity", "doorward.identity.123456789012.UserCreated", headers, b"{}")


@pytest.mark.parametrize("subject", ["doorward.credential.1.A", "doorward.identity.A", "other.identity.1.A", ""])
def test_a_message_of_another_log_is_no_record(subject: str) -> None:
    with pytest.raises(NotARecord):
        delivered("identity", subject, record_headers("identity", "0a1b2c3d", GENESIS, a_record()), b"{}")


def test_a_head_comes_back_as_it_was() -> None:
    head = Head("0a1b2c3d", 12, bytes(range(32)))

    assert announced(announcement(head)) == head


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"epoch":1,"position":"x","digest":""}', b"\xff"])
def test_anything_else_is_no_head(body: bytes) -> None:
    with pytest.raises(NotARecord):
        announced(body)
