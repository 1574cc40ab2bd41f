"""Instance profiles: create, get, list, delete, and which role they hand out."""

from collections.abc import Iterable

from doorward.identity.v1 import instance_profiles_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.instance_profiles import (
    AddRoleToInstanceProfile,
    CreateInstanceProfile,
    DeleteInstanceProfile,
    InstanceProfile,
    RemoveRoleFromInstanceProfile,
    instance_profile_arn,
    instance_profile_by_name,
    instance_profiles_of,
)
from doorward_directory.names import name_key
from doorward_directory.roles import role_by_name
from doorward_kernel.ids import INSTANCE_PROFILE_PREFIX
from doorward_kernel.paging import Page, page

from doorward_identity.api.method import timestamp
from doorward_identity.api.roles import RoleMessages
from doorward_identity.api.tags import tag_messages, tags_of


class InstanceProfileMethods(RoleMessages):
    async def CreateInstanceProfile(
        self, request: pb.CreateInstanceProfileRequest, _context: object
    ) -> pb.CreateInstanceProfileResponse:
        command = CreateInstanceProfile(
            instance_profile_id=self._mint.unique_id(INSTANCE_PROFILE_PREFIX),
            instance_profile_name=request.instance_profile_name,
            path=request.path or "/",
            tags=tags_of(request.tags),
            created_at=self._mint.now(),
        )
        changed = await self._execute(command)
        profile = await self._profile(changed.account, changed.account.instance_profiles[command.instance_profile_id])
        return pb.CreateInstanceProfileResponse(instance_profile=profile, revision=str(changed.revision))

    async def GetInstanceProfile(
        self, request: pb.GetInstanceProfileRequest, _context: object
    ) -> pb.GetInstanceProfileResponse:
        account = await self._account()
        profile = await self._profile(account, instance_profile_by_name(account, request.instance_profile_name))
        return pb.GetInstanceProfileResponse(instance_profile=profile)

    async def ListInstanceProfiles(
        self, request: pb.ListInstanceProfilesRequest, _context: object
    ) -> pb.ListInstanceProfilesResponse:
        account = await self._account()
        profiles = (each for each in account.instance_profiles.values() if each.path.startswith(request.path_prefix))
        found = _page(profiles, request.marker, request.max_items)
        return pb.ListInstanceProfilesResponse(
            instance_profiles=await self._profiles(account, found.items),
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def ListInstanceProfilesForRole(
        self, request: pb.ListInstanceProfilesForRoleRequest, _context: object
    ) -> pb.ListInstanceProfilesForRoleResponse:
        account = await self._account()
        profiles = instance_profiles_of(account, role_by_name(account, request.role_name))
        found = _page(profiles, request.marker, request.max_items)
        return pb.ListInstanceProfilesForRoleResponse(
            instance_profiles=await self._profiles(account, found.items),
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def AddRoleToInstanceProfile(
        self, request: pb.AddRoleToInstanceProfileRequest, _context: object
    ) -> pb.AddRoleToInstanceProfileResponse:
        command = AddRoleToInstanceProfile(
            instance_profile_name=request.instance_profile_name, role_name=request.role_name
        )
        return pb.AddRoleToInstanceProfileResponse(revision=str((await self._execute(command)).revision))

    async def RemoveRoleFromInstanceProfile(
        self, request: pb.RemoveRoleFromInstanceProfileRequest, _context: object
    ) -> pb.RemoveRoleFromInstanceProfileResponse:
        command = RemoveRoleFromInstanceProfile(
            instance_profile_name=request.instance_profile_name, role_name=request.role_name
        )
        return pb.RemoveRoleFromInstanceProfileResponse(revision=str((await self._execute(command)).revision))

    async def DeleteInstanceProfile(
        self, request: pb.DeleteInstanceProfileRequest, _context: object
    ) -> pb.DeleteInstanceProfileResponse:
        command = DeleteInstanceProfile(instance_profile_name=request.instance_profile_name)
        return pb.DeleteInstanceProfileResponse(revision=str((await self._execute(command)).revision))

    async def _profile(self, account: Account, profile: InstanceProfile) -> pb.InstanceProfile:
        """With its tags, which lists do not show."""
        (message,) = await self._profiles(account, [profile])
        message.tags.extend(tag_messages(profile.tags))
        return message

    async def _profiles(self, account: Account, profiles: Iterable[InstanceProfile]) -> list[pb.InstanceProfile]:
        several = list(profiles)
        roles = await self._listed(account, [account.roles[each.role] for each in several if each.role is not None])
        rest = iter(roles)
        return [
            pb.InstanceProfile(
                path=each.path,
                instance_profile_name=each.name,
                instance_profile_id=each.instance_profile_id,
                arn=instance_profile_arn(account, each),
                create_date=timestamp(each.created_at.timestamp()),
                roles=[] if each.role is None else [next(rest)],
            )
            for each in several
        ]


def _page(profiles: Iterable[InstanceProfile], marker: str, max_items: int) -> Page[InstanceProfile]:
    return page(profiles, lambda each: name_key(each.name), marker, max_items)
