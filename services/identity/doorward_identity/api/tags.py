"""Tags of users, roles and customer managed policies."""

from collections.abc import Iterable, Mapping

from doorward.identity.v1 import tags_pb2 as pb
from doorward_directory.aws_policies import managed_policy
from doorward_directory.roles import role_by_name
from doorward_directory.tagging import TagPolicy, TagRole, TagUser, UntagPolicy, UntagRole, UntagUser
from doorward_directory.tags import Tag
from doorward_directory.users import user_by_name

from doorward_identity.api.method import Methods
from doorward_identity.application.paging import Page, page


class TagMethods(Methods):
    async def TagUser(self, request: pb.TagUserRequest, _context: object) -> pb.TagUserResponse:
        command = TagUser(user_name=request.user_name, tags=tags_of(request.tags))
        return pb.TagUserResponse(revision=str((await self._execute(command)).revision))

    async def UntagUser(self, request: pb.UntagUserRequest, _context: object) -> pb.UntagUserResponse:
        command = UntagUser(user_name=request.user_name, tag_keys=tuple(request.tag_keys))
        return pb.UntagUserResponse(revision=str((await self._execute(command)).revision))

    async def ListUserTags(self, request: pb.ListUserTagsRequest, _context: object) -> pb.ListUserTagsResponse:
        user = user_by_name(await self._account(), request.user_name)
        found = _page(user.tags, request.marker, request.max_items)
        return pb.ListUserTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)

    async def TagRole(self, request: pb.TagRoleRequest, _context: object) -> pb.TagRoleResponse:
        command = TagRole(role_name=request.role_name, tags=tags_of(request.tags))
        return pb.TagRoleResponse(revision=str((await self._execute(command)).revision))

    async def UntagRole(self, request: pb.UntagRoleRequest, _context: object) -> pb.UntagRoleResponse:
        command = UntagRole(role_name=request.role_name, tag_keys=tuple(request.tag_keys))
        return pb.UntagRoleResponse(revision=str((await self._execute(command)).revision))

    async def ListRoleTags(self, request: pb.ListRoleTagsRequest, _context: object) -> pb.ListRoleTagsResponse:
        role = role_by_name(await self._account(), request.role_name)
        found = _page(role.tags, request.marker, request.max_items)
        return pb.ListRoleTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)

    async def TagPolicy(self, request: pb.TagPolicyRequest, _context: object) -> pb.TagPolicyResponse:
        command = TagPolicy(policy_arn=request.policy_arn, tags=tags_of(request.tags))
        return pb.TagPolicyResponse(revision=str((await self._execute(command)).revision))

    async def UntagPolicy(self, request: pb.UntagPolicyRequest, _context: object) -> pb.UntagPolicyResponse:
        command = UntagPolicy(policy_arn=request.policy_arn, tag_keys=tuple(request.tag_keys))
        return pb.UntagPolicyResponse(revision=str((await self._execute(command)).revision))

    async def ListPolicyTags(self, request: pb.ListPolicyTagsRequest, _context: object) -> pb.ListPolicyTagsResponse:
        policy = managed_policy(await self._account(), request.policy_arn)
        found = _page(policy.tags, request.marker, request.max_items)
        return pb.ListPolicyTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)


def tags_of(messages: Iterable[pb.Tag]) -> tuple[Tag, ...]:
    """Tags as a request has them."""
    return tuple((message.key, message.value) for message in messages)


def tag_messages(tags: Mapping[str, str]) -> list[pb.Tag]:
    """All tags, sorted by key."""
    return [pb.Tag(key=key, value=value) for key, value in sorted(tags.items())]


def _page(tags: Mapping[str, str], marker: str, max_items: int) -> Page[pb.Tag]:
    return page(tag_messages(tags), lambda tag: tag.key, marker, max_items)
