"""The policies that bear on a request, by kind, and the one place where what they say becomes a decision.

IAM user guide, "Policy evaluation logic".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from doorward_policy.caller import Caller, CallerKind, Coverage
from doorward_policy.decision import Decision, Effect, Request, StatementRef
from doorward_policy.document import PolicyKind

Refs = tuple[StatementRef, ...]


@dataclass(slots=True)
class Said:
    """What the policies of one kind say to a request: who denies, who allows, and how directly the most direct of
    those who allow means the caller. Never changes; not frozen, for the time that would take in every check."""

    denies: Refs
    allows: Refs
    coverage: Coverage


NOTHING = Said((), (), Coverage.NONE)


class Statements(Protocol):
    """The statements of all policies of one kind, ready to be asked; their order is that of the policies."""

    def ask(self, asked: Request, bounded: bool = False) -> Said:
        """What the statements say to the request; `bounded` says that the caller has a permissions boundary."""


_S_co = TypeVar("_S_co", covariant=True)
_T = TypeVar("_T")


@dataclass(slots=True)
class Layers(Generic[_S_co]):
    """What there is of each kind; None stands for none, which is not the same as policies that say nothing.

    Never changes; not frozen, as `Said`.

    `identity` holds a user's own policies and those of its groups, or a role's; `resource` is the resource's own
    policy, for a role its trust policy. `scp` has one entry for each level from the root to the caller's account and
    is empty outside of an organization, for a management account too; `rcp` likewise for the resource's account.
    """

    identity: _S_co
    boundary: _S_co | None = None
    session: _S_co | None = None
    resource: _S_co | None = None
    scp: tuple[_S_co, ...] = ()
    rcp: tuple[_S_co, ...] = ()

    def present(self) -> list[_S_co]:
        """Those that there are."""
        several = [self.identity]
        if self.boundary is not None:
            several.append(self.boundary)
        if self.session is not None:
            several.append(self.session)
        if self.resource is not None:
            several.append(self.resource)
        return [*several, *self.scp, *self.rcp] if self.scp or self.rcp else several

    def map(self, change: Callable[[_S_co], _T]) -> "Layers[_T]":
        """The same layers with each one changed."""
        boundary, session, resource = (
            None if layer is None else change(layer) for layer in (self.boundary, self.session, self.resource)
        )
        scp, rcp = tuple(map(change, self.scp)), tuple(map(change, self.rcp))
        return Layers(change(self.identity), boundary, session, resource, scp, rcp)


ALWAYS_ALLOWED = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
"""In lower case: what needs no permission and no policy can deny (STS API reference)."""

_ASSUME_ROLE = frozenset({"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
_WITH_ASSUME_ROLE = frozenset({"sts:setcontext", "sts:setsourceidentity", "sts:tagsession"})

_ROOT, _FEDERATED_USER = CallerKind.ROOT, CallerKind.FEDERATED_USER
_ROLE, _DIRECT = Coverage.ROLE, Coverage.DIRECT
_IDENTITY, _BOUNDARY, _SESSION = PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION
_RESOURCE, _TRUST = PolicyKind.RESOURCE, PolicyKind.TRUST
"""Names of their own: members of an enumeration take long to find."""

_ALLOWED_ALWAYS = Decision(Effect.ALLOW, ())
_SILENT = {kind: Decision(Effect.IMPLICIT_DENY, (), kind) for kind in PolicyKind}


def ask(layers: Layers[Statements], asked: Request) -> Layers[Said]:
    """What each kind of policy says. SCPs that do not bind the caller are not asked."""
    boundary, session, resource = layers.boundary, layers.session, layers.resource
    bounded = boundary is not None
    return Layers(
        layers.identity.ask(asked, bounded),
        None if boundary is None else boundary.ask(asked, bounded),
        None if session is None else session.ask(asked, bounded),
        None if resource is None else resource.ask(asked, bounded),
        tuple([level.ask(asked, bounded) for level in layers.scp]) if layers.scp and scps_bind(asked.caller) else (),
        tuple([level.ask(asked, bounded) for level in layers.rcp]) if layers.rcp else (),
    )


def judge(said: Layers[Said], asked: Request) -> Decision:
    """A deny wins, then every guardrail must allow, then somebody must grant."""
    if is_always_allowed(asked):
        return _ALLOWED_ALWAYS
    refused = _refused(said, asked)
    if refused is not None:
        return refused
    for level in said.scp:
        if not level.allows:
            return _SILENT[PolicyKind.SCP]
    granted = _granted(said, asked)
    if not isinstance(granted, tuple):
        return _SILENT[granted]
    for level in said.scp:
        granted += level.allows
    return Decision(Effect.ALLOW, granted)


def is_always_allowed(asked: Request) -> bool:
    """Whether the action needs no permission and no policy can deny it."""
    return has_own_rules(asked.action) and asked.action.lower() in ALWAYS_ALLOWED


def has_own_rules(raw_action: str) -> bool:
    """Whether more than the caller's policies decides about an action: to assume a role its trust policy does, and
    some need no permission."""
    return raw_action[:4].lower() == "sts:"


def scps_bind(caller: Caller) -> bool:
    """Whether SCPs bind the caller: all of an account but its service-linked roles (Organizations user guide)."""
    return bool(caller.account) and not caller.service_linked


def _refused(said: Layers[Said], asked: Request) -> Decision | None:
    """Step one: a matching Deny in any policy, of whatever kind."""
    if not any(layer.denies for layer in said.present()):
        return None
    denying = [(kind, layer.denies) for kind, layer in by_kind(said, asked) if layer.denies]
    return Decision(Effect.EXPLICIT_DENY, tuple(ref for _, refs in denying for ref in refs), denying[0][0])


def by_kind(said: Layers[_T], asked: Request) -> list[tuple[PolicyKind, _T]]:
    """All layers that there are, with their kinds."""
    several = [(_IDENTITY, said.identity)]
    for kind, layer in (
        (_BOUNDARY, said.boundary),
        (_SESSION, said.session),
        (resource_kind(asked), said.resource),
    ):
        if layer is not None:
            several.append((kind, layer))
    several += [(PolicyKind.SCP, level) for level in said.scp]
    several += [(PolicyKind.RCP, level) for level in said.rcp]
    return several


def _granted(said: Layers[Said], asked: Request) -> Refs | PolicyKind:
    """The statements that grant, or the kind of policy that should have and does not. RCPs grant by themselves:
    the one that allows everything is always attached."""
    caller = asked.caller
    by_resource = said.resource or NOTHING
    if not caller.account:  # no policies of its own either: the resource's policy alone decides
        return by_resource.allows or resource_kind(asked)
    same_account = caller.account == asked.resource_account
    if not by_resource.allows and (not same_account or _needs_resource_policy(said, asked)):
        return resource_kind(asked)
    by_caller = _granted_to_caller(said, caller.kind)
    if isinstance(by_caller, tuple):
        return by_caller + by_resource.allows
    if same_account and by_resource.coverage is _DIRECT:
        return by_resource.allows
    if same_account and by_resource.coverage is _ROLE:
        within = _limits(said.boundary, said.session)
        return by_resource.allows + within if isinstance(within, tuple) else within
    return by_caller


def _granted_to_caller(said: Layers[Said], kind: CallerKind) -> Refs | PolicyKind:
    """What the caller's own policies grant: identity, within boundary and session."""
    if kind is _FEDERATED_USER and said.session is None:
        return _SESSION
    if kind is _ROOT:
        return _limits(None, said.session)
    if not said.identity.allows:
        return _IDENTITY
    within = _limits(said.boundary, said.session)
    return said.identity.allows + within if isinstance(within, tuple) else within


def _limits(boundary: Said | None, session: Said | None) -> Refs | PolicyKind:
    """What boundary and session allow, where there are such; or which of them does not."""
    within: Refs = ()
    if boundary is not None:
        if not boundary.allows:
            return _BOUNDARY
        within = boundary.allows
    if session is not None:
        if not session.allows:
            return _SESSION
        within += session.allows
    return within


def resource_kind(asked: Request) -> PolicyKind:
    """Whether the resource's policy is a role's trust policy."""
    if not has_own_rules(asked.action):
        return _RESOURCE
    action = asked.action.lower()
    if action in _ASSUME_ROLE or (action in _WITH_ASSUME_ROLE and _is(asked.resource, None, "role/")):
        return _TRUST
    return _RESOURCE


def _needs_resource_policy(said: Layers[Said], asked: Request) -> bool:
    """Whether identity policies cannot grant alone: to assume a role, and to use a key that has a policy."""
    if resource_kind(asked) is _TRUST:
        return True
    return said.resource is not None and asked.action.lower().startswith("kms:") and _is(asked.resource, "kms", "key/")


def _is(resource: str, service: str | None, path: str) -> bool:
    parts = resource.split(":", 5)
    return len(parts) > 5 and parts[5].startswith(path) and service in {None, parts[2]}
