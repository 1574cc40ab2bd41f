"""What proves who users are belongs to the credential service: asked where the rules of the directory depend on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorward_directory.account import Account
from doorward_directory.client_tokens import answered_before
from doorward_directory.names import name_key
from doorward_kernel.errors import DeleteConflict
from doorward_kernel.ids import AccountId, UniqueId

from doorward_identity.application.once import ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCredentials:
    """What a user has."""

    login_profile: bool
    access_keys: int
    mfa_devices: int


class Credentials(Protocol):
    """The credential service. Every method raises Unavailable when it does not answer."""

    async def of_user(self, account_id: AccountId, user_id: UniqueId) -> UserCredentials:
        """What a user has."""

    async def of_account(self, account_id: AccountId) -> Mapping[str, int]:
        """What the summary of an account tells of credentials, by AWS's names."""

    async def passwords_last_used(self, account_id: AccountId, user_ids: Sequence[UniqueId]) -> Mapping[str, float]:
        """When those who ever did last signed in with a password, in seconds since 1970."""


class NoCredentials:
    """Where there is no credential service nobody has any."""

    async def of_user(self, account_id: AccountId, user_id: UniqueId) -> UserCredentials:
        return UserCredentials(login_profile=False, access_keys=0, mfa_devices=0)

    async def of_account(self, account_id: AccountId) -> Mapping[str, int]:
        return {}

    async def passwords_last_used(self, account_id: AccountId, user_ids: Sequence[UniqueId]) -> Mapping[str, float]:
        return {}


async def check_deletable(credentials: Credentials, account: Account, user_name: str) -> None:
    """Raises DeleteConflict while the user has a password, keys or devices; Unavailable.

    A key that is made just then is of no use: its principal is gone (the credential service looks). A deletion that
    was obeyed before, under a client token, is not looked at again.
    """
    once = ONCE.get()
    user_id = account.user_ids.get(name_key(user_name))
    if user_id is None or (once is not None and answered_before(account, once) is not None):
        return
    has = await credentials.of_user(account.account_id, user_id)
    if has.login_profile:
        raise DeleteConflict("Cannot delete entity, must delete login profile first.")
    if has.access_keys:
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    if has.mfa_devices:
        raise DeleteConflict("Cannot delete entity, must deactivate MFA devices first.")
