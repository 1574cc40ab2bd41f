"""The grammar of policy documents: decoded JSON becomes a `Policy`, whatever does not fit becomes a problem.

IAM user guide, "Grammar of the IAM JSON policy language".
"""

import re
import sys

from doorward_policy.document import (
    EVERYONE,
    LEGACY_VERSION,
    VARIABLES_VERSION,
    Condition,
    Patterns,
    Policy,
    Principals,
    Problem,
    Statement,
)
from doorward_policy.jsontext import NoJson, Number, RepeatedKeys
from doorward_policy.operators import find_operator

SYNTAX = "Syntax errors in policy."

_POLICY_KEYS = frozenset({"Version", "Id", "Statement", "Conditions"})
_STATEMENT_KEYS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PRINCIPAL_TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_EFFECTS = frozenset({"allow", "deny"})

MOST_PROBLEMS = 100
"""Of one document that are reported."""

_LONGEST_STEP = 128
"""In characters."""

_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")

_Fields = dict[str, object]
_NOTHING: _Fields = {}


class Reader:
    """Reads one document. What it returns is complete only if `problems` is empty afterwards."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def policy(self, document: object) -> Policy | None:
        """The document as a policy; None when it is nothing like one."""
        fields = self._fields(document, "", _POLICY_KEYS)
        version = self._optional_text(fields, "Version", "")
        if version not in {None, LEGACY_VERSION, VARIABLES_VERSION}:
            self._refuse("Version", f"there are `{VARIABLES_VERSION}` and `{LEGACY_VERSION}`")
        statements = fields.get("Statement")
        if isinstance(statements, dict):
            statements = [statements]
        if not isinstance(statements, list) or not statements:
            if fields is not _NOTHING:
                self._refuse("Statement", "expected an object or a list of at least one")
            return None
        return Policy(
            version=version,
            id=self._optional_text(fields, "Id", ""),
            statements=tuple(self._statement(each, f"Statement[{index}]") for index, each in enumerate(statements)),
        )

    def _statement(self, value: object, path: str) -> Statement:
        fields = self._fields(value, path, _STATEMENT_KEYS)
        effect = self._optional_text(fields, "Effect", path)
        if fields is not _NOTHING and (effect or "").lower() not in _EFFECTS:
            self._refuse(f"{path}.Effect", "expected `Allow` or `Deny`")
        return Statement(
            sid=self._optional_text(fields, "Sid", path),
            effect=effect or "",
            actions=self._patterns(fields, "Action", path) or Patterns(values=(), negated=False),
            resources=self._patterns(fields, "Resource", path),
            conditions=self._conditions(fields.get("Condition", _NOTHING), f"{path}.Condition"),
            principals=self._principals(fields, path),
        )

    def _patterns(self, fields: _Fields, name: str, path: str) -> Patterns | None:
        element = self._element(fields, name, path)
        if element is None:
            return None
        value = fields[element]
        if isinstance(value, list):
            value = [each for each in value if each is not None]  # AWS overlooks a null in a list
        return Patterns(values=self._texts(value, join_path(path, element)), negated=element != name)

    def _principals(self, fields: _Fields, path: str) -> Principals | None:
        element = self._element(fields, "Principal", path)
        if element is None:
            return None
        value, place = fields[element], join_path(path, element)
        entries = [(EVERYONE, EVERYONE)] if value == EVERYONE else []
        if not entries:
            for type, names in self._fields(value, place, _PRINCIPAL_TYPES).items():
                entries += [(type, name) for name in self._texts(names, join_path(place, type))]
        return Principals(entries=tuple(entries), negated=element != "Principal")

    def _conditions(self, block: object, path: str) -> tuple[Condition, ...]:
        conditions = []
        for operator, keys in self._fields(block, path).items():
            place = join_path(path, operator)
            values = self._fields(keys, place)
            if values and find_operator(operator) is None:
                self._refuse(place, "there is no such condition operator")
            conditions += [
                Condition(
                    operator=sys.intern(operator),
                    key=self._text(key, place),
                    values=self._condition_values(value, join_path(place, key)),
                )
                for key, value in values.items()
            ]
        return tuple(conditions)

    def _condition_values(self, value: object, path: str) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        return tuple(self._scalar(each, path) for each in values)

    def _scalar(self, value: object, path: str) -> str:
        match value:
            case bool():
                return "true" if value else "false"
            case Number(text):
                return text
            case _:
                return self._text(value, path)

    # --- what any element may be ---

    def _element(self, fields: _Fields, name: str, path: str) -> str | None:
        """Which of `name` and `Not` + `name` is there; both together are refused."""
        negated = f"Not{name}"
        if name in fields and negated in fields:
            self._refuse(f"{path}.{negated}", f"`{name}` and `{negated}` exclude each other")
        return name if name in fields else negated if negated in fields else None

    def _fields(self, value: object, path: str, known: frozenset[str] | None = None) -> _Fields:
        if not isinstance(value, dict):
            self._refuse(path, "expected an object")
            return _NOTHING
        if isinstance(value, RepeatedKeys):
            for key in value.repeated:
                self._refuse(join_path(path, key), f"`{key}` stands here more than once")
        if known is not None and not known.issuperset(value):
            for key in value:
                if key not in known:
                    self._refuse(join_path(path, key), f"unknown element: expected one of {', '.join(sorted(known))}")
            return {key: each for key, each in value.items() if key in known}
        return value

    def _optional_text(self, fields: _Fields, key: str, path: str) -> str | None:
        return self._text(fields[key], join_path(path, key)) if key in fields else None

    def _texts(self, value: object, path: str) -> tuple[str, ...]:
        """A string or a list of them."""
        if isinstance(value, list):
            return tuple(self._text(each, path, index) for index, each in enumerate(value))
        return (self._text(value, path),)

    def _text(self, value: object, path: str, index: int | None = None) -> str:
        if isinstance(value, str) and not _NO_CHARACTER.search(value):
            return value
        if index is not None:
            path = f"{path}[{index}]"
        if isinstance(value, str):
            self._refuse(path, "holds NUL or half a character")
        else:
            self._refuse(path, f"`{value.text}` is not JSON" if isinstance(value, NoJson) else "expected a string")
        return ""

    def _refuse(self, path: str, detail: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(path=path, message=SYNTAX, detail=detail))


def join_path(path: str, key: str) -> str:
    """A path one step further."""
    return f"{path}.{shown(key, _LONGEST_STEP)}" if path else shown(key, _LONGEST_STEP)


def shown(text: str, longest: int = 2048) -> str:
    """Text of a document as a problem cites it: documents may hold long ones, and problems be many."""
    return text if len(text) <= longest else f"{text[:longest]}…"
