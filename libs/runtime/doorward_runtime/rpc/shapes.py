"""The shapes of arguments, checked before anything is looked up: what cannot be a name is invalid, not absent.

AWS does so, too (IAM API reference, Common Errors: ValidationError). What an argument means is checked where it is
used. A service says in a table which shape each field has.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from doorward_kernel.arn import Arn
from doorward_kernel.errors import InvalidInput
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

_Method = Callable[[Any, Any, object], Awaitable[Message]]
_Servicer = TypeVar("_Servicer")
Check = Callable[[str, str], None]
"""Of a value, and AWS's name of the argument. Raises InvalidInput that names it."""

MOST_ENTRIES = 1_000
"""Of a list of which AWS does not say how many it may have."""

_ARN = re.compile("[\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The shapes of a service's fields by their name, or by `Method.field`.

    Fields in `optional` may be empty, and so may `Method.field`; `most` says how many entries a list may have.
    """

    checks: Mapping[str, Check]
    optional: Collection[str] = frozenset()
    most: Mapping[str, int] = field(default_factory=dict)


def checks_shapes(service: ServiceDescriptor, shapes: Shapes) -> Callable[[type[_Servicer]], type[_Servicer]]:
    """Makes every method of a servicer refuse arguments that have not the shape of their kind."""

    def decorate(servicer: type[_Servicer]) -> type[_Servicer]:
        for method in service.methods:
            checks = _checks(method, shapes)
            if checks:
                setattr(servicer, method.name, _checked(getattr(servicer, method.name), checks, shapes.most))
        return servicer

    return decorate


def _checked(method: _Method, checks: Sequence[tuple[str, str, bool, Check]], most: Mapping[str, int]) -> _Method:
    async def serve(servicer: Any, request: Any, context: object) -> Message:
        for name, argument, optional, check in checks:
            value = getattr(request, name)
            if isinstance(value, str):
                if value or not optional:
                    check(value, argument)
            else:
                _check_count(len(value), argument, most.get(name, MOST_ENTRIES))
                for each in value:
                    check(each, argument)
        return await method(servicer, request, context)

    return serve


def _checks(method: MethodDescriptor, shapes: Shapes) -> list[tuple[str, str, bool, Check]]:
    fields: Sequence[FieldDescriptor] = method.input_type.fields
    found = []
    for each in fields:
        own = f"{method.name}.{each.name}"
        check = shapes.checks.get(own) or shapes.checks.get(each.name)
        if check is not None:
            optional = each.name in shapes.optional or own in shapes.optional
            found.append((each.name, camel_case(each.name), optional, check))
    return found


def camel_case(field: str) -> str:
    """AWS's name of an argument: `user_name` is `userName`."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def check_arn(arn: str, argument: str) -> None:
    """Raises InvalidInput unless it is an ARN."""
    try:
        Arn.parse(arn)
    except InvalidInput as error:
        raise InvalidInput(f"`{argument}`: {error.message}") from error
    if not _ARN.fullmatch(arn):
        raise InvalidInput(f"`{argument}`: `{arn}` holds characters that no ARN has")


def check_anything(_value: str, _argument: str) -> None:
    """Where it is used it is checked what it may be."""


def check_length(text: str, argument: str, longest: int) -> None:
    """Raises InvalidInput for more characters than `longest`, in AWS's words."""
    if len(text) > longest:
        raise InvalidInput(
            f"1 validation error detected: Value at '{argument}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {longest}"
        )


def _check_count(count: int, argument: str, most: int) -> None:
    if count > most:
        raise InvalidInput(
            f"1 validation error detected: Value at '{argument}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )
