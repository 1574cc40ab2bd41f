"""Signature Version 4: what a signed request must be like, one rule at a time."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_kernel.errors import (
    DoorwardError,
    IncompleteSignature,
    InvalidInput,
    LimitExceeded,
    MissingAuthenticationToken,
    SignatureDoesNotMatch,
    Unauthenticated,
)
from doorward_keyring.sigv4 import HttpRequest, Scope, matches, parse

from tests.signer import AT, KEY_ID, ToSign, key_of, sign

FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
GET_USER = ToSign(headers=(FORM, ("User-Agent", "aws-cli")), body=b"Action=GetUser&Version=2010-05-08")
CALLER = ToSign(method="GET", url="https://sts.amazonaws.com/", service="sts", expires_in=60)
CALLER = replace(CALLER, form=(("Action", "GetCallerIdentity"), ("Version", "2011-06-15")))
OBJECT = ToSign(method="PUT", url="https://s3.amazonaws.com/b/a%20key", service="s3", body=b"old")


def with_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    return replace(request, headers=(*request.headers, (name, value)))


def without_header(request: HttpRequest, name: str) -> HttpRequest:
    return replace(request, headers=tuple(header for header in request.headers if header[0].lower() != name.lower()))


def authorized(request: HttpRequest, change: Callable[[str], str]) -> HttpRequest:
    """With another Authorization header."""
    (old,) = [value for name, value in request.headers if name == "Authorization"]
    return with_header(without_header(request, "Authorization"), "Authorization", change(old))


def instead(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def refusal(request: HttpRequest) -> DoorwardError:
    with pytest.raises(DoorwardError) as refused:
        parse(request)
    return refused.value


# --- what a signed request says ---


def test_a_signed_request_says_whose_key_signed_it_for_what_and_when() -> None:
    signed = parse(sign(GET_USER))

    assert signed.access_key_id == KEY_ID
    assert signed.scope == Scope(date="20150830", region="us-east-1", service="iam")
    assert signed.signed_at == AT
    assert (signed.expires_in, signed.session_token, signed.body_signed) == (None, None, True)
    assert signed.signed_headers == ("content-type", "host", "x-amz-date")
    assert signed.path == "/"


def test_a_presigned_request_says_for_how_long_it_is_good() -> None:
    signed = parse(sign(CALLER))

    assert (signed.signed_at, signed.expires_in) == (AT, 60)
    assert matches(signed, key_of(sign(CALLER)))


@pytest.mark.parametrize("wanted", [GET_USER, CALLER, OBJECT, replace(OBJECT, expires_in=60)])
def test_a_session_token_comes_in_a_header_or_in_the_query(wanted: ToSign) -> None:
    request = sign(replace(wanted, token="FwoG+/token=="))

    signed = parse(request)

    assert signed.session_token == "FwoG+/token=="
    assert matches(signed, key_of(request))


def test_neither_token_nor_signature_is_in_what_is_logged() -> None:
    for wanted in (GET_USER, CALLER):
        request = sign(replace(wanted, token="CANARYTOKEN"))
        signed = parse(request)

        shown = f"{request!r} {signed!r}"
        assert "CANARYTOKEN" not in shown
        assert signed.signature not in shown


def test_another_key_or_another_scope_does_not_match() -> None:
    request = sign(GET_USER)

    assert matches(parse(request), key_of(request))
    assert not matches(parse(request), key_of(request, secret="another"))
    assert not matches(parse(request), key_of(sign(GET_USER, AT + 86400)))
    assert not matches(parse(request), key_of(sign(replace(GET_USER, service="sts"))))
    assert not matches(parse(request), key_of(sign(replace(GET_USER, region="eu-west-1"))))


# --- one signature, with all its parts ---


def test_a_request_without_a_signature_is_refused() -> None:
    refused = refusal(without_header(sign(GET_USER), "Authorization"))

    assert isinstance(refused, MissingAuthenticationToken)
    assert refused.message == "Request is missing Authentication Token"


@pytest.mark.parametrize("value", ["Bearer abc.def", "Basic YTpi", "", "AWS AKIA:sig"])
def test_another_kind_of_authorization_is_no_signature(value: str) -> None:
    assert isinstance(refusal(authorized(sign(GET_USER), lambda _: value)), MissingAuthenticationToken)


def test_two_authorization_headers_are_refused() -> None:
    request = sign(GET_USER)

    again = with_header(request, "authorization", dict(request.headers)["Authorization"])
    assert isinstance(refusal(again), IncompleteSignature)


def test_a_signature_in_the_header_and_one_in_the_query_are_refused() -> None:
    header, query = sign(GET_USER), sign(CALLER)

    assert isinstance(refusal(replace(header, raw_query=query.raw_query)), IncompleteSignature)
    assert isinstance(refusal(replace(header, raw_query="X-Amz-Security-Token=t")), IncompleteSignature)


@pytest.mark.parametrize("algorithm", ["aws4-hmac-sha256", "AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", "AWS4"])
def test_any_other_algorithm_is_refused(algorithm: str) -> None:
    in_header = refusal(authorized(sign(GET_USER), instead("AWS4-HMAC-SHA256", algorithm)))
    query = instead("AWS4-HMAC-SHA256", algorithm)(sign(CALLER).raw_query)
    in_query = refusal(replace(sign(CALLER), raw_query=query))

    for refused in (in_header, in_query):
        assert isinstance(refused, IncompleteSignature)
        assert refused.message == f"Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now)."


@pytest.mark.parametrize("name", ["Credential", "SignedHeaders", "Signature"])
def test_the_parts_that_the_header_lacks_are_named(name: str) -> None:
    refused = refusal(authorized(sign(GET_USER), instead(name + "=", "Other=")))
    empty = refusal(authorized(sign(GET_USER), lambda text: f"AWS4-HMAC-SHA256 {name}="))

    assert isinstance(refused, IncompleteSignature)
    assert isinstance(empty, IncompleteSignature)
    assert f"Authorization header requires '{name}' parameter." in empty.message


def test_a_request_without_a_date_is_refused() -> None:
    refused = refusal(without_header(sign(GET_USER), "X-Amz-Date"))

    assert isinstance(refused, IncompleteSignature)
    assert "X-Amz-Date" in refused.message


@pytest.mark.parametrize(
    "change",
    [
        instead(", SignedHeaders", " SignedHeaders"),
        instead(", SignedHeaders", ",, SignedHeaders"),
        instead(", SignedHeaders", ",\tSignedHeaders"),
        instead("Credential=", "Credential= "),
        instead("Credential=", "Credential ="),
        instead("Credential=", "credential="),
        instead("content-type;host", "content-type; host"),
        instead("Signature=", "Signature"),
        lambda text: text + ",",
        lambda text: text + ", Extra=1",
        lambda text: text + ", " + text.rpartition(", ")[2],
        lambda text: text.replace(" ", "\t", 1),
    ],
)
def test_an_authorization_header_that_is_spelt_otherwise_is_refused(change: Callable[[str], str]) -> None:
    assert isinstance(refusal(authorized(sign(GET_USER), change)), IncompleteSignature)


@pytest.mark.parametrize("change", [instead(", ", ","), instead(", ", ",  "), lambda text: f" {text} "])
def test_spaces_around_the_commas_of_an_authorization_header_are_free(change: Callable[[str], str]) -> None:
    request = sign(GET_USER)

    assert matches(parse(authorized(request, change)), key_of(request))


@pytest.mark.parametrize("signature", ["0" * 63, "0" * 65, "A" * 64, "g" * 64, "\uff10" * 64])
def test_what_is_not_64_lower_case_hexadecimal_digits_is_no_signature(signature: str) -> None:
    request = authorized(sign(GET_USER), lambda text: text.rpartition("=")[0] + "=" + signature)

    refused = refusal(request)

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message.startswith("The request signature we calculated does not match the signature you provided.")


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
