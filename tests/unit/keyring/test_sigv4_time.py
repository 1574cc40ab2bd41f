"""Signature Version 4: when a signature is good, and for what."""

import hashlib
from dataclasses import replace

import pytest
from doorward_kernel.errors import SignatureDoesNotMatch
from doorward_keyring.sigv4 import SignedRequest, check_body, check_scope, check_time, good_until, parse

from tests.signer import AT, OBJECT, ToSign, sign

SIGNED = parse(sign(ToSign()))
PRESIGNED = parse(sign(ToSign(method="GET", service="sts", expires_in=90)))


@pytest.mark.parametrize("after", [-300, -1, 0, 300])
def test_a_signature_is_good_for_five_minutes_before_and_after(after: int) -> None:
    check_time(SIGNED, AT + after)


def test_a_signature_of_more_than_five_minutes_ago_is_expired() -> None:
    with pytest.raises(SignatureDoesNotMatch) as refused:
        check_time(SIGNED, AT + 301)

    assert refused.value.message == (
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    )


def test_a_signature_of_more_than_five_minutes_ahead_is_not_yet_current() -> None:
    with pytest.raises(SignatureDoesNotMatch) as refused:
        check_time(SIGNED, AT - 301)

    assert refused.value.message == (
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    )


@pytest.mark.parametrize("after", [-300, 0, 90])
def test_a_presigned_request_is_good_until_it_expires(after: int) -> None:
    check_time(PRESIGNED, AT + after)


@pytest.mark.parametrize("after", [-301, 91, 300])
def test_a_presigned_request_is_not_good_at_another_time(after: int) -> None:
    with pytest.raises(SignatureDoesNotMatch, match=r"^Signature (not yet current|expired): 20150830T123600Z is "):
        check_time(PRESIGNED, AT + after)


@pytest.mark.parametrize("date", ["00010101T000000Z", "99991231T235959Z"])
def test_a_signature_of_any_year_is_told_when_it_would_be_good(date: str) -> None:
    headers = (("Host", "iam.amazonaws.com"), ("X-Amz-Date", date))
    credential = f"Credential=AKIAIOSFODNN7EXAMPLE/{date[:8]}/us-east-1/iam/aws4_request"
    rest = f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    request = replace(sign(ToSign()), headers=(*headers, ("Authorization", f"AWS4-HMAC-SHA256 {credential}, {rest}")))

    with pytest.raises(SignatureDoesNotMatch, match=f": {date} is "):
        check_time(parse(request), AT)


@pytest.mark.parametrize(("signed", "last"), [(SIGNED, AT + 300), (PRESIGNED, AT + 90)])
def test_the_last_second_of_a_signature_is_told(signed: SignedRequest, last: int) -> None:
    assert good_until(signed) == last
    check_time(signed, last)
    with pytest.raises(SignatureDoesNotMatch):
        check_time(signed, last + 1)


def test_a_body_must_be_signed_unless_there_is_none() -> None:
    digest, nothing = hashlib.sha256(b"old").hexdigest(), hashlib.sha256(b"").hexdigest()
    unsigned = parse(sign(replace(OBJECT, body_signed=False, headers=(("Content-MD5", "x"),))))

    check_body(parse(sign(OBJECT)), digest)
    check_body(unsigned, nothing)
    with pytest.raises(SignatureDoesNotMatch, match="the body is not signed"):
        check_body(unsigned, digest)


def test_a_signature_is_for_one_service_and_region() -> None:
    check_scope(SIGNED, services={"iam", "sts"}, regions={"us-east-1"})

    with pytest.raises(SignatureDoesNotMatch, match="scoped to correct service: 's3', 'sts'"):
        check_scope(SIGNED, services={"sts", "s3"}, regions={"us-east-1"})
    with pytest.raises(SignatureDoesNotMatch, match="scoped to a valid region, not 'us-east-1'"):
        check_scope(SIGNED, services={"iam"}, regions={"eu-west-1"})
