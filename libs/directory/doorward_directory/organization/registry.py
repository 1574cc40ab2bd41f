"""What is unique over all accounts: their aliases, and the e-mail addresses of their root users (IAM user guide, "Your
AWS account ID and its alias"; AWS Account Management reference, "Update the root user email address")."""

import re
from dataclasses import dataclass, replace

from doorward_kernel.errors import EntityAlreadyExists, InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId

from doorward_directory.organization.state import Organization, member_id, member_of, with_member

_ALIAS = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]", re.ASCII)
_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)

# --- events: what happened; the stored form, so change with care ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAliasCreated:
    account_id: AccountId
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAliasDeleted:
    account_id: AccountId
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootEmailSet:
    """In place of the one that the account had. Who has not the account's data key reads neither from it; the digest
    only tells, to who has the installation's key, whether two addresses are the same."""

    account_id: AccountId
    root_email: str
    root_email_digest: str


# --- state, and how events change it ---


def account_alias_created(organization: Organization, event: AccountAliasCreated) -> Organization:
    member = replace(member_of(organization, event.account_id), alias=event.alias)
    changed = replace(organization, aliases=organization.aliases.set(event.alias, event.account_id))
    return with_member(changed, member)


def account_alias_deleted(organization: Organization, event: AccountAliasDeleted) -> Organization:
    member = replace(organization.members[event.account_id], alias="")
    return with_member(replace(organization, aliases=organization.aliases.delete(event.alias)), member)


def root_email_set(organization: Organization, event: RootEmailSet) -> Organization:
    before = member_of(organization, event.account_id)
    emails = organization.root_emails
    if before.root_email_digest:
        emails = emails.delete(before.root_email_digest)
    member = replace(before, root_email=event.root_email, root_email_digest=event.root_email_digest)
    changed = replace(organization, root_emails=emails.set(event.root_email_digest, event.account_id))
    return with_member(changed, member)


# --- decisions: what may happen, and what then has happened ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccountAlias:
    """Of an account that exists."""

    account_id: AccountId
    account_alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccountAlias:
    account_id: AccountId
    account_alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRootEmail:
    """Of an account that exists, or, when it is its `first`, is about to. The address is already sealed; equal ones
    have equal digests."""

    account_id: AccountId
    root_email: str
    root_email_digest: str
    first: bool


def create_account_alias(
    organization: Organization, command: CreateAccountAlias
) -> list[AccountAliasDeleted | AccountAliasCreated]:
    """In place of the one that the account had, as with AWS; nothing when it has it.

    Raises EntityAlreadyExists when another account has it, InvalidInput.
    """
    member = member_of(organization, member_id(command.account_id))
    check_alias(command.account_alias)
    owner = organization.aliases.get(command.account_alias)
    if owner == member.account_id:
        return []
    if owner is not None:
        raise EntityAlreadyExists(f"The account alias {command.account_alias} already exists.")
    created = AccountAliasCreated(account_id=member.account_id, alias=command.account_alias)
    if not member.alias:
        return [created]
    return [AccountAliasDeleted(account_id=member.account_id, alias=member.alias), created]


def delete_account_alias(organization: Organization, command: DeleteAccountAlias) -> list[AccountAliasDeleted]:
    """Raises NoSuchEntity when the account has not this alias, InvalidInput."""
    check_alias(command.account_alias)
    if organization.aliases.get(command.account_alias) != command.account_id:
        raise NoSuchEntity(f"The Account Alias {command.account_alias} does not exist.")
    return [AccountAliasDeleted(account_id=command.account_id, alias=command.account_alias)]


def set_root_email(organization: Organization, command: SetRootEmail) -> list[RootEmailSet]:
    """Nothing when the account has this address. Raises EntityAlreadyExists when another one has, InvalidInput."""
    member = member_of(organization, member_id(command.account_id))
    owner = organization.root_emails.get(command.root_email_digest)
    if owner == member.account_id:
        return []
    if owner is not None:
        raise EntityAlreadyExists("the e-mail address belongs to the root user of another account")
    if command.first and member.root_email_digest:
        raise EntityAlreadyExists(f"account `{member.account_id}` is being created with another e-mail address")
    return [
        RootEmailSet(
            account_id=member.account_id,
            root_email=command.root_email,
            root_email_digest=command.root_email_digest,
        )
    ]


def check_alias(alias: str) -> None:
    """Raises InvalidInput unless it is an alias: 3 to 63 lower-case letters, digits and single hyphens, not at its
    ends, and no account id."""
    if not 3 <= len(alias) <= 63:
        bound = "greater than or equal to 3" if len(alias) < 3 else "less than or equal to 63"
        raise InvalidInput(
            f"1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    if not _ALIAS.fullmatch(alias) or _ACCOUNT_ID.fullmatch(alias):
        raise InvalidInput(
            "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$, and be no account id"
        )
