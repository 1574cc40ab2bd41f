"""What a request tells conditions: the context keys of a check, from the call and from the fields of its message.

Who the caller is, what time it is and what the resource is tagged with are told by those who know.
"""

from collections.abc import Mapping
from typing import Any

from doorward_kernel.errors import InvalidInput
from google.protobuf.message import Message

from doorward_runtime.rpc.call import Call
from doorward_runtime.rpc.methods import Method

Context = Mapping[str, str | tuple[str, ...]]
"""Condition keys with one value, or with several."""

MOST_KEY, MOST_VALUE = 128, 256
"""Characters of a tag (IAM user guide, "Tags for IAM resources")."""

MOST_CHARACTERS = 1024
"""Of the user agent, which is cut."""

_OF_CALLS = frozenset(("aws:securetransport", "aws:sourceip", "aws:useragent"))
"""In lower case: the keys that a call tells whatever its message is."""

FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "policy_arn": ("iam:PolicyARN", ("Attach", "Detach")),
    "permissions_boundary": ("iam:PermissionsBoundary", ("Create", "Put")),
    "aws_service_name": ("iam:AWSServiceName", ("CreateServiceLinkedRole",)),
}
"""By the field of the request: the key that its value is, and how the methods begin of which that is true (Service
Authorization Reference, AWS Identity and Access Management)."""


def asked_during(call: Call, context: Context) -> Context:
    """The context of a check that a method makes itself: `context`, and what the call tells.

    Nothing but the call tells of these keys, however they are spelled, and also where it tells nothing.
    """
    return {key: value for key, value in context.items() if key.lower() not in _OF_CALLS} | _context_of_call(call)


def context_of(method: Method, call: Call, request: Message) -> Context:
    """The context of a check. Raises InvalidInput when two tags have the same key, for a condition sees one of them."""
    context = _context_of_call(call)
    fields = request.DESCRIPTOR.fields_by_name
    for field, (key, beginnings) in FIELDS.items():
        if field in fields and method.short_name.startswith(beginnings) and getattr(request, field):
            context[key] = getattr(request, field)
    context.update(_tags(request))
    return context


def _context_of_call(call: Call) -> dict[str, str | tuple[str, ...]]:
    context: dict[str, str | tuple[str, ...]] = {"aws:SecureTransport": "false"}
    if call.source_ip:
        context["aws:SourceIp"] = call.source_ip
    if call.user_agent:
        context["aws:UserAgent"] = call.user_agent[:MOST_CHARACTERS]
    return context


def _tags(request: Any) -> Context:
    """`tags` are what is put on something, `tag_keys` what is taken from it."""
    fields = request.DESCRIPTOR.fields_by_name
    tags = [(tag.key, tag.value) for tag in request.tags] if "tags" in fields else []
    keys = tuple(request.tag_keys) if "tag_keys" in fields else tuple(key for key, _ in tags)
    if len({key.lower() for key in keys}) < len(keys) and tags:
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for key, value in tags:
        if len(key) > MOST_KEY or len(value) > MOST_VALUE:
            raise InvalidInput(f"`tags`: a key has at most {MOST_KEY} and a value at most {MOST_VALUE} characters")
    context: dict[str, str | tuple[str, ...]] = {f"aws:RequestTag/{key}": value for key, value in tags}
    if keys:
        context["aws:TagKeys"] = keys
    return context
