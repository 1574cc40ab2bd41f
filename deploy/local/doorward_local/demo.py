"""A small example world: two users in a group that reads documents, one of whom may not read drafts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from doorward_client import CheckResult, Client
from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import EntityAlreadyExists

GROUP = "developers"
READ = "documents-read"
NO_DRAFTS = "no-drafts"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDecision:
    """A question about the example world, and the answer."""

    principal: str
    action: str
    resource: str
    result: CheckResult


def make_demo(client: Client, account: str) -> list[DemoDecision]:
    """Add what is not there yet, then ask two questions: the first is allowed, the second denied."""
    documents = f"arn:aws:documents::{account}:document"
    changes = client.with_options(reason="demo world").identity
    for user in ("alice", "bob"):
        with _unless_there():
            changes.create_user(user_name=user)
    with _unless_there():
        changes.create_group(group_name=GROUP)
    with _unless_there():
        changes.create_policy(policy_name=READ, policy_document=_policy("Allow", "documents:Read", f"{documents}/*"))
    changes.attach_group_policy(group_name=GROUP, policy_arn=iam_arn(account, "policy", "/", READ))
    for user in ("alice", "bob"):
        changes.add_user_to_group(group_name=GROUP, user_name=user)
    revision = changes.put_user_policy(
        user_name="bob",
        policy_name=NO_DRAFTS,
        policy_document=_policy("Deny", "documents:*", f"{documents}/drafts/*"),
    ).revision
    questions = (("alice", f"{documents}/handbook"), ("bob", f"{documents}/drafts/roadmap"))
    return [_ask(client, iam_arn(account, "user", "/", user), resource, revision) for user, resource in questions]


def _ask(client: Client, principal: str, resource: str, revision: str) -> DemoDecision:
    result = client.check(principal, "documents:Read", resource, at_least=revision)
    return DemoDecision(principal=principal, action="documents:Read", resource=resource, result=result)


def _policy(effect: str, action: str, resource: str) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def _unless_there() -> Iterator[None]:
    try:
        yield
    except EntityAlreadyExists:
        return
