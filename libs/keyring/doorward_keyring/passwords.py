"""Passwords: a login profile is a principal's right to sign in with one.

Events and state know a password by an id only; its digest is sealed under that id, apart from the log.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from doorward_kernel.errors import EntityAlreadyExists, NoSuchEntity

from doorward_keyring.keyring import Keyring

MOST_PREVIOUS = 24
"""Passwords that are remembered at most, beside the current one (IAM API reference, `PasswordReusePrevention`)."""

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProfileCreated:
    principal_id: str
    password_id: str
    reset_required: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged:
    """`by_owner` says whether the principal itself did it, and not an administrator."""

    principal_id: str
    password_id: str
    reset_required: bool
    changed_at: datetime
    by_owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetSet:
    """Whether the principal must give itself another password at its next sign-in; the password is the same."""

    principal_id: str
    reset_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProfileDeleted:
    principal_id: str


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProfile:
    principal_id: str
    password_id: str
    reset_required: bool
    created_at: datetime
    """Of the profile."""
    changed_at: datetime
    """Since when the password is the current one."""
    previous: tuple[str, ...]
    """The ids of the passwords before it, the latest first; at most `MOST_PREVIOUS`."""


def login_profile_created(keyring: Keyring, event: LoginProfileCreated) -> Keyring:
    profile = LoginProfile(
        principal_id=event.principal_id,
        password_id=event.password_id,
        reset_required=event.reset_required,
        created_at=event.created_at,
        changed_at=event.created_at,
        previous=(),
    )
    return _with_profile(keyring, profile)


def password_changed(keyring: Keyring, event: PasswordChanged) -> Keyring:
    profile = keyring.login_profiles[event.principal_id]
    changed = replace(
        profile,
        password_id=event.password_id,
        reset_required=event.reset_required,
        changed_at=event.changed_at,
        previous=(profile.password_id, *profile.previous)[:MOST_PREVIOUS],
    )
    return _with_profile(keyring, changed)


def password_reset_set(keyring: Keyring, event: PasswordResetSet) -> Keyring:
    profile = keyring.login_profiles[event.principal_id]
    return _with_profile(keyring, replace(profile, reset_required=event.reset_required))


def login_profile_deleted(keyring: Keyring, event: LoginProfileDeleted) -> Keyring:
    return replace(keyring, login_profiles=keyring.login_profiles.delete(event.principal_id))


def _with_profile(keyring: Keyring, profile: LoginProfile) -> Keyring:
    return replace(keyring, login_profiles=keyring.login_profiles.set(profile.principal_id, profile))


def login_profile(keyring: Keyring, principal_id: str, user_name: str) -> LoginProfile:
    """The principal's; `user_name` is for the message. Raises NoSuchEntity."""
    profile = keyring.login_profiles.get(principal_id)
    if profile is None:
        raise NoSuchEntity(f"Login Profile for User {user_name} cannot be found.")
    return profile


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLoginProfile:
    principal_id: str
    user_name: str
    password_id: str
    password_reset_required: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLoginProfile:
    """A command of an administrator. What is None stays as it is."""

    principal_id: str
    user_name: str
    password_id: str | None
    password_reset_required: bool | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """A command of the principal itself, which has shown the old one."""

    principal_id: str
    user_name: str
    password_id: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteLoginProfile:
    principal_id: str
    user_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRootPassword:
    """A command of the operator: the root user's first one, or one in place of a lost one."""

    password_id: str
    password_reset_required: bool
    changed_at: datetime


def create_login_profile(keyring: Keyring, command: CreateLoginProfile) -> list[LoginProfileCreated]:
    """Raises EntityAlreadyExists."""
    if command.principal_id in keyring.login_profiles:
        raise EntityAlreadyExists(f"Login Profile for user {command.user_name} already exists.")
    return [
        LoginProfileCreated(
            principal_id=command.principal_id,
            password_id=command.password_id,
            reset_required=command.password_reset_required,
            created_at=command.created_at,
        )
    ]


def update_login_profile(keyring: Keyring, command: UpdateLoginProfile) -> list[PasswordChanged | PasswordResetSet]:
    """Nothing when all of it is so. Raises NoSuchEntity."""
    profile = login_profile(keyring, command.principal_id, command.user_name)
    wanted = command.password_reset_required
    reset_required = profile.reset_required if wanted is None else wanted
    if command.password_id is not None and command.password_id != profile.password_id:
        return [
            PasswordChanged(
                principal_id=profile.principal_id,
                password_id=command.password_id,
                reset_required=reset_required,
                changed_at=command.changed_at,
                by_owner=False,
            )
        ]
    if reset_required == profile.reset_required:
        return []
    return [PasswordResetSet(principal_id=profile.principal_id, reset_required=reset_required)]


def change_password(keyring: Keyring, command: ChangePassword) -> list[PasswordChanged]:
    """A reset is no longer required. Nothing when it is the password. Raises NoSuchEntity."""
    profile = login_profile(keyring, command.principal_id, command.user_name)
    if profile.password_id == command.password_id:
        return []
    return [
        PasswordChanged(
            principal_id=profile.principal_id,
            password_id=command.password_id,
            reset_required=False,
            changed_at=command.changed_at,
            by_owner=True,
        )
    ]


def set_root_password(keyring: Keyring, command: SetRootPassword) -> list[LoginProfileCreated | PasswordChanged]:
    """Nothing when it is the password."""
    profile = keyring.login_profiles.get(keyring.account_id)
    if profile is None:
        return [
            LoginProfileCreated(
                principal_id=keyring.account_id,
                password_id=command.password_id,
                reset_required=command.password_reset_required,
                created_at=command.changed_at,
            )
        ]
    if profile.password_id == command.password_id:
        return []
    return [
        PasswordChanged(
            principal_id=keyring.account_id,
            password_id=command.password_id,
            reset_required=command.password_reset_required,
            changed_at=command.changed_at,
            by_owner=False,
        )
    ]


def delete_login_profile(keyring: Keyring, command: DeleteLoginProfile) -> list[LoginProfileDeleted]:
    """Raises NoSuchEntity."""
    profile = login_profile(keyring, command.principal_id, command.user_name)
    return [LoginProfileDeleted(principal_id=profile.principal_id)]
