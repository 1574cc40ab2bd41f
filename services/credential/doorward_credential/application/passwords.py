"""Passwords: set, changed, checked. What is kept is a hash, sealed, beside the log; the log knows only its id."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward_kernel.errors import EntityAlreadyExists, NoSuchEntity, PasswordPolicyViolation
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.commands import Command
from doorward_keyring.keyring import Keyring
from doorward_keyring.new_passwords import check_new_password
from doorward_keyring.password_policy import unusable_passwords
from doorward_keyring.passwords import (
    ChangePassword,
    CreateLoginProfile,
    DeleteLoginProfile,
    LoginProfile,
    SetRootPassword,
    UpdateLoginProfile,
    login_profile,
)

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.people import People, Person
from doorward_credential.application.ports import PasswordHasher
from doorward_credential.application.shapes import check_password
from doorward_credential.application.stored_secrets import StoredSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """A password that somebody is to have, and what the request calls it."""

    person: Person
    password: str = field(repr=False)
    argument: str


class Passwords:
    """Login profiles of users, and the root user's password."""

    def __init__(
        self, keyrings: Keyrings, stored: StoredSecrets, people: People, hasher: PasswordHasher, mint: Mint
    ) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._people = people
        self._hasher = hasher
        self._mint = mint

    async def create(self, person: Person, password: str, *, reset_required: bool, metadata: bytes) -> "Changed":
        """A first password. Raises EntityAlreadyExists, PasswordPolicyViolation, InvalidInput, Throttling."""
        keyring = await self._keyrings.get(_account(person))
        if person.principal_id in keyring.login_profiles:
            raise EntityAlreadyExists(f"Login Profile for user {person.name} already exists.")
        id, new = await self._hashed(keyring, NewPassword(person=person, password=password, argument="password"))
        command = CreateLoginProfile(
            principal_id=person.principal_id,
            user_name=person.name,
            password_id=id,
            password_reset_required=reset_required,
            created_at=self._mint.now(),
        )
        return await self._execute(person, command, new, metadata)

    async def update(
        self, person: Person, password: str | None, *, reset_required: bool | None, metadata: bytes
    ) -> "Changed":
        """Another password, set by somebody else than its owner. Raises NoSuchEntity, PasswordPolicyViolation."""
        keyring = await self._keyrings.get(_account(person))
        login_profile(keyring, person.principal_id, person.name)
        id: str | None = None
        new: Mapping[str, str] = {}
        if password is not None:
            id, new = await self._hashed(keyring, NewPassword(person=person, password=password, argument="password"))
        command = UpdateLoginProfile(
            principal_id=person.principal_id,
            user_name=person.name,
            password_id=id,
            password_reset_required=reset_required,
            changed_at=self._mint.now(),
        )
        return await self._execute(person, command, new, metadata)

    async def set_root(self, person: Person, password: str, *, reset_required: bool, metadata: bytes) -> "Changed":
        """The root user's password, set by the operator."""
        keyring = await self._keyrings.get(_account(person))
        id, new = await self._hashed(keyring, NewPassword(person=person, password=password, argument="password"))
        command = SetRootPassword(password_id=id, password_reset_required=reset_required, changed_at=self._mint.now())
        return await self._execute(person, command, new, metadata)

    async def change(self, person: Person, new: str, metadata: bytes, *, argument: str = "newPassword") -> "Changed":
        """The owner's own change; that the old one was known is the caller's to have checked.

        Raises PasswordPolicyViolation, also for one of the last passwords.
        """
        keyring = await self._keyrings.get(_account(person))
        if person.principal_id not in keyring.login_profiles:
            raise NoSuchEntity(f"Login Profile for User {person.name} cannot be found.")
        id, kept = await self._hashed(keyring, NewPassword(person=person, password=new, argument=argument))
        command = ChangePassword(
            principal_id=person.principal_id, user_name=person.name, password_id=id, changed_at=self._mint.now()
        )
        return await self._execute(person, command, kept, metadata)

    async def check_new(self, person: Person, new: str, argument: str) -> None:
        """Raises what `change` would, and changes nothing."""
        keyring = await self._keyrings.get(_account(person))
        await self._check(keyring, NewPassword(person=person, password=new, argument=argument))

    async def delete(self, person: Person, metadata: bytes) -> "Changed":
        """Raises NoSuchEntity."""
        command = DeleteLoginProfile(principal_id=person.principal_id, user_name=person.name)
        return await self._execute(person, command, {}, metadata)

    async def profile(self, person: Person) -> LoginProfile:
        """Raises NoSuchEntity."""
        return login_profile(await self._keyrings.get(_account(person)), person.principal_id, person.name)

    async def is_right(self, keyring: Keyring, principal_id: str, password: str) -> bool:
        """Whether it is the principal's password; the work is the same when there is none. Raises Throttling."""
        profile = keyring.login_profiles.get(principal_id)
        stored = None
        if profile is not None:
            stored = await self._stored.find(keyring.account_id, _name(profile.password_id))
        if profile is None or stored is None:
            await self._hasher.waste(password)
            return False
        verified = await self._hasher.verify(stored, password)
        if verified.ok and verified.needs_rehash:
            anew = await self._hasher.hash(password)
            await self._stored.exchange(keyring.account_id, _name(profile.password_id), stored, anew)
        return verified.ok

    async def waste(self, password: str) -> None:
        """The same work, for nobody."""
        await self._hasher.waste(password)

    async def _hashed(self, keyring: Keyring, new: NewPassword) -> tuple[str, dict[str, str]]:
        """Check a password by the account's rules; its new id, and what is to be kept for it."""
        await self._check(keyring, new)
        id = self._mint.id()
        return id, {_name(id): await self._hasher.hash(new.password)}

    async def _check(self, keyring: Keyring, new: NewPassword) -> None:
        check_password(new.password, new.argument)
        person = new.person
        policy = None if person.user is None else keyring.password_policy
        email = await self._people.root_users.email_of(keyring.account_id)
        check_new_password(
            policy, new.password, forbidden=(person.account.name, email, person.name), is_root=person.user is None
        )
        await self._check_reuse(keyring, person, new.password)

    async def _check_reuse(self, keyring: Keyring, person: Person, password: str) -> None:
        profile = keyring.login_profiles.get(person.principal_id)
        if profile is None:
            return
        policy = None if person.user is None else keyring.password_policy
        before = [_name(id) for id in unusable_passwords(profile, policy)]
        hashes = await self._stored.find_many(keyring.account_id, before)
        for stored in hashes.values():
            if (await self._hasher.verify(stored, password)).ok:
                raise PasswordPolicyViolation("Password does not conform to the account password policy.")

    async def _execute(self, person: Person, command: Command, new: Mapping[str, str], metadata: bytes) -> "Changed":
        account = _account(person)
        before = await self._keyrings.get(account)

        async def change() -> Changed:
            changed = await self._keyrings.execute(account, command, metadata)
            gone = _password_ids(before) - _password_ids(changed.account)
            await self._stored.delete(account, [_name(id) for id in sorted(gone)])
            return Changed(profile=changed.account.login_profiles.get(person.principal_id), revision=changed.revision)

        return await self._stored.keep_for(account, new, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A login profile after a change, None when it is gone."""

    profile: LoginProfile | None
    revision: Revision


def _password_ids(keyring: Keyring) -> set[str]:
    return {id for profile in keyring.login_profiles.values() for id in (profile.password_id, *profile.previous)}


def _account(person: Person) -> AccountId:
    return person.account.account_id


def _name(password_id: str) -> str:
    return f"password/{password_id}"
