"""Passwords: create, get, update, delete, change."""

from doorward.credential.v1 import login_profiles_pb2 as pb
from doorward_kernel.errors import AccessDenied, InvalidUserType
from doorward_keyring.password_policy import may_change_password
from doorward_keyring.passwords import LoginProfile
from doorward_runtime.rpc.call import CALL

from doorward_credential.api.method import Callers, stamp
from doorward_credential.application.attempts import Attempts
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.passwords import Passwords
from doorward_credential.application.people import People, Person
from doorward_credential.application.permissions import Verdict, not_authorized

_CHANGE = "iam:ChangePassword"


class LoginProfileMethods:
    _callers: Callers
    _passwords: Passwords
    _keyrings: Keyrings
    _people: People
    _attempts: Attempts

    async def CreateLoginProfile(
        self, request: pb.CreateLoginProfileRequest, _context: object
    ) -> pb.CreateLoginProfileResponse:
        owner = await self._user(request.user_name)
        changed = await self._passwords.create(
            owner,
            request.password,
            reset_required=request.password_reset_required,
            metadata=CALL.get().event_metadata(),
        )
        return pb.CreateLoginProfileResponse(
            login_profile=_message(owner, changed.profile), revision=str(changed.revision)
        )

    async def GetLoginProfile(self, request: pb.GetLoginProfileRequest, _context: object) -> pb.GetLoginProfileResponse:
        owner = await self._callers.person(request.user_name)
        return pb.GetLoginProfileResponse(login_profile=_message(owner, await self._passwords.profile(owner)))

    async def UpdateLoginProfile(
        self, request: pb.UpdateLoginProfileRequest, _context: object
    ) -> pb.UpdateLoginProfileResponse:
        owner = await self._user(request.user_name)
        changed = await self._passwords.update(
            owner,
            request.password or None,
            reset_required=request.password_reset_required if request.HasField("password_reset_required") else None,
            metadata=CALL.get().event_metadata(),
        )
        return pb.UpdateLoginProfileResponse(revision=str(changed.revision))

    async def DeleteLoginProfile(
        self, request: pb.DeleteLoginProfileRequest, _context: object
    ) -> pb.DeleteLoginProfileResponse:
        owner = await self._user(request.user_name)
        changed = await self._passwords.delete(owner, CALL.get().event_metadata())
        return pb.DeleteLoginProfileResponse(revision=str(changed.revision))

    async def ChangePassword(self, request: pb.ChangePasswordRequest, _context: object) -> pb.ChangePasswordResponse:
        """Wrong old passwords count as failed sign-ins of the caller."""
        owner = await self._callers.user_or_root()
        await self._check_may_change(owner)
        call, account_id = CALL.get(), owner.account.account_id
        keyring = await self._keyrings.get(account_id)
        async with self._attempts.of(f"{account_id}/{owner.principal_id}", call.source_ip) as attempt:
            attempt.is_of(account_id, owner.principal_id)
            if not await self._passwords.is_right(keyring, owner.principal_id, request.old_password):
                raise AccessDenied("The old password was incorrect.")
        changed = await self._passwords.change(owner, request.new_password, call.event_metadata())
        return pb.ChangePasswordResponse(revision=str(changed.revision))

    async def SetRootPassword(self, request: pb.SetRootPasswordRequest, _context: object) -> pb.SetRootPasswordResponse:
        call = CALL.get()
        root = await self._people.root(call.account)
        changed = await self._passwords.set_root(
            root, request.password, reset_required=request.password_reset_required, metadata=call.event_metadata()
        )
        return pb.SetRootPasswordResponse(revision=str(changed.revision))

    async def _user(self, user_name: str) -> Person:
        """A root user's password is not one of these methods' to set."""
        owner = await self._callers.person(user_name)
        if owner.user is None:
            raise InvalidUserType("the root user changes its password with `ChangePassword`")
        return owner

    async def _check_may_change(self, owner: Person) -> None:
        """The password policy may permit it to all users, of whom the root user is none; what denies it denies it all
        the same."""
        verdict = await self._callers.verdict(_CHANGE, owner.arn)
        if verdict is Verdict.NOT_ALLOWED and owner.user is not None:
            keyring = await self._keyrings.get(owner.account.account_id)
            if may_change_password(keyring.password_policy):
                return
        if verdict is not Verdict.ALLOWED:
            raise not_authorized(owner.arn, _CHANGE, owner.arn, verdict)


def _message(owner: Person, profile: LoginProfile | None) -> pb.LoginProfile:
    if profile is None:
        raise ValueError("the login profile is gone although it was just changed")
    return pb.LoginProfile(
        user_name=owner.name,
        create_date=stamp(profile.created_at),
        password_reset_required=profile.reset_required,
    )
