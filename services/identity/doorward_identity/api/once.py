"""Every write may be sent again under a client token: it happens once, and gets the first answer."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Protocol, TypeVar

from doorward_runtime.rpc.call import CALL, Call
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from doorward_identity.application.once import ONCE, AnsweredBefore, begin

_Method = Callable[[Any, Message, object], Awaitable[Message]]
_Servicer = TypeVar("_Servicer")


def writes_once(service: ServiceDescriptor) -> Callable[[type[_Servicer]], type[_Servicer]]:
    """Makes every write of a servicer heed client tokens; a write is what answers with a revision."""

    def decorate(servicer: type[_Servicer]) -> type[_Servicer]:
        for method in service.methods:
            if "revision" in method.output_type.fields_by_name:
                setattr(servicer, method.name, _once(method.full_name, getattr(servicer, method.name)))
        return servicer

    return decorate


def _once(name: str, method: _Method) -> _Method:
    @wraps(method)
    async def serve(servicer: Fingerprinting, request: Message, context: object) -> Message:
        call = CALL.get()
        if not call.client_token:
            return await method(servicer, request, context)
        token = f"{call.named_account}/{call.client_token}"  # what several accounts write to one stream stays apart
        once = begin(token, servicer.fingerprint(_digest(name, call, request)))
        ONCE.set(once)
        try:
            return await method(servicer, request, context)
        except AnsweredBefore as before:
            ONCE.set(replace(once, seed=before.seed))
            return await method(servicer, request, context)

    return serve


class Fingerprinting(Protocol):
    """A servicer that can tell equal texts without telling them: what is asked may hold personal data, and its digest
    is in the log for good."""

    def fingerprint(self, text: str) -> str:
        """Of a text, under a key of the installation."""


def _digest(name: str, call: Call, request: Message) -> str:
    parts = (name.encode(), call.actor.encode(), request.SerializeToString(deterministic=True))
    return hashlib.sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).hexdigest()
