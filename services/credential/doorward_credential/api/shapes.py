"""The shapes of the credential service's arguments. No message repeats what may be a secret."""

import json
import re

from doorward.credential.v1.authentication_service_pb2 import DESCRIPTOR as AUTHENTICATION
from doorward.credential.v1.credential_service_pb2 import DESCRIPTOR as CREDENTIAL
from doorward.credential.v1.token_service_pb2 import DESCRIPTOR as TOKEN
from doorward_directory.names import check_existing_name
from doorward_kernel.errors import InvalidInput
from doorward_keyring.sigv4.request import MOST_CHARACTERS as MOST_PART
from doorward_runtime.rpc.shapes import Check, Shapes, check_arn

from doorward_credential.application.sealed_tokens import MOST_CHARACTERS
from doorward_credential.application.shapes import (
    check_code,
    check_external_id,
    check_federated_name,
    check_password,
    check_session_name,
    check_source_identity,
)

CREDENTIAL_SERVICE = CREDENTIAL.services_by_name["CredentialService"]
TOKEN_SERVICE = TOKEN.services_by_name["TokenService"]
AUTHENTICATION_SERVICE = AUTHENTICATION.services_by_name["AuthenticationService"]

MOST_EXPECTED = 100
"""Services, and regions, that a signed request may be for."""

MOST_JSON = 64 * 1024
MOST_MESSAGE = 4096
"""Characters of what a denial was about; sealed, it has to fit into an answer."""

_ACCESS_KEY_ID = re.compile(r"\w{16,128}", re.ASCII)
_SERIAL_NUMBER = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{30,{MOST_CHARACTERS}}}", re.ASCII)
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_PASSKEY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_RECOVERY_CODE = re.compile(r"[A-Za-z0-9 -]{16,40}", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{12}|[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])", re.ASCII)
_EMAIL = re.compile(r"(?=.{6,64}\Z)[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", re.ASCII)
_USER_ID = re.compile(r"AIDA[A-Z2-7]{16,17}", re.ASCII)
_PATH = re.compile(r"/(?:[!-$&-~]|%[0-9A-Fa-f]{2})*+", re.ASCII)
_QUERY = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*+", re.ASCII)
_REGION_OR_SERVICE = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST_JWT = 20_000


def _matching(pattern: re.Pattern[str], expected: str, *, longest: int = 100_000) -> Check:
    def check(value: str, argument: str) -> None:
        if len(value) > longest or not pattern.fullmatch(value):
            raise InvalidInput(f"`{argument}` is not {expected}")

    return check


def _json_object(longest: int) -> Check:
    def check(value: str, argument: str) -> None:
        try:
            found = json.loads(value) if len(value) <= longest else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise InvalidInput(f"`{argument}` is not a JSON object of at most {longest} characters")

    return check


def _check_password(value: str, argument: str) -> None:
    check_password(value, argument)


def _check_code(value: str, argument: str) -> None:
    check_code(value, argument)


def _check_session_name(value: str, _argument: str) -> None:
    check_session_name(value)


def _check_federated_name(value: str, _argument: str) -> None:
    check_federated_name(value)


def _check_external_id(value: str, _argument: str) -> None:
    check_external_id(value)


def _check_source_identity(value: str, _argument: str) -> None:
    check_source_identity(value)


_check_token = _matching(_TOKEN, "what this service gave out")

CREDENTIAL_SHAPES = Shapes(
    checks={
        "user_name": check_existing_name,
        "role_name": check_existing_name,
        "password": _check_password,
        "old_password": _check_password,
        "new_password": _check_password,
        "access_key_id": _matching(_ACCESS_KEY_ID, "an access key id"),
        "serial_number": _matching(_SERIAL_NUMBER, "the serial number of an MFA device"),
        "authentication_code1": _check_code,
        "authentication_code2": _check_code,
        "code": _check_code,
        "registration": _check_token,
        "credential": _json_object(MOST_JSON),
        "passkey_name": _matching(_PASSKEY_NAME, "a name: expected 1 to 128 letters, digits and `_+=,.@-`"),
        "phone_number": _matching(_PHONE_NUMBER, "a telephone number: expected `+`, then 7 to 15 digits"),
        "user_ids": _matching(_USER_ID, "the unique id of a user, such as `AIDA…`"),
        "user_id": _matching(_USER_ID, "the unique id of a user, such as `AIDA…`"),
    },
    optional={"user_name", "role_name", "UpdateLoginProfile.password"},
)

TOKEN_SHAPES = Shapes(
    checks={
        "role_arn": check_arn,
        "role_session_name": _check_session_name,
        "name": _check_federated_name,
        "external_id": _check_external_id,
        "source_identity": _check_source_identity,
        "serial_number": _matching(_SERIAL_NUMBER, "the serial number of an MFA device"),
        "token_code": _check_code,
        "message": _json_object(MOST_MESSAGE),
        "access_key_id": _matching(_ACCESS_KEY_ID, "an access key id"),
        "web_identity_token": _matching(
            _JWT, "the token of an identity provider: expected a JWT", longest=_LONGEST_JWT
        ),
    },
    optional={"external_id", "source_identity", "serial_number", "token_code"},
)

AUTHENTICATION_SHAPES = Shapes(
    checks={
        "account": _matching(_ACCOUNT, "an account id or an alias"),
        "user_name": check_existing_name,
        "email": _matching(_EMAIL, "an e-mail address"),
        "password": _check_password,
        "new_password": _check_password,
        "mfa_code": _check_code,
        "code": _check_code,
        "recovery_code": _matching(_RECOVERY_CODE, "a recovery code"),
        "passkey_assertion": _json_object(MOST_JSON),
        "challenge": _check_token,
        "session": _check_token,
        "raw_path": _matching(_PATH, "a path as it was sent, percent-encoded", longest=MOST_PART),
        "raw_query": _matching(_QUERY, "a query as it was sent, percent-encoded", longest=MOST_PART),
        "body_sha256": _matching(_SHA256, "a SHA-256 digest: expected 64 lower-case hexadecimal digits"),
        "services": _matching(_REGION_OR_SERVICE, "the name of a service, such as `iam`"),
        "regions": _matching(_REGION_OR_SERVICE, "the name of a region, such as `us-east-1`"),
    },
    most={"services": MOST_EXPECTED, "regions": MOST_EXPECTED},
    optional={
        "raw_path",
        "raw_query",
        "account",
        "user_name",
        "email",
        "mfa_code",
        "code",
        "recovery_code",
        "passkey_assertion",
    },
)
