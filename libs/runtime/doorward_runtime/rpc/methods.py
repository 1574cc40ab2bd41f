"""What the contract says of each method: which action on which resource it is, and who may call it."""

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from doorward.options.v1.authorization_pb2 import authorization
from google.protobuf import descriptor_pool

FOREIGN_METHODS = frozenset(
    (
        "grpc.health.v1.Health/Check",
        "grpc.health.v1.Health/List",
        "grpc.health.v1.Health/Watch",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    )
)
"""Methods of gRPC itself: they tell nothing of any account, and are served as they are."""

OPEN_METHODS = FOREIGN_METHODS | {
    "doorward.credential.v1.AuthenticationService/ChangeExpiredPassword",
    "doorward.credential.v1.AuthenticationService/CompleteSignIn",
    "doorward.credential.v1.AuthenticationService/GetPassportKeys",
    "doorward.credential.v1.AuthenticationService/RenewPassport",
    "doorward.credential.v1.AuthenticationService/SendSmsCode",
    "doorward.credential.v1.AuthenticationService/SignIn",
    "doorward.credential.v1.TokenService/AssumeRoleWithWebIdentity",
}
"""All methods that may be called without credentials. One that the contract opens is closed until it stands here."""


class Audience(IntEnum):
    """Who a method is for; see `Audience` in the contract."""

    NOBODY = 0
    """It is not said, or said in words that this version does not know."""
    PRINCIPAL = 1
    SERVICE = 2
    OPERATOR = 3
    ANYONE = 4
    BEARER = 5


class Method(NamedTuple):
    """What the contract says of a method."""

    name: str
    """`package.Service/Method`."""
    action: str
    resource: str
    """A template, see `Authorization` in the contract."""
    audience: Audience

    @property
    def short_name(self) -> str:
        """`Method`."""
        return self.name.rpartition("/")[2]


@lru_cache(maxsize=4096)
def method_of(path: str) -> Method:
    """The method that a request's path (`/package.Service/Method`) names."""
    name = path.removeprefix("/")
    try:
        descriptor = descriptor_pool.Default().FindMethodByName(name.replace("/", "."))
        option = descriptor.GetOptions().Extensions[authorization]
        audience = Audience(option.audience)
    except (KeyError, ValueError):
        return Method(name, "", "", Audience.NOBODY)
    if audience is Audience.ANYONE and name not in OPEN_METHODS:
        audience = Audience.NOBODY
    return Method(name, option.action, option.resource, audience)
