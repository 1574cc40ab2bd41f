"""AWS's managed policies as they are shipped with this version: package data, read when first asked for.

Reading that data (`importlib.resources`) is the only I/O of this package; what it says is a constant of the version.
Only what somebody is about to do or to see comes from here. What is in force in an account is in its events
(`aws_policies`), so that a decision never depends on which version of this data is installed.

The data is one zlib stream: a line of JSON with `[name, path, version, bytes]` of each policy, then their documents,
without white space between tokens, one behind the other.
"""

import hashlib
import importlib.resources
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from types import MappingProxyType
from typing import Any

from doorward_kernel.arn import iam_arn
from doorward_kernel.ids import POLICY_PREFIX, UNIQUE_ID_ENTROPY, UniqueId, unique_id

AWS = "aws"
"""What stands in the place of the account in the ARN of a policy of AWS's (IAM user guide, "IAM ARNs")."""

DATA = "aws_policies.bin"
"""The file in this package; `make aws-policies` writes it."""

_AWS_POLICY = iam_arn(AWS, "policy", "/", "")
_LEVEL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedPolicy:
    """One policy of AWS's in the one version that is shipped; `start` and `end` say where its document lies."""

    name: str
    path: str
    version: int
    start: int
    end: int

    @property
    def arn(self) -> str:
        """Such as `arn:aws:iam::aws:policy/job-function/Billing`."""
        return iam_arn(AWS, "policy", self.path, self.name)

    @property
    def policy_id(self) -> UniqueId:
        """The same in every account and installation."""
        return aws_policy_id(self.arn)

    @property
    def document(self) -> str:
        """The document as JSON text."""
        return _shipped().documents[self.start : self.end].decode()


def shipped_policy(arn: str) -> ShippedPolicy | None:
    """The shipped policy with exactly that ARN, if there is one."""
    return _shipped().by_arn.get(arn)


def shipped_policies() -> Iterable[ShippedPolicy]:
    """All of them, in no particular order."""
    return _shipped().by_arn.values()


def is_aws_policy_arn(arn: str) -> bool:
    """Whether that is, or would be, the ARN of a policy of AWS's."""
    return arn.startswith(_AWS_POLICY)


def aws_policy_id(arn: str) -> UniqueId:
    """The id of a policy of AWS's, made from its ARN: AWS's own ids are not published with the policies.

    Events hold these ids, so how they are made never changes.
    """
    return unique_id(POLICY_PREFIX, hashlib.sha256(arn.encode()).digest()[:UNIQUE_ID_ENTROPY])


def pack(policies: Iterable[Mapping[str, Any]]) -> bytes:
    """The data of policies with `name`, `path`, `version` (`v3`) and `document` (decoded JSON).

    Equal policies give equal bytes with the same zlib, and equal contents with any. Raises KeyError, ValueError.
    """
    index: list[tuple[str, str, int, int]] = []
    documents: list[bytes] = []
    for policy in sorted(policies, key=lambda each: str(each["name"]).lower()):
        document = json.dumps(policy["document"], ensure_ascii=True, separators=(",", ":")).encode("ascii")
        index.append((policy["name"], policy["path"], int(policy["version"].removeprefix("v")), len(document)))
        documents.append(document)
    head = json.dumps(index, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return zlib.compress(b"".join((head, b"\n", *documents)), _LEVEL)


@dataclass(frozen=True, slots=True)
class _Shipped:
    by_arn: Mapping[str, ShippedPolicy]
    documents: bytes


@cache
def _shipped() -> _Shipped:
    return _unpack(importlib.resources.files(__package__).joinpath(DATA).read_bytes())


def _unpack(data: bytes) -> _Shipped:
    head, _, documents = zlib.decompress(data).partition(b"\n")
    index = json.loads(head)
    ends = accumulate(length for _, _, _, length in index)
    policies = (
        ShippedPolicy(name=name, path=path, version=version, start=end - length, end=end)
        for (name, path, version, length), end in zip(index, ends, strict=True)
    )
    return _Shipped(MappingProxyType({policy.arn: policy for policy in policies}), documents)
