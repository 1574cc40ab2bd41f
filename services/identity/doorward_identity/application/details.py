"""Everything that an account holds, in pieces that fit into pages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from string import ascii_lowercase
from typing import Any, TypeAlias

from doorward_directory.account import Account
from doorward_directory.aws_policies import policy_key
from doorward_directory.groups import Group
from doorward_directory.instance_profiles import InstanceProfile
from doorward_directory.names import name_key
from doorward_directory.oidc_providers import OidcProvider
from doorward_directory.organization.state import Member, OrganizationPolicy, Unit
from doorward_directory.policies import ManagedPolicy
from doorward_directory.resource_policies import ResourcePolicy
from doorward_directory.roles import Role
from doorward_directory.saml_providers import SamlProvider
from doorward_directory.users import User
from doorward_kernel.paging import Page

PIECE_BYTES = 512 * 1024
"""Documents in one piece; only a single one that is larger makes a larger piece."""

PAGE_BYTES = 1024 * 1024
"""A page is ended before its pieces are larger than this together; only a single one may be."""

OrganizationThing: TypeAlias = Unit | OrganizationPolicy | Member
AccountThing: TypeAlias = User | Group | Role | ManagedPolicy | ResourcePolicy | InstanceProfile
Provider: TypeAlias = OidcProvider | SamlProvider
Thing: TypeAlias = AccountThing | Provider | OrganizationThing


def _by_name(thing: User | Group | Role | InstanceProfile | SamlProvider) -> str:
    return name_key(thing.name)


_KEYS: Mapping[type[Any], Callable[[Any], str]] = {
    User: _by_name,
    Group: _by_name,
    Role: _by_name,
    ManagedPolicy: policy_key,
    ResourcePolicy: attrgetter("resource_arn"),
    InstanceProfile: _by_name,
    OidcProvider: attrgetter("provider_url"),
    SamlProvider: _by_name,
    Unit: attrgetter("unit_id"),
    OrganizationPolicy: attrgetter("organization_policy_id"),
    Member: attrgetter("account_id"),
}
"""What things of a kind are sorted by."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A thing with its documents from `start` up to `stop`: inline policies by name, or versions by number.

    They are all of them unless there are too many for one message.
    """

    thing: Thing
    start: int
    stop: int


def details(account: Account, after: str, limit: int, wanted: Callable[[Thing], bool] = lambda _: True) -> Page[Piece]:
    """At most `limit` pieces, of what is `wanted`, after those of a page that had the marker `after`; the empty one is
    before everything.

    Users come first, then groups, roles, managed policies, each by name ignoring case, then resource policies by ARN,
    then instance profiles by name, OIDC providers by URL, SAML providers by name; of the organization its units,
    policies and accounts, by id.
    """
    found: list[Piece] = []
    last, total = "", 0
    for key, piece, size in _pieces(account, after, wanted):
        if len(found) == limit or (found and total + size > PAGE_BYTES):
            return Page(found, last)
        found.append(piece)
        last, total = key, total + size
    return Page(found, "")


def by_name(inline: Mapping[str, str]) -> list[tuple[str, str]]:
    """Inline policies, name and document, in the order in which pieces count them."""
    return sorted(inline.items())


def _pieces(account: Account, after: str, wanted: Callable[[Thing], bool]) -> Iterator[tuple[str, Piece, int]]:
    """Each piece behind the key `after`, with its own key and about its size in bytes, in the order of the keys."""
    for key, thing in _things(account, wanted):
        if (
            key < after.partition(" ")[0]
        ):  # no name or ARN holds a space, so that keys of pieces sort as those of things
            continue
        for number, (start, stop, size) in enumerate(_cut(_texts(thing))):
            piece_key = f"{key} {number:04d}"
            if piece_key > after:
                yield piece_key, Piece(thing, start, stop), size + _fixed_bytes(thing)


def _things(account: Account, wanted: Callable[[Thing], bool]) -> Iterator[tuple[str, Thing]]:
    kinds: tuple[Iterable[Thing], ...] = (
        account.users.values(),
        account.groups.values(),
        account.roles.values(),
        account.policies.values(),
        account.resource_policies.values(),
        account.instance_profiles.values(),
        account.oidc_providers.values(),
        account.saml_providers.values(),
        *_of_organization(account),
    )
    for kind, things in zip(ascii_lowercase, kinds, strict=False):
        yield from sorted(((f"{kind}{_key(each)}", each) for each in things if wanted(each)), key=itemgetter(0))


def _of_organization(account: Account) -> tuple[Iterable[OrganizationThing], ...]:
    organization = account.organization
    if organization is None:
        return ()
    return organization.units.values(), organization.policies.values(), organization.members.values()


def _key(thing: Thing) -> str:
    return _KEYS[type(thing)](thing)


def _texts(thing: Thing) -> list[str]:
    if isinstance(thing, ManagedPolicy):
        return [version.document for version in thing.versions]
    if isinstance(thing, ResourcePolicy | OrganizationPolicy):
        return [thing.document]
    if isinstance(thing, SamlProvider):
        return [thing.metadata]
    if isinstance(thing, InstanceProfile | OidcProvider | Unit | Member):
        return []
    return [document for _, document in by_name(thing.inline)]


def _cut(texts: list[str]) -> Iterator[tuple[int, int, int]]:
    """Runs of texts of about PIECE_BYTES, at least one: where each starts and stops, and its bytes."""
    start, size = 0, 0
    for index, text in enumerate(texts):
        more = len(text.encode())
        if index > start and size + more > PIECE_BYTES:
            yield start, index, size
            start, size = index, 0
        size += more
    yield start, len(texts), size


def _fixed_bytes(thing: Thing) -> int:
    """About the most that a thing needs besides its documents: ARNs, whose paths have at most 512 characters, tags."""
    if isinstance(thing, ResourcePolicy):
        return 2000 + 700 * len(thing.principals)
    if isinstance(thing, Unit | OrganizationPolicy | Member):
        return 2000
    if isinstance(thing, InstanceProfile | SamlProvider):
        return 2000 + 800 * len(thing.tags)
    if isinstance(thing, OidcProvider):
        return 2000 + 800 * len(thing.tags) + sum(len(each.encode()) for each in thing.client_id_list)
    if isinstance(thing, ManagedPolicy):
        return 2000 + len(thing.description) + 800 * len(thing.tags)
    size = 1500 + 800 * len(thing.attached)
    if isinstance(thing, User):
        size += 130 * len(thing.groups) + 800 * len(thing.tags)
    elif isinstance(thing, Role):
        size += len(thing.description) + len(thing.trust_policy) + 700 * len(thing.principals) + 800 * len(thing.tags)
    return size
