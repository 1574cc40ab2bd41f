"""What stored events are about: the ids that they name, and the names that they give."""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from doorward_kernel.arn import MAX_ARN_LENGTH, Arn
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import OPERATOR, AccountId

from doorward_directory.names import name_key
from doorward_directory.shipped import aws_policy_id, is_aws_policy_arn


@dataclass(frozen=True, slots=True)
class WithId:
    """What has a unique id, an account by its twelve digits, a resource that has a policy by its ARN, or an OIDC
    provider by its URL."""

    id: str


@dataclass(frozen=True, slots=True)
class WithName:
    """All that ever had a name (`names.name_key`), of one kind (`user`, `group`, `policy`, …) or, when None, of any."""

    kind: str | None
    name: str

    def __str__(self) -> str:
        return self.name if self.kind is None else f"{self.kind}/{self.name}"


Entity: TypeAlias = WithId | WithName


@dataclass(frozen=True, slots=True)
class Naming:
    """An event gave what has `id`, of a `kind`, its name, which may be the one that it had."""

    kind: str
    id: str
    name: str


_ID = re.compile(r"[A-Z]{4}[A-Z2-7]{16,19}|[0-9]{12}", re.ASCII)
_OF_ORGANIZATION = re.compile(r"(?:o|r|ou|p)-[0-9A-Za-z-]{4,128}", re.ASCII)
_NAME = re.compile(r"(?:([a-z]+(?:-[a-z]+)*)/)?([\w+=,.@-]{1,128})", re.ASCII)
_GIVES_NAME = re.compile(r"([A-Z][A-Za-z]*)(?:Created|Renamed)", re.ASCII)
_OIDC = "oidc-provider/"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def read_entity(text: str, account_id: AccountId) -> Entity:
    """What a caller means by a unique id, an ARN, `kind/name` or a name. Raises InvalidInput.

    The path in an ARN of the account does not count, for names are unique without it (IAM user guide, "IAM
    identifiers"). Policies of AWS's are meant by their ARN or id, and not by their name.
    """
    if _ID.fullmatch(text) or (account_id == OPERATOR and _OF_ORGANIZATION.fullmatch(text)):
        return WithId(text)
    if text.startswith("arn:"):
        return _of_arn(text, account_id)
    if text.startswith(_OIDC) and text != _OIDC:
        return WithId(text.removeprefix(_OIDC))
    match = _NAME.fullmatch(text)
    if match is None:
        shown = text if len(text) <= MAX_ARN_LENGTH else f"{text[:64]}…"
        raise InvalidInput(
            f"`entity` is `{shown}`: expected a unique id, an ARN, a name, or a kind and a name: user/alice"
        )
    return WithName(match[1], name_key(match[2]))


def _of_arn(text: str, account_id: AccountId) -> Entity:
    try:
        arn = Arn.parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"`entity`: {error.message}") from error
    if arn.service != "iam":
        return WithId(text)
    if is_aws_policy_arn(text):
        return WithId(aws_policy_id(text))
    if arn.account != account_id:
        raise InvalidInput(f"`entity` is `{arn}`, which is nothing of the account `{account_id}`")
    if arn.resource == "root":
        return WithId(account_id)
    if arn.resource.startswith(_OIDC) and arn.resource != _OIDC:
        return WithId(arn.resource.removeprefix(_OIDC))
    kind, _, path = arn.resource.partition("/")
    name = path.rpartition("/")[2]
    if not kind or not name:
        raise InvalidInput(f"`entity` is `{arn}`: expected an ARN such as `arn:aws:iam::{account_id}:user/alice`")
    return WithName(kind, name_key(name))


def names_any(payload: bytes, ids: frozenset[str]) -> bool:
    """Whether a stored event names one of `ids` in a field that holds ids, at any depth.

    These are `…_id`, `…_ids`, `principals`, and `resource_arn` and `provider_url`, for a resource or an OIDC provider
    has no other id.
    What stands in the text of a policy is not named by the event.
    """
    if not any(json.dumps(id)[1:-1].encode() in payload for id in ids):
        return False
    return not ids.isdisjoint(_ids_in(json.loads(payload)))


def naming(type: str, payload: bytes) -> Naming | None:
    """What an event calls something from then on; None when it gives no name.

    By the rule that all events follow: `UserCreated` and `UserRenamed` hold `user_id` and `name`.
    """
    match = _GIVES_NAME.fullmatch(type)
    if match is None:
        return None
    words = [word.lower() for word in _WORD.split(match[1])]
    fields = json.loads(payload)
    id, name = fields.get(f"{'_'.join(words)}_id"), fields.get("name")
    if not isinstance(id, str) or not isinstance(name, str):
        return None
    return Naming("-".join(words), id, name)


def is_named(entity: WithName, given: Naming) -> bool:
    """Whether what an event named is what is meant."""
    return entity.kind in (None, given.kind) and entity.name == name_key(given.name)


def _ids_in(value: Any) -> set[str]:
    """The strings in fields of ids, of a JSON value; of an object that has ids as keys, its keys."""
    found: set[str] = set()
    rest = [("", value)]
    while rest:
        field, each = rest.pop()
        holds_ids = field.endswith(("_id", "_ids")) or field in ("principals", "resource_arn", "provider_url")
        if isinstance(each, dict):
            rest += each.items()
            found |= each.keys() if holds_ids else set()
        elif isinstance(each, list):
            rest += ((field, item) for item in each)
        elif isinstance(each, str) and holds_ids:
            found.add(each)
    return found
