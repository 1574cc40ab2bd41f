"""Programs: what the policies of a principal come to, compiled once and shared by all who have the same."""

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

from doorward_decision.application.recent import Recent

MOST_POLICIES = 50_000
MOST_PROGRAMS = 20_000


class Programs:
    """Compiles policies and keeps the result by what it was compiled from, so that nothing can be out of date."""

    def __init__(self) -> None:
        self._policies: Recent[tuple[PolicyKind, PolicyKey], CompiledPolicy] = Recent(MOST_POLICIES)
        self._programs: Recent[tuple[PolicyKind, tuple[PolicyInForce, ...]], Program] = Recent(MOST_PROGRAMS)

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
