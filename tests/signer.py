"""botocore as the signer of requests, at any time, and the requests as they then come over the wire."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from doorward_kernel.errors import DoorwardError
from doorward_keyring.sigv4 import HttpRequest, parse, signing_key

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AT = 1440938160
"""2015-08-30 12:36:00 UTC."""


@dataclass(frozen=True, kw_only=True)
class ToSign:
    """A request before it is signed; header-signed unless it says for how many seconds it is to be presigned."""

    method: str = "POST"
    url: str = "https://iam.amazonaws.com/"
    params: tuple[tuple[str, str], ...] = ()
    """More of the query: encoded as forms are, by botocore."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    form: tuple[tuple[str, str], ...] = ()
    """The body of a presigned request: botocore moves it into the query."""
    service: str = "iam"
    region: str = "us-east-1"
    key_id: str = KEY_ID
    secret: str = field(default=SECRET, repr=False)
    token: str | None = None
    expires_in: int | None = None
    body_signed: bool = True
    """Whether S3 is told the hash of the body."""


FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
GET_USER = ToSign(headers=(FORM, ("User-Agent", "aws-cli")), body=b"Action=GetUser&Version=2010-05-08")
CALLER = ToSign(
    method="GET",
    url="https://sts.amazonaws.com/",
    form=(("Action", "GetCallerIdentity"), ("Version", "2011-06-15")),
    service="sts",
    expires_in=60,
)
OBJECT = ToSign(method="PUT", url="https://s3.amazonaws.com/b/a%20key", service="s3", body=b"old")


def sign(request: ToSign, at: int = AT) -> HttpRequest:
    """The request as botocore signs it at that time (seconds since 1970, UTC), as a server then receives it."""
    data = dict(request.form) if request.expires_in is not None else request.body
    aws = AWSRequest(method=request.method, url=request.url, data=data, params=list(request.params))
    for name, value in request.headers:
        aws.headers[name] = value  # adds one more: these are the headers of a message
    aws.context["timestamp"] = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    aws.context["payload_signing_enabled"] = request.body_signed
    signer = _signer(request)
    # What `add_auth` does, but for the clock.
    signer._modify_request_before_signing(aws)
    text = signer.string_to_sign(aws, signer.canonical_request(aws))
    signer._inject_signature_to_request(aws, signer.signature(text, aws))
    url = urlsplit(aws.prepare().url)
    return HttpRequest(
        method=request.method,
        raw_path=url.path,
        raw_query=url.query,
        headers=(("Host", signer.headers_to_sign(aws)["host"]), *_received(aws.headers)),
        body_sha256=hashlib.sha256(request.body).hexdigest(),
    )


def key_of(request: HttpRequest, secret: str = SECRET) -> bytes:
    """The key for the scope that the request names."""
    scope = parse(request).scope
    return signing_key(secret, scope.date, scope.region, scope.service)


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


def _signer(request: ToSign) -> SigV4Auth:
    credentials = Credentials(request.key_id, request.secret, request.token)
    if request.expires_in is None:
        header = S3SigV4Auth if request.service == "s3" else SigV4Auth
        return header(credentials, request.service, request.region)
    query = S3SigV4QueryAuth if request.service == "s3" else SigV4QueryAuth
    return query(credentials, request.service, request.region, request.expires_in)


def _received(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Lines unfolded, as servers do it (RFC 9112 §5.2)."""
    return [(name, re.sub(r"\r?\n[ \t]+", " ", value)) for name, value in headers.items()]
