"""Long-term access keys: the secret is shown once, and kept sealed, for signatures are verified with it."""

from dataclasses import dataclass, field

from doorward_eventlog.last_used import LastUsed, LastUses
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId, UniqueId, account_of_access_key
from doorward_kernel.revision import Revision
from doorward_keyring.access_keys import (
    AccessKey,
    AccessKeyStatus,
    CreateAccessKey,
    DeleteAccessKey,
    UpdateAccessKey,
    access_keys_of,
    create_access_key,
)

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.people import People, Person, person
from doorward_credential.application.stored_secrets import StoredSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccessKey:
    """A key that was just made, with its secret."""

    key: AccessKey
    secret_access_key: str = field(repr=False)
    revision: Revision


class AccessKeys:
    """Keys of users and root users."""

    def __init__(self, keyrings: Keyrings, stored: StoredSecrets, people: People, uses: LastUses, mint: Mint) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._people = people
        self._uses = uses
        self._mint = mint

    async def create(self, owner: Person, metadata: bytes) -> NewAccessKey:
        """Raises LimitExceeded when there are two already."""
        account = owner.account.account_id
        id, secret = self._mint.access_key_id(account), self._mint.secret_access_key()
        command = CreateAccessKey(access_key_id=id, principal_id=owner.principal_id, created_at=self._mint.now())
        create_access_key(await self._keyrings.get(account), command)
        changed = await self._stored.keep_for(
            account, {secret_name(id): secret}, lambda: self._keyrings.execute(account, command, metadata)
        )
        return NewAccessKey(key=changed.account.access_keys[id], secret_access_key=secret, revision=changed.revision)

    async def update(self, owner: Person, access_key_id: str, status: str, metadata: bytes) -> Revision:
        """`Active` or `Inactive`. Raises InvalidInput, NoSuchEntity."""
        command = UpdateAccessKey(access_key_id=access_key_id, principal_id=owner.principal_id, status=_status(status))
        return (await self._keyrings.execute(owner.account.account_id, command, metadata)).revision

    async def delete(self, owner: Person, access_key_id: str, metadata: bytes) -> Revision:
        """Raises NoSuchEntity."""
        command = DeleteAccessKey(access_key_id=access_key_id, principal_id=owner.principal_id)
        changed = await self._keyrings.execute(owner.account.account_id, command, metadata)
        await self._stored.delete(owner.account.account_id, [secret_name(access_key_id)])
        return changed.revision

    async def of(self, owner: Person) -> list[AccessKey]:
        """All keys of a person, by id."""
        return access_keys_of(await self._keyrings.get(owner.account.account_id), owner.principal_id)

    async def owner_of(self, account: AccountId, access_key_id: str) -> Person:
        """Whose key it is. Raises NoSuchEntity for a key that is not there, or another account's."""
        keyring = await self._keyrings.get(account)
        key = keyring.access_keys.get(access_key_id)
        found = None if key is None else person(await self._people.account(account, latest=True), key.principal_id)
        if found is None:
            raise NoSuchEntity(f"The Access Key with id {access_key_id[:128]} cannot be found.")
        return found

    async def last_used(self, account: AccountId, access_key_id: str) -> LastUsed | None:
        """None when it was never used."""
        return (await self._uses.last_used(account, {UniqueId(access_key_id)})).get(UniqueId(access_key_id))


def _status(text: str) -> AccessKeyStatus:
    try:
        return AccessKeyStatus(text)
    except ValueError:
        raise InvalidInput(
            f"1 validation error detected: Value '{text[:64]}' at 'status' failed to satisfy constraint: Member must "
            "satisfy enum value set: [Active, Inactive]"
        ) from None


def account_in(access_key_id: str) -> AccountId:
    """The account that a key id carries, whether or not there is such a key (STS API reference, GetAccessKeyInfo).

    Raises InvalidInput when it is no key id.
    """
    return account_of_access_key(access_key_id)


def secret_name(access_key_id: str) -> str:
    """What the secret of a key is kept under."""
    return f"access-key/{access_key_id}"
