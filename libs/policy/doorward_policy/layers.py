"""The policies that bear on a request, by kind, and the one place where what they say becomes a decision.

IAM user guide, "Policy evaluation logic".
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from doorward_policy.caller import Caller, CallerKind, Coverage
from doorward_policy.decision import Decision, Effect, Request, StatementRef
from doorward_policy.document import PolicyKind

Refs = tuple[StatementRef, ...]


class Said(NamedTuple):
    """What the policies of one kind say to a request: who denies, who allows, and how directly the most direct of
    those who allow means the caller."""

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


class Layers(NamedTuple, Generic[_S_co]):
    """What there is of each kind; None stands for none, which is not the same as policies that say nothing.

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
_OUTSIDERS = frozenset({CallerKind.ANONYMOUS, CallerKind.IDENTITY_PROVIDER, CallerKind.SERVICE})
"""They have no account and no policies: the resource's policy alone decides."""

_ALLOWED_ALWAYS = Decision(Effect.ALLOW, ())
_SILENT = {kind: Decision(Effect.IMPLICIT_DENY, (), kind) for kind in PolicyKind}


def ask(layers: Layers[Statements], asked: Request) -> Layers[Said]:
    """What each kind of policy says. SCPs that do not bind the caller are not asked."""
    identity, boundary, session, resource, scp, rcp = layers
    bounded = boundary is not None
    return Layers(
        identity.ask(asked, bounded),
        boundary.ask(asked, bounded) if boundary is not None else None,
        session.ask(asked, bounded) if session is not None else None,
        resource.ask(asked, bounded) if resource is not None else None,
        tuple(level.ask(asked, bounded) for level in scp) if scp and scps_bind(asked.caller) else (),
        tuple(level.ask(asked, bounded) for level in rcp) if rcp else (),
    )


def judge(said: Layers[Said], asked: Request) -> Decision:
    """A deny wins, then every guardrail must allow, then somebody must grant."""
    if is_always_allowed(asked):
        return _ALLOWED_ALWAYS
    refused = _refused(said, asked)
    if refused is not None:
        return refused
    if not all(level.allows for level in said.scp):
        return _SILENT[PolicyKind.SCP]
    granted = _granted(said, asked)
    if isinstance(granted, PolicyKind):
        return _SILENT[granted]
    return Decision(Effect.ALLOW, sum((level.allows for level in said.scp), granted))


def is_always_allowed(asked: Request) -> bool:
    """Whether the action needs no permission and no policy can deny it."""
    return asked.action.lower() in ALWAYS_ALLOWED


def scps_bind(caller: Caller) -> bool:
    """Whether SCPs bind the caller: all of an account but its service-linked roles (Organizations user guide)."""
    return caller.kind not in _OUTSIDERS and not caller.service_linked


def _refused(said: Layers[Said], asked: Request) -> Decision | None:
    """Step one: a matching Deny in any policy, of whatever kind."""
    due_to = None
    refs: Refs = ()
    for kind, layer in by_kind(said, asked):
        if layer.denies:
            due_to = due_to or kind
            refs += layer.denies
    return Decision(Effect.EXPLICIT_DENY, refs, due_to) if refs else None


def by_kind(said: Layers[_T], asked: Request) -> list[tuple[PolicyKind, _T]]:
    """All layers that there are, with their kinds."""
    several = [(PolicyKind.IDENTITY, said.identity)]
    for kind, layer in (
        (PolicyKind.BOUNDARY, said.boundary),
        (PolicyKind.SESSION, said.session),
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
    if caller.kind in _OUTSIDERS:
        return by_resource.allows or resource_kind(asked)
    same_account = caller.account == asked.resource_account
    if not by_resource.allows and (not same_account or _needs_resource_policy(said, asked)):
        return resource_kind(asked)
    by_caller = _granted_to_caller(said, caller.kind)
    if not isinstance(by_caller, PolicyKind):
        return by_caller + by_resource.allows
    if same_account and by_resource.coverage is Coverage.DIRECT:
        return by_resource.allows
    if same_account and by_resource.coverage is Coverage.ROLE:
        within = _limits(said.boundary, said.session)
        return within if isinstance(within, PolicyKind) else by_resource.allows + within
    return by_caller


def _granted_to_caller(said: Layers[Said], kind: CallerKind) -> Refs | PolicyKind:
    """What the caller's own policies grant: identity, within boundary and session."""
    if kind is CallerKind.FEDERATED_USER and said.session is None:
        return PolicyKind.SESSION
    if kind is CallerKind.ROOT:
        return _limits(None, said.session)
    if not said.identity.allows:
        return PolicyKind.IDENTITY
    within = _limits(said.boundary, said.session)
    return within if isinstance(within, PolicyKind) else said.identity.allows + within


def _limits(boundary: Said | None, session: Said | None) -> Refs | PolicyKind:
    """What boundary and session allow, where there are such; or which of them does not."""
    within: Refs = ()
    for kind, layer in ((PolicyKind.BOUNDARY, boundary), (PolicyKind.SESSION, session)):
        if layer is not None:
            if not layer.allows:
                return kind
            within += layer.allows
    return within


def resource_kind(asked: Request) -> PolicyKind:
    """Whether the resource's policy is a role's trust policy."""
    action = asked.action.lower()
    if action in _ASSUME_ROLE or (action in _WITH_ASSUME_ROLE and _is(asked.resource, None, "role/")):
        return PolicyKind.TRUST
    return PolicyKind.RESOURCE


def _needs_resource_policy(said: Layers[Said], asked: Request) -> bool:
    """Whether identity policies cannot grant alone: to assume a role, and to use a key that has a policy."""
    if resource_kind(asked) is PolicyKind.TRUST:
        return True
    return said.resource is not None and asked.action.lower().startswith("kms:") and _is(asked.resource, "kms", "key/")


def _is(resource: str, service: str | None, path: str) -> bool:
    parts = resource.split(":", 5)
    return len(parts) > 5 and parts[5].startswith(path) and service in {None, parts[2]}
