"""Programs: what the policies of a principal come to, compiled once and shared by all who have the same."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from doorward_directory.effective import PolicyInForce, PolicyKey
from doorward_kernel.errors import MalformedPolicyDocument, Unavailable
from doorward_policy import (
    CompiledPolicy,
    NamedPolicy,
    PolicyKind,
    Program,
    compile_policy,
    compile_program,
    parse_policy,
)

MOST_POLICIES = 50_000
MOST_PROGRAMS = 20_000

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Programs:
    """Compiles policies and keeps the result by what it was compiled from, so that nothing can be out of date."""

    def __init__(self) -> None:
        self._policies: _Recent[tuple[PolicyKind, PolicyKey], CompiledPolicy] = _Recent(MOST_POLICIES)
        self._programs: _Recent[tuple[PolicyKind, tuple[PolicyInForce, ...]], Program] = _Recent(MOST_PROGRAMS)

    def program(self, policies: tuple[PolicyInForce, ...], kind: PolicyKind = PolicyKind.IDENTITY) -> Program:
        """The program of these policies. Raises Unavailable when one of them cannot be compiled."""
        found = self._programs.get((kind, policies))
        if found is None:
            found = compile_program([self._compiled(policy, kind) for policy in policies])
            self._programs.put((kind, policies), found)
        return found

    def _compiled(self, policy: PolicyInForce, kind: PolicyKind) -> CompiledPolicy:
        found = self._policies.get((kind, policy.key))
        if found is None:
            try:
                named = NamedPolicy(name=policy.name, policy=parse_policy(policy.document, kind))
            except MalformedPolicyDocument as error:
                raise Unavailable(f"policy `{policy.name}` cannot be compiled: {error}") from error
            found = compile_policy(named)
            self._policies.put((kind, policy.key), found)
        return found


class _Recent(Generic[_Key, _Value]):
    """A bounded map that forgets what was not used for longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[_Key, _Value] = OrderedDict()

    def get(self, key: _Key) -> _Value | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: _Key, value: _Value) -> None:
        self._entries[key] = value
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
