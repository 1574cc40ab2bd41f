"""Signature Version 4 reproduces the examples that AWS publishes."""

import hashlib

import pytest
from doorward_keyring.sigv4 import HttpRequest, matches, parse, signing_key

NOTHING = hashlib.sha256(b"").hexdigest()
IAM_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
S3_KEY = "AKIAIOSFODNN7EXAMPLE"

LIST_USERS = HttpRequest(
    method="GET",
    raw_path="/",
    raw_query="Action=ListUsers&Version=2010-05-08",
    headers=(
        ("Host", "iam.amazonaws.com"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("X-Amz-Date", "20150830T123600Z"),
        (
            "Authorization",
            (
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                "SignedHeaders=content-type;host;x-amz-date, "
                "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
            ),
        ),
    ),
    body_sha256=NOTHING,
)

GET_OBJECT = HttpRequest(
    method="GET",
    raw_path="/test.txt",
    raw_query="",
    headers=(
        ("Host", "examplebucket.s3.amazonaws.com"),
        (
            "Authorization",
            (
                f"AWS4-HMAC-SHA256 Credential={S3_KEY}/20130524/us-east-1/s3/aws4_request,"
                "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
        ),
        ("Range", "bytes=0-9"),
        ("x-amz-content-sha256", NOTHING),
        ("x-amz-date", "20130524T000000Z"),
    ),
    body_sha256=NOTHING,
)

PUT_OBJECT = HttpRequest(
    method="PUT",
    raw_path="/test%24file.text",
    raw_query="",
    headers=(
        ("Host", "examplebucket.s3.amazonaws.com"),
        ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
        (
            "Authorization",
            (
                f"AWS4-HMAC-SHA256 Credential={S3_KEY}/20130524/us-east-1/s3/aws4_request,"
                "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            ),
        ),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
    ),
    body_sha256=hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
)

PRESIGNED_OBJECT = HttpRequest(
    method="GET",
    raw_path="/test.txt",
    raw_query="X-Amz-Algorithm=AWS4-HMAC-SHA256"
    f"&X-Amz-Credential={S3_KEY}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    headers=(("Host", "examplebucket.s3.amazonaws.com"),),
    body_sha256=NOTHING,
)


def test_the_published_signing_key_is_derived() -> None:
    key = signing_key(IAM_SECRET, "20150830", "us-east-1", "iam")

    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_the_published_canonical_request_and_string_to_sign_are_made() -> None:
    signed = parse(LIST_USERS)

    digest = "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    assert hashlib.sha256(signed.canonical_request.encode()).hexdigest() == digest
    assert signed.string_to_sign == (
        f"AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n{digest}"
    )


@pytest.mark.parametrize(
    ("request_", "secret"),
    [
        (LIST_USERS, IAM_SECRET),
        (GET_OBJECT, S3_SECRET),
        (PUT_OBJECT, S3_SECRET),
        (PRESIGNED_OBJECT, S3_SECRET),
    ],
    ids=["list users", "get object", "put object", "presigned object"],
)
def test_the_published_requests_match_with_the_published_secret_alone(request_: HttpRequest, secret: str) -> None:
    signed = parse(request_)

    scope = (signed.scope.date, signed.scope.region, signed.scope.service)
    assert matches(signed, signing_key(secret, *scope))
    assert not matches(signed, signing_key(secret + "x", *scope))
