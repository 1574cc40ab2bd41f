"""Client tokens are refused here: a write that is sent again would have to tell its secrets again."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.call import CALL
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

_Method = Callable[[Any, Message, object], Awaitable[Message]]
_Servicer = TypeVar("_Servicer")


def takes_no_client_tokens(service: ServiceDescriptor) -> Callable[[type[_Servicer]], type[_Servicer]]:
    """Makes every write of a servicer refuse client tokens, so that nobody relies on one."""

    def decorate(servicer: type[_Servicer]) -> type[_Servicer]:
        for method in service.methods:
            if "revision" in method.output_type.fields_by_name:
                setattr(servicer, method.name, _without(getattr(servicer, method.name)))
        return servicer

    return decorate


def _without(method: _Method) -> _Method:
    @wraps(method)
    async def serve(servicer: Any, request: Message, context: object) -> Message:
        if CALL.get().client_token:
            raise InvalidInput(f"this method takes no `{metadata.CLIENT_TOKEN}`: look first whether it was done")
        return await method(servicer, request, context)

    return serve
