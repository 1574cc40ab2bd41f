"""The account's password policy."""

from typing import Any

from doorward.credential.v1 import password_policies_pb2 as pb
from doorward_keyring.password_policy import (
    DeleteAccountPasswordPolicy,
    PasswordPolicy,
    UpdateAccountPasswordPolicy,
    account_password_policy,
)
from doorward_runtime.rpc.call import CALL

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.people import People

_SWITCHES = (
    "require_symbols",
    "require_numbers",
    "require_uppercase_characters",
    "require_lowercase_characters",
    "allow_users_to_change_password",
    "hard_expiry",
)
_NUMBERS = ("minimum_password_length", "max_password_age", "password_reuse_prevention")


class PasswordPolicyMethods:
    _keyrings: Keyrings
    _people: People

    async def UpdateAccountPasswordPolicy(
        self, request: pb.UpdateAccountPasswordPolicyRequest, _context: object
    ) -> pb.UpdateAccountPasswordPolicyResponse:
        call = CALL.get()
        await self._people.account(call.account, latest=True)
        given: dict[str, Any] = {name: getattr(request, name) for name in _SWITCHES}
        given |= {field.name: value for field, value in request.ListFields() if field.name in _NUMBERS}
        command = UpdateAccountPasswordPolicy(policy=PasswordPolicy(**given))
        changed = await self._keyrings.execute(call.account, command, call.event_metadata())
        return pb.UpdateAccountPasswordPolicyResponse(revision=str(changed.revision))

    async def GetAccountPasswordPolicy(
        self, _request: pb.GetAccountPasswordPolicyRequest, _context: object
    ) -> pb.GetAccountPasswordPolicyResponse:
        policy = account_password_policy(await self._keyrings.get(CALL.get().account))
        shown: dict[str, Any] = {name: getattr(policy, name) for name in _SWITCHES}
        shown |= {name: getattr(policy, name) or 0 for name in _NUMBERS}
        return pb.GetAccountPasswordPolicyResponse(
            password_policy=pb.PasswordPolicy(expire_passwords=policy.expire_passwords, **shown)
        )

    async def DeleteAccountPasswordPolicy(
        self, _request: pb.DeleteAccountPasswordPolicyRequest, _context: object
    ) -> pb.DeleteAccountPasswordPolicyResponse:
        call = CALL.get()
        changed = await self._keyrings.execute(call.account, DeleteAccountPasswordPolicy(), call.event_metadata())
        return pb.DeleteAccountPasswordPolicyResponse(revision=str(changed.revision))
