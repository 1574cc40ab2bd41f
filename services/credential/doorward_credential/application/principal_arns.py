"""What principals are called, for permissions on them: as this process's replica of the identity log has them."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from doorward_directory.entity_arns import entity_arn
from doorward_directory.principals import principal_arn
from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.ids import AccountId

from doorward_credential.application.key_rotation import KeyRotation
from doorward_credential.application.people import People


class PrincipalArns:
    """Looks up ARNs, as new as the identity log is."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def arn(self, account: AccountId, kind: str, name: str) -> str | None:
        """The ARN of a `user` or `role` by its name; None when there is none."""
        try:
            return entity_arn(await self._people.account(account, latest=True), kind, name)
        except NoSuchEntity:
            return None

    async def principal(self, account: AccountId, principal_id: str) -> str | None:
        """The ARN of the user or role with that unique id; None when there is none."""
        try:
            return principal_arn(await self._people.account(account, latest=True), principal_id)
        except NoSuchEntity:
            return None


class OwnKeys:
    """The keys of passports, for the service that makes them."""

    def __init__(self, keys: KeyRotation) -> None:
        self._keys = keys

    async def fetch(self) -> Mapping[str, Ed25519PublicKey]:
        """All that count now."""
        return {key.kid: Ed25519PublicKey.from_public_bytes(key.public_key) for key in self._keys.public()}
