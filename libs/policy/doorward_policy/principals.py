"""Principal and NotPrincipal compiled: whether, and how directly, a statement means a caller."""

from dataclasses import dataclass

from doorward_policy.caller import Caller, Coverage, Name, role_of_any_path
from doorward_policy.document import EVERYONE, Principals


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalMatcher:
    """The entries of a statement, looked up by the caller's names (IAM user guide, "Principal", "NotPrincipal")."""

    everyone: bool
    names: frozenset[Name]
    negated: bool
    denies: bool

    def coverage(self, caller: Caller, bounded: bool) -> Coverage:
        """How directly the statement means the caller; `bounded` says that it has a permissions boundary."""
        if self.negated:
            applies = not self._spares(caller, bounded) if self.denies else not self._lists(caller)
            return Coverage.DIRECT if applies else Coverage.NONE
        if self.everyone:
            return Coverage.DIRECT
        for name, coverage in caller.names:
            if name in self.names:
                return coverage
        return Coverage.NONE

    def _lists(self, caller: Caller) -> bool:
        return self.everyone or any(name in self.names for name, _ in caller.names)

    def _spares(self, caller: Caller, bounded: bool) -> bool:
        """A NotPrincipal with Deny must list a caller at each level, and never spares one with a boundary."""
        if bounded:
            return False
        return self.everyone or all(not self.names.isdisjoint(level) for level in caller.levels)


def compile_principals(principals: Principals, *, denies: bool) -> PrincipalMatcher:
    """Compile the entries of a statement that denies, or allows."""
    names = set(principals.entries)
    for type, name in principals.entries:
        role = role_of_any_path(name) if type == "AWS" else None
        if role is not None:
            names.add(role)
    return PrincipalMatcher(
        everyone=not names.isdisjoint({(EVERYONE, EVERYONE), ("AWS", EVERYONE)}),
        names=frozenset(names),
        negated=principals.negated,
        denies=denies,
    )
