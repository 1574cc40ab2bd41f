"""Tags of users, roles and other things."""

from collections.abc import Iterable, Mapping

from doorward.identity.v1 import tags_pb2 as pb
from doorward_directory.aws_policies import managed_policy
from doorward_directory.instance_profiles import instance_profile_by_name
from doorward_directory.oidc_providers import oidc_provider_by_arn
from doorward_directory.roles import role_by_name
from doorward_directory.saml_providers import saml_provider_by_arn
from doorward_directory.tagging import Taggable, TagResource, UntagResource
from doorward_directory.tags import Tag
from doorward_directory.users import user_by_name
from doorward_kernel.paging import Page, page

from doorward_identity.api.method import Methods


class TagMethods(Methods):
    async def TagUser(self, request: pb.TagUserRequest, _context: object) -> pb.TagUserResponse:
        revision = await self._tag(Taggable.USER, request.user_name, request.tags)
        return pb.TagUserResponse(revision=revision)

    async def UntagUser(self, request: pb.UntagUserRequest, _context: object) -> pb.UntagUserResponse:
        revision = await self._untag(Taggable.USER, request.user_name, request.tag_keys)
        return pb.UntagUserResponse(revision=revision)

    async def ListUserTags(self, request: pb.ListUserTagsRequest, _context: object) -> pb.ListUserTagsResponse:
        user = user_by_name(await self._account(), request.user_name)
        found = _page(user.tags, request.marker, request.max_items)
        return pb.ListUserTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)

    async def TagRole(self, request: pb.TagRoleRequest, _context: object) -> pb.TagRoleResponse:
        revision = await self._tag(Taggable.ROLE, request.role_name, request.tags)
        return pb.TagRoleResponse(revision=revision)

    async def UntagRole(self, request: pb.UntagRoleRequest, _context: object) -> pb.UntagRoleResponse:
        revision = await self._untag(Taggable.ROLE, request.role_name, request.tag_keys)
        return pb.UntagRoleResponse(revision=revision)

    async def ListRoleTags(self, request: pb.ListRoleTagsRequest, _context: object) -> pb.ListRoleTagsResponse:
        role = role_by_name(await self._account(), request.role_name)
        found = _page(role.tags, request.marker, request.max_items)
        return pb.ListRoleTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)

    async def TagPolicy(self, request: pb.TagPolicyRequest, _context: object) -> pb.TagPolicyResponse:
        revision = await self._tag(Taggable.POLICY, request.policy_arn, request.tags)
        return pb.TagPolicyResponse(revision=revision)

    async def UntagPolicy(self, request: pb.UntagPolicyRequest, _context: object) -> pb.UntagPolicyResponse:
        revision = await self._untag(Taggable.POLICY, request.policy_arn, request.tag_keys)
        return pb.UntagPolicyResponse(revision=revision)

    async def ListPolicyTags(self, request: pb.ListPolicyTagsRequest, _context: object) -> pb.ListPolicyTagsResponse:
        policy = managed_policy(await self._account(), request.policy_arn)
        found = _page(policy.tags, request.marker, request.max_items)
        return pb.ListPolicyTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)

    async def TagInstanceProfile(
        self, request: pb.TagInstanceProfileRequest, _context: object
    ) -> pb.TagInstanceProfileResponse:
        revision = await self._tag(Taggable.INSTANCE_PROFILE, request.instance_profile_name, request.tags)
        return pb.TagInstanceProfileResponse(revision=revision)

    async def UntagInstanceProfile(
        self, request: pb.UntagInstanceProfileRequest, _context: object
    ) -> pb.UntagInstanceProfileResponse:
        revision = await self._untag(Taggable.INSTANCE_PROFILE, request.instance_profile_name, request.tag_keys)
        return pb.UntagInstanceProfileResponse(revision=revision)

    async def ListInstanceProfileTags(
        self, request: pb.ListInstanceProfileTagsRequest, _context: object
    ) -> pb.ListInstanceProfileTagsResponse:
        profile = instance_profile_by_name(await self._account(), request.instance_profile_name)
        found = _page(profile.tags, request.marker, request.max_items)
        return pb.ListInstanceProfileTagsResponse(
            tags=found.items, is_truncated=bool(found.marker), marker=found.marker
        )

    async def TagOpenIDConnectProvider(
        self, request: pb.TagOpenIDConnectProviderRequest, _context: object
    ) -> pb.TagOpenIDConnectProviderResponse:
        revision = await self._tag(Taggable.OIDC_PROVIDER, request.open_id_connect_provider_arn, request.tags)
        return pb.TagOpenIDConnectProviderResponse(revision=revision)

    async def UntagOpenIDConnectProvider(
        self, request: pb.UntagOpenIDConnectProviderRequest, _context: object
    ) -> pb.UntagOpenIDConnectProviderResponse:
        revision = await self._untag(Taggable.OIDC_PROVIDER, request.open_id_connect_provider_arn, request.tag_keys)
        return pb.UntagOpenIDConnectProviderResponse(revision=revision)

    async def ListOpenIDConnectProviderTags(
        self, request: pb.ListOpenIDConnectProviderTagsRequest, _context: object
    ) -> pb.ListOpenIDConnectProviderTagsResponse:
        provider = oidc_provider_by_arn(await self._account(), request.open_id_connect_provider_arn)
        found = _page(provider.tags, request.marker, request.max_items)
        return pb.ListOpenIDConnectProviderTagsResponse(
            tags=found.items, is_truncated=bool(found.marker), marker=found.marker
        )

    async def TagSAMLProvider(self, request: pb.TagSAMLProviderRequest, _context: object) -> pb.TagSAMLProviderResponse:
        revision = await self._tag(Taggable.SAML_PROVIDER, request.saml_provider_arn, request.tags)
        return pb.TagSAMLProviderResponse(revision=revision)

    async def UntagSAMLProvider(
        self, request: pb.UntagSAMLProviderRequest, _context: object
    ) -> pb.UntagSAMLProviderResponse:
        revision = await self._untag(Taggable.SAML_PROVIDER, request.saml_provider_arn, request.tag_keys)
        return pb.UntagSAMLProviderResponse(revision=revision)

    async def ListSAMLProviderTags(
        self, request: pb.ListSAMLProviderTagsRequest, _context: object
    ) -> pb.ListSAMLProviderTagsResponse:
        provider = saml_provider_by_arn(await self._account(), request.saml_provider_arn)
        found = _page(provider.tags, request.marker, request.max_items)
        return pb.ListSAMLProviderTagsResponse(tags=found.items, is_truncated=bool(found.marker), marker=found.marker)

    async def _tag(self, kind: Taggable, name: str, tags: Iterable[pb.Tag]) -> str:
        """The revision at which it is done."""
        return str((await self._execute(TagResource(kind=kind, name=name, tags=tags_of(tags)))).revision)

    async def _untag(self, kind: Taggable, name: str, keys: Iterable[str]) -> str:
        """The revision at which it is done."""
        return str((await self._execute(UntagResource(kind=kind, name=name, tag_keys=tuple(keys)))).revision)


def tags_of(messages: Iterable[pb.Tag]) -> tuple[Tag, ...]:
    """Tags as a request has them."""
    return tuple((message.key, message.value) for message in messages)


def tag_messages(tags: Mapping[str, str]) -> list[pb.Tag]:
    """All tags, sorted by key."""
    return [pb.Tag(key=key, value=value) for key, value in sorted(tags.items())]


def _page(tags: Mapping[str, str], marker: str, max_items: int) -> Page[pb.Tag]:
    return page(tag_messages(tags), lambda tag: tag.key, marker, max_items)
