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

MOST_CHARACTERS = 1024
"""Of the user agent, which is cut."""

FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "policy_arn": ("iam:PolicyARN", ("Attach", "Detach")),
    "permissions_boundary": ("iam:PermissionsBoundary", ("Create", "Put")),
    "aws_service_name": ("iam:AWSServiceName", ("CreateServiceLinkedRole",)),
}
"""By the field of the request: the key that its value is, and how the methods begin of which that is true (Service
Authorization Reference, AWS Identity and Access Management)."""


def context_of(method: Method, call: Call, request: Message) -> Context:
    """The context of a check. Raises InvalidInput when two tags have the same key, for a condition sees one of them."""
    context: dict[str, str | tuple[str, ...]] = {"aws:SecureTransport": "false"}
    if call.source_ip:
        context["aws:SourceIp"] = call.source_ip
    if call.user_agent:
        context["aws:UserAgent"] = call.user_agent[:MOST_CHARACTERS]
    fields = request.DESCRIPTOR.fields_by_name
    for field, (key, beginnings) in FIELDS.items():
        if field in fields and method.short_name.startswith(beginnings) and getattr(request, field):
            context[key] = getattr(request, field)
    context.update(_tags(request))
    return context


def _tags(request: Any) -> Context:
    """`tags` are what is put on something, `tag_keys` what is taken from it."""
    fields = request.DESCRIPTOR.fields_by_name
    tags = [(tag.key, tag.value) for tag in request.tags] if "tags" in fields else []
    keys = tuple(request.tag_keys) if "tag_keys" in fields else tuple(key for key, _ in tags)
    if len({key.lower() for key in keys}) < len(keys) and tags:
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    context: dict[str, str | tuple[str, ...]] = {f"aws:RequestTag/{key}": value for key, value in tags}
    if keys:
        context["aws:TagKeys"] = keys
    return context
