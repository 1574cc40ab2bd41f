"""The shapes of AWS's arguments that this service takes (IAM and STS API references, "Pattern" and "Length")."""

import re
from collections.abc import Mapping, Sequence

from doorward_kernel.errors import InvalidInput, LimitExceeded

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_FEDERATED_NAME = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_TAG_TEXT = re.compile(r"[\w .:/=+@-]*")

MOST_SESSION_TAGS = 50
MOST_POLICY_ARNS = 10
MOST_POLICY_CHARACTERS = 2048


def check_session_name(name: str) -> str:
    return _matching(_SESSION_NAME, name, "roleSessionName", r"[\w+=,.@-]*, 2 to 64 characters")


def check_federated_name(name: str) -> str:
    return _matching(_FEDERATED_NAME, name, "name", r"[\w+=,.@-]*, 2 to 32 characters")


def check_external_id(id: str) -> str:
    return _matching(_EXTERNAL_ID, id, "externalId", r"[\w+=,.@:\/-]*, 2 to 1224 characters")


def check_source_identity(identity: str) -> str:
    if identity.lower().startswith("aws:"):
        raise InvalidInput("`sourceIdentity` begins with `aws:`, which is reserved")
    return _matching(_SESSION_NAME, identity, "sourceIdentity", r"[\w+=,.@-]*, 2 to 64 characters")


def check_code(code: str, argument: str) -> str:
    """Six digits; the message does not repeat what was given."""
    if not _CODE.fullmatch(code):
        raise InvalidInput(f"`{argument}` is not the code of an MFA device: expected 6 digits")
    return code


def check_password(password: str, argument: str) -> str:
    """1 to 128 characters of Basic Latin and Latin-1 that can be typed (IAM API reference, CreateLoginProfile)."""
    if not 1 <= len(password) <= 128 or any(not _can_be_typed(character) for character in password):
        raise InvalidInput(f"`{argument}` is not a password: expected 1 to 128 characters that can be typed")
    return password


def check_duration(seconds: int, least: int, most: int) -> int:
    if not least <= seconds <= most:
        raise InvalidInput(
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
            f"Member must have value between {least} and {most}"
        )
    return seconds


def check_session_tags(tags: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Tags by key. Raises InvalidInput for a key twice, ignoring case, LimitExceeded for more than 50."""
    if len(tags) > MOST_SESSION_TAGS:
        raise LimitExceeded(f"a session has at most {MOST_SESSION_TAGS} tags, this {len(tags)}")
    if len({key.lower() for key, _ in tags}) < len(tags):
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for key, value in tags:
        if not 1 <= len(key) <= 128 or not _TAG_TEXT.fullmatch(key) or key.lower().startswith("aws:"):
            raise InvalidInput(f"`{key[:128]}` cannot be the key of a tag")
        if len(value) > 256 or not _TAG_TEXT.fullmatch(value):
            raise InvalidInput(f"the value of the tag `{key}` is not one: expected at most 256 characters")
    return dict(tags)


def check_transitive_keys(keys: Sequence[str], tags: Mapping[str, str], inherited: Sequence[str]) -> tuple[str, ...]:
    """The transitive keys of a session: those that are asked for, which must be among its tags, and the inherited."""
    if len(keys) > MOST_SESSION_TAGS:
        raise LimitExceeded(f"a session has at most {MOST_SESSION_TAGS} transitive tag keys, this {len(keys)}")
    known = {key.lower() for key in (*tags, *inherited)}
    for key in keys:
        if key.lower() not in known:
            raise InvalidInput(f"`transitiveTagKeys`: `{key[:128]}` is not the key of one of the session's tags")
    found = {key.lower(): key for key in (*inherited, *keys)}
    return tuple(found.values())


def _matching(pattern: re.Pattern[str], value: str, argument: str, expected: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidInput(
            f"1 validation error detected: Value '{value[:128]}' at '{argument}' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {expected}"
        )
    return value


def _can_be_typed(character: str) -> bool:
    """IAM's pattern for passwords: tab, line feed, carriage return, and U+0020 to U+00FF."""
    return character in "\t\n\r" or " " <= character <= "\xff"
