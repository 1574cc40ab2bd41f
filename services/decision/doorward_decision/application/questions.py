"""Questions: what a check asks, whose accounts it is about, and what it is answered."""

import re
from typing import NamedTuple, TypeAlias

from doorward_kernel.arn import split_arn
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import OPERATOR, AccountId, is_account_id
from doorward_kernel.revision import Revision
from doorward_keyring.passport import Passport
from doorward_policy import Effect, account_of, caller

MOST_REVISIONS = 8
"""Revisions that one check may name."""

NOBODY = AccountId("")
"""In the place of an account: what a question names belongs to none of ours."""

_OPERATOR_ALONE = (OPERATOR,)

_ACTION = re.compile(r"[A-Za-z0-9-]{1,64}:[A-Za-z0-9_.:/-]{1,128}", re.ASCII)

_SERVER_KEYS = (
    "aws:principal",
    "aws:userid",
    "aws:username",
    "aws:multifactorauth",
    "aws:tokenissuetime",
    "aws:sourceidentity",
    "aws:federatedprovider",
    "aws:resourceaccount",
    "aws:resourceorg",
    "aws:currenttime",
    "aws:epochtime",
)
"""Keys that begin so are filled by the server, or absent; what a caller sends under them is dropped."""

Context: TypeAlias = dict[str, str | tuple[str, ...]]
"""Condition keys in lower case; a tuple holds the values of a multivalued key."""


class Question(NamedTuple):
    """What a check asks; the answer must include the revisions `at_least`, or be the `latest`.

    The principal is named, or proves itself by its passport, a token; the other one is empty.
    """

    principal: str
    action: str
    resource: str
    context: Context
    at_least: tuple[Revision, ...] = ()
    latest: bool = False
    passport: str = ""


class Answer(NamedTuple):
    """A decision, the revisions that it was made at, as they are written, and how old that may be in seconds."""

    effect: Effect
    revisions: tuple[str, ...]
    staleness: float


class Asked(NamedTuple):
    """The accounts that the principal and the resource belong to, and those besides the principal's that an answer
    depends on: the operator's, which holds the guardrails, and the resource's.

    A principal of no account, such as a service, is asked about in that of the resource, which is NOBODY when the ARN
    names none of ours. `owner` is the resource's account, None when what its ARN names cannot be one of ours.
    """

    account: AccountId
    resource_account: str
    owner: AccountId | None
    others: tuple[AccountId, ...]
    named: bool
    """Whether it is certain whose the resource is: an ARN without an account, such as a bucket's, may be anybody's."""


def without_server_keys(context: Context) -> Context:
    """The context without what only the server may say."""
    return {key: value for key, value in context.items() if not key.startswith(_SERVER_KEYS)}


def asked_about(question: Question, passport: Passport | None) -> Asked:
    """The passport is the question's, verified; None when it has none. Raises InvalidInput when the question is
    malformed."""
    check_form(question)
    if passport is None:
        try:
            account = AccountId(split_arn(question.principal)[4])
        except InvalidInput as error:
            return _asked_by_outsider(question, error)
    else:
        account = passport.account
    return asked_in(account, question.resource)


def check_form(question: Question) -> None:
    """All but the principal. Raises InvalidInput."""
    if not _ACTION.fullmatch(question.action):
        raise InvalidInput(f"`{question.action[:200]}` is not an action: expected `service:Name`")
    if len(question.at_least) > MOST_REVISIONS:
        raise InvalidInput(f"a check names at most {MOST_REVISIONS} revisions")
    if question.resource != "*":
        _split(question.resource, "resource")


def asked_in(account: AccountId, resource: str) -> Asked:
    """What a principal of that account asks about."""
    named = account_of(resource)
    if not named or named == account:  # without an account in its ARN it belongs to the principal's
        return Asked(account, account, account, _OPERATOR_ALONE, bool(named) or resource == "*")
    if not is_account_id(named):
        return Asked(account, named, None, _OPERATOR_ALONE, True)
    owner = AccountId(named)
    return Asked(account, named, owner, (OPERATOR, owner), True)


def needed_by(asked: Asked) -> tuple[AccountId, ...]:
    """The accounts that the answer depends on."""
    return (asked.account, *asked.others) if asked.account else asked.others


def _asked_by_outsider(question: Question, no_arn: InvalidInput) -> Asked:
    """By who is of no account, and so has no ARN."""
    if not question.principal:
        raise InvalidInput("a check names its `principal` or brings its `passport`")
    if question.principal.startswith("arn:"):
        raise InvalidInput(f"`principal`: {no_arn.message}") from no_arn
    try:
        caller(question.principal)
    except InvalidInput as error:
        raise InvalidInput(f"`principal`: {error.message}") from error
    named = account_of(question.resource)
    account = AccountId(named) if named and is_account_id(named) else NOBODY
    return Asked(account, account, account or None, _OPERATOR_ALONE, bool(account))


def _split(arn: str, field: str) -> list[str]:
    try:
        return split_arn(arn)
    except InvalidInput as error:
        raise InvalidInput(f"`{field}`: {error.message}") from error
