"""Resource and NotResource compiled, with what an index can know of them in advance."""

from dataclasses import dataclass

from doorward_policy.anyof import AnyOf, any_of
from doorward_policy.document import Patterns
from doorward_policy.glob import Tokens, arn_glob, glob, literal, literal_prefix, split_wildcards
from doorward_policy.variables import Context, Template, parse_template

ANYTHING = "*"
_WALLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What a resource must at least look like for a pattern to match it.

    `text` is all of it (when `whole`) or its beginning; of the part behind the fifth colon when `in_path`,
    else of the resource.
    """

    text: str
    whole: bool
    in_path: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Resource or NotResource. `clues` has one for each pattern; None when any resource may match."""

    anything: bool
    patterns: AnyOf
    negated: bool
    clues: tuple[Clue, ...] | None

    def match(self, resource: str, context: Context) -> bool:
        """Whether the statement speaks about the resource (IAM user guide, "Resource", "NotResource")."""
        return (self.anything or self.patterns.matches(resource, context)) is not self.negated


def compile_resources(resources: Patterns, *, variables: bool) -> Resources:
    """Compile the patterns; `variables` as the policy's version has it."""
    anything = ANYTHING in resources.values
    patterns = []
    clues = []
    for text in () if anything else resources.values:
        head, path = _parts(text, variables=variables)
        patterns.append(((*head, *path), glob if literal(head) is not None else arn_glob))
        clues.append(_clue(head, path))
    return Resources(
        anything=anything,
        patterns=any_of(patterns),
        negated=resources.negated,
        clues=None if anything or resources.negated else tuple(clues),
    )


def path_of(resource: str) -> str | None:
    """The part of an ARN behind the fifth colon; None when there is none."""
    parts = resource.split(":", _WALLS)
    return parts[_WALLS] if len(parts) > _WALLS else None


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
    """Of a head with wildcards the path tells more."""
    beginning = literal(head)
    if beginning is None and isinstance(path[0] if path else "", str):
        return Clue(text=literal_prefix(path), whole=_is_text(path), in_path=True)
    text = literal_prefix((*head, *path))
    return Clue(text=text, whole=_is_text((*head, *path)), in_path=False)


def _is_text(template: Template) -> bool:
    return all(isinstance(part, str) for part in template)
