"""Whom resource and trust policies let in (IAM user guide, "AWS JSON policy elements: Principal")."""

import re
from collections.abc import Iterator

from doorward_policy.document import EVERYONE, Condition, PolicyKind
from doorward_policy.lint.finding import Finding, Severity, Subject, shown
from doorward_policy.operators import PRESENCE, Quantifier, find_operator

_CALLER_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpcsourceip",
        "sts:externalid",
    }
)
"""In lower case: keys that tell who, or from where, a caller is."""

_CALLER_TAG = "aws:principaltag/"
_ACCOUNT = re.compile(r"(?:arn:[a-z*-]+:iam::)?([0-9]{12})(?::root)?", re.ASCII)

_CLAIMS = (":aud", ":oaud", ":azp", ":app_id", ":sub", ":amr", ":email")
"""Endings of the keys that tell for whom, or to whom, a web identity provider gave a token."""

_SHARED_PROVIDERS = frozenset(
    {"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "oidc.circleci.com"}
)
"""Providers of everybody's tokens: their audience tells nothing (IAM user guide, "Shared OIDC providers")."""

_SPECIFIC_CLAIMS = (
    ":sub",
    ":repository",
    ":repository_id",
    ":repository_owner",
    ":repository_owner_id",
    ":job_workflow_ref",
    ":namespace_path",
    ":namespace_id",
    ":project_path",
    ":project_id",
    ":terraform_organization_id",
    ":terraform_workspace_id",
)
_BY_WEB_IDENTITY = "sts:assumerolewithwebidentity"


def allows_not_principal(subject: Subject) -> Iterator[Finding]:
    """Allow with NotPrincipal."""
    principals = subject.statement.principals
    if subject.allows and principals is not None and principals.negated:
        yield Finding(
            path=subject.at("Principal", principals),
            rule="allows-not-principal",
            severity=Severity.ERROR,
            reason="allows everybody but the listed principals, anonymous callers included",
            remedy="name whom to allow in Principal",
        )


def opens_to_everyone(subject: Subject) -> Iterator[Finding]:
    """Allow for everybody without a condition, in a resource policy."""
    if subject.kind is PolicyKind.RESOURCE and _allows_everyone(subject) and not subject.statement.conditions:
        yield Finding(
            path=subject.at("Principal", subject.statement.principals),
            rule="opens-to-everyone",
            severity=Severity.WARNING,
            reason="allows everybody, anonymous callers included",
            remedy="name the principals, or add a condition such as one on `aws:PrincipalOrgID`",
        )


def trusts_everyone(subject: Subject) -> Iterator[Finding]:
    """A role that everybody may assume."""
    if subject.kind is not PolicyKind.TRUST or not _allows_everyone(subject):
        return
    if any(_tells_callers_apart(condition) for condition in subject.statement.conditions):
        return
    yield Finding(
        path=subject.at("Principal", subject.statement.principals),
        rule="trusts-everyone",
        severity=Severity.ERROR,
        reason="everybody in any account may assume the role",
        remedy="name the principals, or add a condition on `aws:PrincipalOrgID` or `sts:ExternalId`",
    )


def trusts_account(subject: Subject) -> Iterator[Finding]:
    """A role that a whole account may assume, without a condition that tells callers apart."""
    principals = subject.statement.principals
    if subject.kind is not PolicyKind.TRUST or not subject.allows or principals is None or principals.negated:
        return
    if any(_tells_callers_apart(condition) for condition in subject.statement.conditions):
        return
    found = (_ACCOUNT.fullmatch(name) for type, name in principals.entries if type == "AWS")
    accounts = list(dict.fromkeys(match[1] for match in found if match))
    if accounts:
        some = ", ".join(f"`{each}`" for each in accounts[:5])
        yield Finding(
            path=subject.at("Principal", principals),
            rule="trusts-account",
            severity=Severity.INFO,
            reason=f"whomever these accounts permit to may assume the role: {some}",
            remedy="if an account is not your own, ask for an `sts:ExternalId`; else name its roles and users",
        )


def federation_without_condition(subject: Subject) -> Iterator[Finding]:
    """A role for web identities, whichever they are."""
    principals = subject.statement.principals
    if subject.kind is not PolicyKind.TRUST or not subject.allows or principals is None or principals.negated:
        return
    if _BY_WEB_IDENTITY not in map(str.lower, subject.statement.actions.values):
        return
    keys = [each.key.lower() for each in subject.statement.conditions if _restricts(each)]
    for type, name in dict.fromkeys(principals.entries):
        if type != "Federated" or ":saml-provider/" in name:
            continue
        provider = name.partition(":oidc-provider/")[2] or name
        shared = provider.lower() in _SHARED_PROVIDERS
        if any(key.endswith(_SPECIFIC_CLAIMS if shared else _CLAIMS) for key in keys):
            continue
        claim = f"{shown(provider)}:sub" if shared else f"{shown(provider)}:aud"
        whom = "anybody" if shared else "any of its users and applications"
        yield Finding(
            path=subject.at("Principal", principals),
            rule="federation-without-condition",
            severity=Severity.ERROR,
            reason=f"{whom} with a token of `{shown(provider)}` may assume the role",
            remedy=f"add a condition on `{claim}`",
        )


def _allows_everyone(subject: Subject) -> bool:
    principals = subject.statement.principals
    return (
        subject.allows
        and principals is not None
        and not principals.negated
        and any(name == EVERYONE for _, name in principals.entries)
    )


def _tells_callers_apart(condition: Condition) -> bool:
    key = condition.key.lower()
    return (key in _CALLER_KEYS or key.startswith(_CALLER_TAG)) and _restricts(condition)


def _restricts(condition: Condition) -> bool:
    """Whether the key must be there, with a value that is not just any."""
    qualified = find_operator(condition.operator)
    if qualified is None or qualified.operator is PRESENCE or qualified.operator.negated:
        return False
    if qualified.if_exists or qualified.quantifier is Quantifier.ALL:
        return False
    return any(value.strip("*") for value in condition.values)
