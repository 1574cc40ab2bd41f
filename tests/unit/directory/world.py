"""A small account to try commands on, with ids and times that are the same in each run."""

import json
from datetime import UTC, datetime, timedelta

from doorward_directory.account import Account, CreateAccount
from doorward_directory.attachments import AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy
from doorward_directory.commands import Command, decide
from doorward_directory.events import Event, apply
from doorward_directory.groups import CreateGroup
from doorward_directory.instance_profiles import CreateInstanceProfile
from doorward_directory.membership import AddUserToGroup
from doorward_directory.oidc_providers import CreateOpenIDConnectProvider
from doorward_directory.policies import CreatePolicy, CreatePolicyVersion
from doorward_directory.principals import Foreign
from doorward_directory.quotas import Quotas
from doorward_directory.roles import CreateRole
from doorward_directory.saml_providers import CreateSAMLProvider
from doorward_directory.users import CreateUser
from doorward_kernel.ids import (
    GROUP_PREFIX,
    INSTANCE_PROFILE_PREFIX,
    POLICY_PREFIX,
    ROLE_PREFIX,
    SAML_PROVIDER_PREFIX,
    USER_PREFIX,
    AccountId,
    UniqueId,
    unique_id,
)

ACCOUNT = AccountId("123456789012")
START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def document(action: str = "s3:GetObject") -> str:
    """A policy document, with white space as people write it."""
    return f'{{"Version": "2012-10-17",\n "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}'


def policy_arn_of(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy{path}{name}"


def trusting(*names: str) -> str:
    """A trust policy that lets these assume a role."""
    statement = {"Effect": "Allow", "Principal": {"AWS": list(names)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def sharing(*names: str, effect: str = "Allow", action: str = "s3:GetObject") -> str:
    """A resource policy that lets these use a resource, or forbids it."""
    statement = {"Effect": effect, "Principal": {"AWS": list(names)}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def oidc_arn_of(url: str) -> str:
    """Of an OIDC provider; the URL is without `https://`."""
    return f"arn:aws:iam::{ACCOUNT}:oidc-provider/{url}"


def saml_arn_of(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:saml-provider/{name}"


def saml_metadata(attributes: str = "", certificate: str = "MIID" * 250, use: str = ' use="signing"') -> str:
    """The metadata of an identity provider, as short as one can be."""
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"{attributes}>'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'<KeyDescriptor{use}><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        "</IDPSSODescriptor></EntityDescriptor>"
    )


def aws_arn_of(name: str) -> str:
    """Of a policy of AWS's with its path, such as `job-function/Billing`."""
    return f"arn:aws:iam::aws:policy/{name}"


class World:
    """An account and everything that happened to it."""

    def __init__(self, quotas: Quotas | None = None) -> None:
        self.quotas = quotas or Quotas()
        self.account: Account | None = None
        self.events: list[Event] = []
        self.ids = 0
        self.do(CreateAccount(account_id=ACCOUNT, account_name="Example", created_at=self.now()))

    @property
    def state(self) -> Account:
        assert self.account is not None
        return self.account

    def now(self) -> datetime:
        return START + timedelta(minutes=len(self.events))

    def new_id(self, prefix: str) -> UniqueId:
        self.ids += 1
        return unique_id(prefix, (self.ids << 3).to_bytes(11))  # the last three bits are dropped

    def do(self, *commands: Command) -> list[Event]:
        """Obey the commands one after the other; what happened in all."""
        happened: list[Event] = []
        for command in commands:
            events = decide(self.account, command, self.quotas)
            for event in events:
                self.account = apply(self.account, event)
            happened += events
            self.events += events
        return happened

    def create_user(self, name: str, path: str = "/") -> UniqueId:
        user_id = self.new_id(USER_PREFIX)
        self.do(
            CreateUser(
                user_id=user_id, user_name=name, path=path, permissions_boundary=None, tags=(), created_at=self.now()
            )
        )
        return user_id

    def create_group(self, name: str, *members: str, path: str = "/") -> UniqueId:
        group_id = self.new_id(GROUP_PREFIX)
        self.do(CreateGroup(group_id=group_id, group_name=name, path=path, created_at=self.now()))
        self.do(*(AddUserToGroup(group_name=name, user_name=member) for member in members))
        return group_id

    def create_role(self, name: str, trust: str = "", path: str = "/", foreign: Foreign | None = None) -> UniqueId:
        role_id = self.new_id(ROLE_PREFIX)
        self.do(
            CreateRole(
                role_id=role_id,
                role_name=name,
                path=path,
                description="",
                max_session_duration=3600,
                assume_role_policy_document=trust or trusting(ACCOUNT),
                foreign=foreign or {},
                permissions_boundary=None,
                tags=(),
                created_at=self.now(),
            )
        )
        return role_id

    def create_instance_profile(self, name: str, path: str = "/") -> UniqueId:
        profile_id = self.new_id(INSTANCE_PROFILE_PREFIX)
        self.do(
            CreateInstanceProfile(
                instance_profile_id=profile_id,
                instance_profile_name=name,
                path=path,
                tags=(),
                created_at=self.now(),
            )
        )
        return profile_id

    def create_oidc_provider(self, url: str, *client_ids: str) -> None:
        """The URL is without `https://`."""
        self.do(
            CreateOpenIDConnectProvider(
                url=f"https://{url}", client_id_list=client_ids, thumbprint_list=(), tags=(), created_at=self.now()
            )
        )

    def create_saml_provider(self, name: str, metadata: str = "") -> UniqueId:
        provider_id = self.new_id(SAML_PROVIDER_PREFIX)
        self.do(
            CreateSAMLProvider(
                saml_provider_id=provider_id,
                name=name,
                saml_metadata_document=metadata or saml_metadata(),
                tags=(),
                created_at=self.now(),
            )
        )
        return provider_id

    def create_policy(self, name: str, text: str | None = None, path: str = "/", description: str = "") -> UniqueId:
        policy_id = self.new_id(POLICY_PREFIX)
        self.do(
            CreatePolicy(
                policy_id=policy_id,
                policy_name=name,
                path=path,
                description=description,
                policy_document=document() if text is None else text,
                tags=(),
                created_at=self.now(),
            )
        )
        return policy_id

    def create_version(self, policy: str, text: str | None = None, *, set_as_default: bool = False) -> list[Event]:
        return self.do(
            CreatePolicyVersion(
                policy_arn=policy_arn_of(policy),
                policy_document=document() if text is None else text,
                set_as_default=set_as_default,
                created_at=self.now(),
            )
        )

    def attach(self, policy: str, *, user: str = "", group: str = "", role: str = "") -> list[Event]:
        arn = policy_arn_of(policy)
        if user:
            return self.do(AttachUserPolicy(user_name=user, policy_arn=arn))
        if role:
            return self.do(AttachRolePolicy(role_name=role, policy_arn=arn))
        return self.do(AttachGroupPolicy(group_name=group, policy_arn=arn))

    def attach_aws(self, policy: str, *, user: str = "", group: str = "", role: str = "") -> list[Event]:
        arn = aws_arn_of(policy)
        if user:
            return self.do(AttachUserPolicy(user_name=user, policy_arn=arn))
        if role:
            return self.do(AttachRolePolicy(role_name=role, policy_arn=arn))
        return self.do(AttachGroupPolicy(group_name=group, policy_arn=arn))

    def happen(self, *events: Event) -> None:
        """What another version of the software has written into the log."""
        for event in events:
            self.account = apply(self.account, event)
        self.events += events
