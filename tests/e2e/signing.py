"""Requests signed as AWS's own SDK signs them, as the gateway hands them to the credential service."""

import hashlib
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from doorward.credential.v1.authentication_pb2 import HttpHeader
from doorward.credential.v1.sessions_pb2 import Credentials as Session

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
URL = "http://localhost:8080/"


def signed(
    access_key_id: str,
    secret: str,
    token: str | None = None,
    *,
    body: bytes = BODY,
    service: str = "sts",
    unsigned_body: bool = False,
) -> dict[str, Any]:
    """The fields of an AuthenticateRequest for a signed POST; only for `s3` its body may be unsigned."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", URL, data=body, headers=headers)
    signer: type[SigV4Auth] = SigV4Auth
    if unsigned_body:
        request.url = URL.replace("http", "https")  # without TLS, and without another digest, botocore does sign it
        request.headers["Content-MD5"] = "x"
        request.context["payload_signing_enabled"] = False
        signer = S3SigV4Auth
    signer(Credentials(access_key_id, secret, token), service, "us-east-1").add_auth(request)
    sent = [HttpHeader(name=name, value=value) for name, value in request.headers.items()]
    return {
        "method": "POST",
        "raw_path": "/",
        "headers": [*sent, HttpHeader(name="host", value="localhost:8080")],
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }


def presigned(access_key_id: str, secret: str, seconds: int = 60) -> dict[str, Any]:
    """The fields of an AuthenticateRequest for a presigned GET."""
    request = AWSRequest("GET", f"{URL}?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(Credentials(access_key_id, secret), "sts", "us-east-1", expires=seconds).add_auth(request)
    return {
        "method": "GET",
        "raw_path": "/",
        "raw_query": request.url.partition("?")[2],
        "headers": [HttpHeader(name="host", value="localhost:8080")],
        "body_sha256": hashlib.sha256(b"").hexdigest(),
    }


def of_session(session: Session) -> dict[str, Any]:
    """Signed with temporary credentials."""
    return signed(session.access_key_id, session.secret_access_key, session.session_token)
