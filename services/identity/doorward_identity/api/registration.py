"""What the identity service serves."""

from collections.abc import Callable, Sequence

from doorward.identity.v1.identity_service_pb2 import DESCRIPTOR as IDENTITY
from doorward.identity.v1.identity_service_pb2_grpc import add_IdentityServiceServicer_to_server
from doorward.identity.v1.log_service_pb2 import DESCRIPTOR as LOG
from doorward.identity.v1.log_service_pb2_grpc import add_LogServiceServicer_to_server
from doorward.identity.v1.organization_service_pb2 import DESCRIPTOR as ORGANIZATION
from doorward.identity.v1.organization_service_pb2_grpc import add_OrganizationServiceServicer_to_server
from doorward_eventlog.last_used import LastUses
from doorward_eventlog.log import EventLog
from doorward_runtime.rpc.server import Register, bound
from doorward_sealing.vault import Vault

from doorward_identity.api.identity_service import IdentityServicer
from doorward_identity.api.log_service import log_servicer
from doorward_identity.api.organization_service import OrganizationServicer
from doorward_identity.application.account_events import AccountEvents
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.credentials import Credentials, NoCredentials
from doorward_identity.application.last_used import UsesOfEntities
from doorward_identity.application.minting import Mint
from doorward_identity.application.organizations import Organizations
from doorward_identity.application.past_accounts import PastAccounts
from doorward_identity.application.root_users import RootUsers

SERVICES: Sequence[str] = tuple(
    service.full_name for file in (IDENTITY, ORGANIZATION, LOG) for service in file.services_by_name.values()
)
"""Full names, for health and reflection."""


def registrations(
    accounts: Accounts,
    log: EventLog,
    last_uses: LastUses,
    vault: Vault,
    mint: Mint,
    stopping: Callable[[], bool],
    credentials: Credentials | None = None,
) -> Sequence[Register]:
    """The servicers, ready to be added to a server; readers that stay are sent away once `stopping` says so."""
    uses = UsesOfEntities(last_uses, accounts)
    organizations = Organizations(accounts)
    past = AccountEvents(log, accounts), PastAccounts(log, accounts)
    root_users = RootUsers(organizations, vault)
    identity = IdentityServicer(accounts, mint, uses, root_users, credentials or NoCredentials(), *past)
    tree = OrganizationServicer(organizations, mint, root_users.fingerprint)
    return (
        bound(add_IdentityServiceServicer_to_server, identity),
        bound(add_OrganizationServiceServicer_to_server, tree),
        bound(add_LogServiceServicer_to_server, log_servicer(log, accounts, stopping)),
    )
