"""The account's password policy: how passwords must be, how long they hold, which cannot be used again.

(IAM user guide, "Set an account password policy for IAM users"; API reference, UpdateAccountPasswordPolicy.)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doorward_kernel.errors import NoSuchEntity
from doorward_kernel.names import check_number

from doorward_keyring.keyring import Keyring
from doorward_keyring.passwords import LoginProfile

SHORTEST_OF_POLICY, LONGEST_PASSWORD = 6, 128
"""Characters that a policy may ask for at least, and that any password may have."""

MOST_DAYS = 1095
MOST_REMEMBERED = 24

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicySet:
    """All of it, whatever was before; as `PasswordPolicy`."""

    minimum_password_length: int
    require_symbols: bool
    require_numbers: bool
    require_uppercase_characters: bool
    require_lowercase_characters: bool
    allow_users_to_change_password: bool
    max_password_age: int | None
    password_reuse_prevention: int | None
    hard_expiry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicyDeleted:
    """The default holds again."""


# --- state, and how events change it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """With AWS's defaults for what a policy does not say. It does not hold for the root user."""

    minimum_password_length: int = SHORTEST_OF_POLICY
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase_characters: bool = False
    require_lowercase_characters: bool = False
    allow_users_to_change_password: bool = False
    max_password_age: int | None = None
    """Days; None when passwords do not expire."""
    password_reuse_prevention: int | None = None
    """The last passwords, the current one among them, that cannot be used again; None when all can."""
    hard_expiry: bool = False
    """Whether only an administrator can give a password in place of one that has expired."""

    @property
    def expire_passwords(self) -> bool:
        return self.max_password_age is not None


def password_policy_set(keyring: Keyring, event: PasswordPolicySet) -> Keyring:
    policy = PasswordPolicy(
        minimum_password_length=event.minimum_password_length,
        require_symbols=event.require_symbols,
        require_numbers=event.require_numbers,
        require_uppercase_characters=event.require_uppercase_characters,
        require_lowercase_characters=event.require_lowercase_characters,
        allow_users_to_change_password=event.allow_users_to_change_password,
        max_password_age=event.max_password_age,
        password_reuse_prevention=event.password_reuse_prevention,
        hard_expiry=event.hard_expiry,
    )
    return replace(keyring, password_policy=policy)


def password_policy_deleted(keyring: Keyring, _event: PasswordPolicyDeleted) -> Keyring:
    return replace(keyring, password_policy=None)


def account_password_policy(keyring: Keyring) -> PasswordPolicy:
    """The account's own. Raises NoSuchEntity."""
    if keyring.password_policy is None:
        raise NoSuchEntity(f"The Password Policy with domain name {keyring.account_id} cannot be found.")
    return keyring.password_policy


def password_expires_at(profile: LoginProfile, policy: PasswordPolicy | None) -> datetime | None:
    """When the current password expires, or has; None when it never does.

    A change of the policy counts at once. The policy must be None for the root user.
    """
    if policy is None or policy.max_password_age is None:
        return None
    return profile.changed_at + timedelta(days=policy.max_password_age)


def is_expired(profile: LoginProfile, policy: PasswordPolicy | None, now: datetime) -> bool:
    expires_at = password_expires_at(profile, policy)
    return expires_at is not None and now >= expires_at


def may_replace_expired(policy: PasswordPolicy | None) -> bool:
    """Whether a user whose password has expired may give itself another one at sign-in."""
    return policy is None or not policy.hard_expiry


def may_change_password(policy: PasswordPolicy | None) -> bool:
    """Whether users may change their own password without a permission of their own (`iam:ChangePassword`)."""
    return policy is not None and policy.allow_users_to_change_password


def reuse_depth(policy: PasswordPolicy | None) -> int:
    """How many of the last passwords, the current one among them, cannot be used again; 0 when all can."""
    return 0 if policy is None else policy.password_reuse_prevention or 0


def unusable_passwords(profile: LoginProfile, policy: PasswordPolicy | None) -> tuple[str, ...]:
    """The ids of the passwords that the new one must differ from, the current one first."""
    return (profile.password_id, *profile.previous)[: reuse_depth(policy)]


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAccountPasswordPolicy:
    """Replaces all: what a caller does not name gets AWS's default."""

    policy: PasswordPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccountPasswordPolicy:
    pass


def update_account_password_policy(keyring: Keyring, command: UpdateAccountPasswordPolicy) -> list[PasswordPolicySet]:
    """Nothing when it is the policy. Raises InvalidInput for a number out of bounds."""
    policy = command.policy
    check_number(policy.minimum_password_length, "minimumPasswordLength", SHORTEST_OF_POLICY, LONGEST_PASSWORD)
    if policy.max_password_age is not None:
        check_number(policy.max_password_age, "maxPasswordAge", 1, MOST_DAYS)
    if policy.password_reuse_prevention is not None:
        check_number(policy.password_reuse_prevention, "passwordReusePrevention", 1, MOST_REMEMBERED)
    if policy == keyring.password_policy:
        return []
    return [
        PasswordPolicySet(
            minimum_password_length=policy.minimum_password_length,
            require_symbols=policy.require_symbols,
            require_numbers=policy.require_numbers,
            require_uppercase_characters=policy.require_uppercase_characters,
            require_lowercase_characters=policy.require_lowercase_characters,
            allow_users_to_change_password=policy.allow_users_to_change_password,
            max_password_age=policy.max_password_age,
            password_reuse_prevention=policy.password_reuse_prevention,
            hard_expiry=policy.hard_expiry,
        )
    ]


def delete_account_password_policy(
    keyring: Keyring, _command: DeleteAccountPasswordPolicy
) -> list[PasswordPolicyDeleted]:
    """Raises NoSuchEntity."""
    account_password_policy(keyring)
    return [PasswordPolicyDeleted()]
