"""Signature Version 4: the body, the path and the query of a signed request, and how large it may be."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_kernel.errors import IncompleteSignature, InvalidInput, LimitExceeded, SignatureDoesNotMatch
from doorward_keyring.sigv4 import HttpRequest, matches, parse

from tests.signer import (
    CALLER,
    GET_USER,
    OBJECT,
    ToSign,
    authorized,
    instead,
    key_of,
    refusal,
    sign,
    with_header,
    without_header,
)

# --- the body ---


def test_another_body_does_not_match() -> None:
    request = sign(GET_USER)

    changed = replace(request, body_sha256=hashlib.sha256(b"Action=DeleteUser").hexdigest())

    assert not matches(parse(changed), key_of(request))


def test_a_body_with_another_hash_than_the_header_says_is_refused() -> None:
    request = replace(sign(OBJECT), body_sha256=hashlib.sha256(b"new").hexdigest())

    assert isinstance(refusal(request), SignatureDoesNotMatch)


@pytest.mark.parametrize(
    "wanted",
    [
        replace(OBJECT, body_signed=False, headers=(("Content-MD5", "x"),)),
        replace(OBJECT, expires_in=60),
    ],
)
def test_s3_may_leave_the_body_unsigned(wanted: ToSign) -> None:
    request = replace(sign(wanted), body_sha256=hashlib.sha256(b"new").hexdigest())

    signed = parse(request)

    assert matches(signed, key_of(request))
    assert not signed.body_signed


@pytest.mark.parametrize("wanted", [GET_USER, CALLER])
def test_no_other_service_may_leave_the_body_unsigned(wanted: ToSign) -> None:
    request = sign(replace(wanted, headers=(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),)))

    assert isinstance(refusal(request), SignatureDoesNotMatch)


@pytest.mark.parametrize(
    "value",
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"],
)
@pytest.mark.parametrize("service", ["s3", "iam"])
def test_a_body_that_is_signed_in_chunks_is_refused(service: str, value: str) -> None:
    signed = sign(replace(OBJECT, service=service, headers=(("x-amz-content-sha256", "0"),)))
    request = with_header(without_header(signed, "x-amz-content-sha256"), "X-Amz-Content-Sha256", value)

    refused = refusal(request)

    assert isinstance(refused, InvalidInput)
    assert "chunks" in refused.message


# --- presigned requests ---


@pytest.mark.parametrize("seconds", [1, 604800])
def test_a_presigned_request_is_good_for_a_second_to_a_week(seconds: int) -> None:
    assert parse(sign(replace(CALLER, expires_in=seconds))).expires_in == seconds


@pytest.mark.parametrize("text", ["0", "-1", "604801", "1.5", "6e1", "", "%2060", "\u0661", "60%0A"])
def test_any_other_time_is_refused(text: str) -> None:
    request = sign(CALLER)

    refused = refusal(replace(request, raw_query=instead("Expires=60", f"Expires={text}")(request.raw_query)))

    assert isinstance(refused, IncompleteSignature | InvalidInput)


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
def test_every_part_is_in_the_query_of_a_presigned_request_once(name: str) -> None:
    request = sign(CALLER)
    (part,) = [pair for pair in request.raw_query.split("&") if pair.startswith(f"X-Amz-{name}=")]

    missing = refusal(replace(request, raw_query=instead(part, "a=b")(request.raw_query)))
    twice = refusal(replace(request, raw_query=f"{request.raw_query}&{part}"))

    assert isinstance(missing, IncompleteSignature)
    assert missing.message == f"AWS query-string parameters must include 'X-Amz-{name}'."
    assert isinstance(twice, IncompleteSignature)


def test_the_token_of_a_presigned_request_is_not_in_a_header() -> None:
    request = sign(replace(CALLER, headers=(("X-Amz-Security-Token", "t"),)))

    assert isinstance(refusal(request), IncompleteSignature)


def test_the_body_of_a_presigned_request_is_signed() -> None:
    request = replace(sign(CALLER), body_sha256=hashlib.sha256(b"Action=DeleteUser").hexdigest())

    assert not matches(parse(request), key_of(request))


# --- paths and queries ---


@pytest.mark.parametrize(
    ("sent", "normal"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a//b/", "/a/b/"),
        ("/a/./b/..", "/a"),
        ("/../../a", "/a"),
        ("/a/../", "/"),
        ("/.a/..b", "/.a/..b"),
        ("/a%2Fb", "/a%2Fb"),
    ],
)
def test_the_path_is_normalised_as_botocore_does_it(sent: str, normal: str) -> None:
    request = sign(ToSign(url=f"https://iam.amazonaws.com{sent}"))

    signed = parse(replace(request, raw_path=sent))

    assert signed.path == normal
    assert matches(signed, key_of(request))


@pytest.mark.parametrize("path", ["/b//k", "/b/./k", "/b/../k", "/b/k%2f%C3%A9"])
def test_the_path_of_an_object_stays_as_it_is(path: str) -> None:
    request = sign(replace(OBJECT, url=f"https://s3.amazonaws.com{path}"))

    assert parse(request).path == path
    assert matches(parse(request), key_of(request))


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1&a", "a=&a=1&a=2"),
        ("path=/x:y/", "path=%2Fx%3Ay%2F"),
        ("a=b+c&d=e%20f", "a=b%20c&d=e%20f"),
        ("a=b=c==", "a=b%3Dc%3D%3D"),
        ("a=%2f%C3%a9~", "a=%2f%C3%a9~"),
        ("a?b=!'()*", "a%3Fb=%21%27%28%29%2A"),
    ],
)
def test_the_query_is_sorted_and_what_clients_left_plain_is_encoded(sent: str, canonical: str) -> None:
    request = replace(sign(GET_USER), raw_query=sent)

    assert parse(request).canonical_request.split("\n")[2] == canonical


@pytest.mark.parametrize("bad", ["%", "%4", "%zz", "a%2", "\0", " ", "\n", "é", "#"])
def test_a_path_or_query_that_is_not_percent_encoded_is_refused(bad: str) -> None:
    assert isinstance(refusal(replace(sign(GET_USER), raw_path=f"/{bad}")), InvalidInput)
    assert isinstance(refusal(replace(sign(GET_USER), raw_query=f"a={bad}")), InvalidInput)


def test_a_part_of_a_signature_that_is_not_utf_8_is_refused() -> None:
    request = replace(sign(CALLER), raw_query=sign(CALLER).raw_query + "&X-Amz-Security-Token=%FF")

    assert isinstance(refusal(request), InvalidInput)


@pytest.mark.parametrize("path", ["*", "a", "https://iam.amazonaws.com/", "/a?b"])
def test_a_path_starts_with_a_slash_and_ends_before_the_query(path: str) -> None:
    assert isinstance(refusal(replace(sign(GET_USER), raw_path=path)), InvalidInput)


@pytest.mark.parametrize("method", ["", "get", "GET ", "G\0T", "P" * 21, "ＧＥＴ"])
def test_a_method_is_in_capitals(method: str) -> None:
    assert isinstance(refusal(replace(sign(GET_USER), method=method)), InvalidInput)


@pytest.mark.parametrize("name", ["", "x amz", "x-amz-a\0", "x\n", "é", "x-a\u212az", ":authority", "\udcff"])
def test_what_is_no_name_of_a_header_is_refused(name: str) -> None:
    refused = refusal(with_header(sign(GET_USER), name, "x"))

    assert isinstance(refused, InvalidInput)
    assert refused.message.isascii()
    assert refused.message.isprintable()


# --- sizes ---


@pytest.mark.parametrize(
    "change",
    [
        lambda request: replace(request, raw_path="/" + "a" * 8192),
        lambda request: replace(request, raw_query="a" * 8193),
        lambda request: with_header(request, "Cookie", "a" * 8193),
        lambda request: authorized(request, lambda text: text + " " * 8192),
        lambda request: with_header(request, "a" * 32768, ""),
        lambda request: replace(request, headers=request.headers + (("Cookie", "a" * 8000),) * 5),
        lambda request: replace(request, headers=request.headers + (("A", ""),) * 100),
    ],
)
def test_a_request_that_is_too_large_is_refused(change: Callable[[HttpRequest], HttpRequest]) -> None:
    assert isinstance(refusal(change(sign(GET_USER))), LimitExceeded)


def test_a_request_as_large_as_allowed_is_read() -> None:
    wanted = ToSign(url="https://iam.amazonaws.com/" + "a" * 8191 + "?" + "b" * 8192, token="t" * 8192)
    request = sign(replace(wanted, headers=(("X-Long", "c" * 8192),)))

    assert matches(parse(request), key_of(request))
