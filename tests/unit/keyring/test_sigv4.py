"""Signature Version 4: what a signed request says, and the parts that a signature must have."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from doorward_kernel.errors import IncompleteSignature, MissingAuthenticationToken, SignatureDoesNotMatch
from doorward_keyring.sigv4 import Scope, matches, parse

from tests.signer import (
    AT,
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
