"""Policy variables: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the bare characters.

IAM user guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from doorward_policy.glob import Tokens, Wildcard, split_wildcards

Context = Mapping[str, str | tuple[str, ...]]
"""What is known about a request: lower-case key to its value, or to its values when the key is multivalued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A place in a pattern that the request fills in."""

    key: str
    default: str | None


Template = tuple[str | Wildcard | Variable, ...]

_VARIABLE = re.compile(r"\$\{(?:(?P<character>[*?$])|(?P<key>[^{}',]++)(?:,\s*+'(?P<default>[^']*+)')?)\}")


def parse_template(text: str, *, variables: bool, wildcards: bool) -> Template:
    """Read a pattern; `variables` and `wildcards` say which of them have a meaning where it stands."""
    parts: list[str | Wildcard | Variable] = []
    place = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        parts += _plain(text[place : match.start()], wildcards=wildcards)
        place = match.end()
        if match["character"]:
            parts.append(match["character"])
        else:
            parts.append(Variable(key=match["key"].strip().lower(), default=match["default"]))
    parts += _plain(text[place:], wildcards=wildcards)
    return tuple(parts)


def _plain(text: str, *, wildcards: bool) -> Tokens:
    if wildcards:
        return split_wildcards(text)
    return (text,) if text else ()


def constant(template: Template) -> Tokens | None:
    """The template itself, when it has no variables."""
    tokens = tuple(part for part in template if not isinstance(part, Variable))
    return tokens if len(tokens) == len(template) else None


def resolve(template: Template, context: Context) -> Tokens | None:
    """Fill in the variables; None when one has neither a value nor a default.

    A value is literal text, whatever characters it holds. Empty counts as no value; a multivalued key is no value.
    """
    tokens: list[str | Wildcard] = []
    for part in template:
        if isinstance(part, Variable):
            value = context.get(part.key)
            text = value if isinstance(value, str) and value else part.default
            if text is None:
                return None
            tokens.append(text)
        else:
            tokens.append(part)
    return tuple(tokens)


def unresolved(text: str, context: Context) -> list[str]:
    """The keys, in lower case, of the variables in a text that have neither a value nor a default."""
    template = parse_template(text, variables=True, wildcards=False)
    variables = [part for part in template if isinstance(part, Variable)]
    return [variable.key for variable in variables if resolve((variable,), context) is None]


def variable_keys(text: str) -> list[str]:
    """The keys of all variables in a text, as they are spelled."""
    return [match["key"].strip() for match in _VARIABLE.finditer(text) if match["key"]]


def without_variables(text: str, context: Context) -> str:
    """The text with `*` for each variable whose key the context lacks, whether it has a default or not."""

    def filled(match: re.Match[str]) -> str:
        return "*" if match["key"] and match["key"].strip().lower() not in context else match[0]

    return _VARIABLE.sub(filled, text)
