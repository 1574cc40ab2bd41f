"""Resource and NotResource compiled, with what an index can know of them in advance."""

from collections.abc import Callable
from typing import NamedTuple

from doorward_policy.anyof import any_of
from doorward_policy.document import Patterns
from doorward_policy.glob import Tokens, literal, literal_prefix, some_arn_glob, some_glob, split_arn, split_wildcards
from doorward_policy.variables import Context, Template, parse_template

ANYTHING = "*"
_WALLS = 5
_SERVICE = 2


class Clue(NamedTuple):
    """What a resource must at least look like for a pattern to match it.

    `text` is all of it (when `whole`) or its beginning. When `in_path` it speaks not of the resource but of
    `service:path`, the path being the part behind the fifth colon.
    """

    text: str
    whole: bool
    in_path: bool = False


class Resources(NamedTuple):
    """Resource or NotResource (IAM user guide): a resource is meant that is `exact`, or begins with one of `prefixes`,
    or that `others` cover, in a context that may fill in their variables. One of the `clues` must hold for it."""

    exact: str | None
    prefixes: tuple[str, ...]
    others: Callable[[str, Context], bool] | None
    clues: tuple[Clue, ...]

    def match(self, resource: str, context: Context) -> bool:
        """Whether the statement speaks about a resource."""
        return (
            resource == self.exact
            or resource.startswith(self.prefixes)
            or (self.others is not None and self.others(resource, context))
        )


_ANYWHERE = (Clue("", False),)
_ANY = Resources(None, ("",), None, _ANYWHERE)
_NONE = Resources(None, (), None, ())


def compile_resources(resources: Patterns | None, *, variables: bool) -> Resources:
    """Compile the patterns; `variables` as the policy's version has it.

    None means the resource itself that the policy belongs to: any.
    """
    if resources is None:
        return _ANY
    if ANYTHING in resources.values:
        return _NONE if resources.negated else _ANY
    exact, prefixes, others = list[str](), list[str](), list[tuple[Tokens, Template]]()
    for text in resources.values:
        if not _is_plain(text, variables=variables):
            others.append(_parts(text, variables=variables))
        elif text[-1] == "*":
            prefixes.append(text[:-1])
        else:
            exact.append(text)
    clues = (
        *(Clue(text, True) for text in exact),
        *(Clue(text, False) for text in prefixes),
        *(_clue(head, path) for head, path in others),
    )
    if len(exact) == 1 and not others and not resources.negated:
        return Resources(exact[0], tuple(prefixes), None, clues)
    covers = _cover(exact, others) if exact or others else None
    found = Resources(None, tuple(prefixes), covers, clues)
    if resources.negated:
        return Resources(None, (), lambda resource, context: not found.match(resource, context), _ANYWHERE)
    return found


def _is_plain(text: str, *, variables: bool) -> bool:
    """Whether a whole ARN stands there as it is, but for a `*` at its end: what most patterns are."""
    return (
        text.find("*") in {-1, len(text) - 1}
        and "?" not in text
        and text.count(":") >= _WALLS
        and not (variables and "${" in text)
    )


def _cover(exact: list[str], others: list[tuple[Tokens, Template]]) -> Callable[[str, Context], bool]:
    texts = frozenset(exact)
    if not others:
        return lambda resource, context: resource in texts
    patterns = any_of(
        ((*head, *path), some_glob if literal(head) is not None else some_arn_glob) for head, path in others
    )
    return lambda resource, context: resource in texts or patterns.matches(resource, context)


def _parts(text: str, *, variables: bool) -> tuple[Tokens, Template]:
    """A pattern up to its fifth colon, and behind it, where alone variables have a meaning.

    Parts that it lacks count as `*`.
    """
    parts = text.split(":", _WALLS)
    path = parts.pop() if len(parts) > _WALLS else ANYTHING
    parts += [ANYTHING] * (_WALLS - len(parts))
    head = split_wildcards(":".join((*parts, "")))
    return head, parse_template(path, variables=variables, wildcards=True)


def _clue(head: Tokens, path: Template) -> Clue:
    """Of a head with wildcards, service and path tell more than the beginning, unless the service has wildcards too."""
    service = literal(split_arn(head)[_SERVICE])
    if literal(head) is None and service is not None:
        return Clue(f"{service}:{literal_prefix(path)}", _is_text(path), in_path=True)
    text = literal_prefix((*head, *path))
    return Clue(text, _is_text((*head, *path)))


def _is_text(template: Template) -> bool:
    return all(isinstance(part, str) for part in template)
