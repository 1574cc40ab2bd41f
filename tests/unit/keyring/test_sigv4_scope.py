"""Signature Version 4: dates, scopes, and which headers must be signed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_kernel.errors import (
    DoorwardError,
    IncompleteSignature,
    InvalidInput,
    SignatureDoesNotMatch,
    Unauthenticated,
)
from doorward_keyring.sigv4 import matches, parse

from tests.signer import (
    CALLER,
    GET_USER,
    KEY_ID,
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

# --- dates and scopes ---


@pytest.mark.parametrize(
    "date",
    [
        *("", "20150830", "20150830T123600", "2015-08-30T12:36:00Z", "20150830T123600.000Z", "20150230T123600Z"),
        *("20150830T243600Z", "20150830T123660Z", "00000830T123600Z", "20150830t123600z", "２0150830T123600Z"),
    ],
)
def test_a_date_that_is_no_basic_iso_date_is_refused(date: str) -> None:
    request = with_header(without_header(sign(GET_USER), "X-Amz-Date"), "X-Amz-Date", date)

    assert isinstance(refusal(request), IncompleteSignature)


def test_two_dates_are_refused() -> None:
    assert isinstance(refusal(with_header(sign(GET_USER), "x-amz-date", "20150830T123600Z")), IncompleteSignature)


def test_a_scope_of_another_date_is_refused() -> None:
    refused = refusal(authorized(sign(GET_USER), instead("/20150830/", "/20150831/")))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20150831' != '20150830', from '20150830T123600Z'."
    )


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (instead("/aws4_request", "/aws4_requests"), SignatureDoesNotMatch),
        (instead("/aws4_request", "/AWS4_request"), SignatureDoesNotMatch),
        (instead("/aws4_request", "/aws4_request/"), IncompleteSignature),
        (instead("/aws4_request", ""), IncompleteSignature),
        (instead("/us-east-1/", "//"), SignatureDoesNotMatch),
        (instead("/us-east-1/", "/US-EAST-1/"), SignatureDoesNotMatch),
        (instead("/iam/", "/I\u212am/"), SignatureDoesNotMatch),
        (instead("/iam/", "/" + "i" * 65 + "/"), SignatureDoesNotMatch),
        (instead(KEY_ID, ""), Unauthenticated),
        (instead(KEY_ID, "AKIA-" * 4), Unauthenticated),
        (instead(KEY_ID, "A" * 129), Unauthenticated),
    ],
)
def test_a_malformed_credential_is_refused(change: Callable[[str], str], kind: type[DoorwardError]) -> None:
    assert type(refusal(authorized(sign(GET_USER), change))) is kind


# --- which headers are signed ---


def test_the_host_must_be_signed() -> None:
    refused = refusal(authorized(sign(GET_USER), instead(";host", "")))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."


@pytest.mark.parametrize("wanted", [GET_USER, CALLER])
def test_every_header_of_aws_must_be_signed(wanted: ToSign) -> None:
    refused = refusal(with_header(sign(wanted), "X-Amz-Target", "x"))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."


def test_other_headers_need_not_be_signed() -> None:
    request = with_header(with_header(sign(GET_USER), "Via", "a\tproxy"), "X-Amzn-Trace-Id", "Root=1")

    assert matches(parse(request), key_of(request))


@pytest.mark.parametrize(
    "names",
    [
        "host;content-type;x-amz-date",
        "content-type;host;host;x-amz-date",
        "content-type;host;x-amz-date;x-amz-date",
        "content-type;Host;x-amz-date",
        "content-type;host;x-amz-date;",
        ";content-type;host;x-amz-date",
        "content-type;;host;x-amz-date",
        "content-type;host;x-amz-date;\u017fx",
    ],
)
def test_signed_headers_are_lower_case_sorted_and_each_there_once(names: str) -> None:
    request = authorized(sign(GET_USER), instead("content-type;host;x-amz-date", names))

    assert isinstance(refusal(request), IncompleteSignature)


def test_a_signed_header_that_was_not_sent_is_refused() -> None:
    assert isinstance(refusal(without_header(sign(GET_USER), "Content-Type")), SignatureDoesNotMatch)


@pytest.mark.parametrize("name", ["Host", "X-Amz-Security-Token", "X-Amz-Content-Sha256"])
def test_what_says_one_thing_is_not_sent_twice(name: str) -> None:
    request = sign(replace(OBJECT, token="token"))

    assert isinstance(refusal(with_header(request, name, "x")), IncompleteSignature)


def test_values_of_a_repeated_header_are_signed_in_their_order() -> None:
    wanted = replace(GET_USER, headers=(("X-Amz-Tag", " b "), ("x-amz-tag", "a   c")))
    request = sign(wanted)
    first, second = (header for header in request.headers if header[0].lower() == "x-amz-tag")
    others = without_header(request, "x-amz-tag").headers

    assert "\nx-amz-tag:b,a c\n" in parse(request).canonical_request
    assert matches(parse(request), key_of(request))
    assert not matches(parse(replace(request, headers=(second, first, *others))), key_of(request))


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x7f"])
def test_a_signed_header_has_no_control_characters(character: str) -> None:
    request = with_header(without_header(sign(GET_USER), "Content-Type"), "Content-Type", f"a{character}b")

    assert isinstance(refusal(request), InvalidInput)


def test_a_signed_header_that_is_not_text_is_refused() -> None:
    request = with_header(without_header(sign(GET_USER), "Content-Type"), "Content-Type", "a\udcffb")

    assert isinstance(refusal(request), InvalidInput)
