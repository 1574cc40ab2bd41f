"""The hot path under grpc.aio: the same bytes in and out, for machines where Envoy cannot run."""

from typing import Any, TypeAlias

import grpc
from doorward_kernel.errors import DoorwardError
from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.server import MAX_REQUEST_BYTES
from doorward_runtime.rpc.status import DETAILS, GRPC_CODES, details_of, message_of

from doorward_decision.api.hot_path import HotPath, awaited

_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, hot_path: HotPath) -> None:
        self._hot_path = hot_path

    def service(self, call: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any]":
        name = call.method
        key = dict(call.invocation_metadata).get(metadata.SERVICE_KEY)

        async def serve(body: bytes, context: _Context) -> bytes:
            try:
                response = self._hot_path.answer(name, key, body)
                if isinstance(response, bytes):
                    return response
                return await awaited(name, response, context.time_remaining())
            except DoorwardError as error:
                trailing = ((DETAILS, details_of(error)),)
                await context.abort(GRPC_CODES[error.status], message_of(error), trailing)

        return grpc.unary_unary_rpc_method_handler(serve)


def grpc_server(hot_path: HotPath) -> grpc.aio.Server:
    """A server of the hot path, for a Listener."""
    server = grpc.aio.server(options=(("grpc.max_receive_message_length", MAX_REQUEST_BYTES), ("grpc.so_reuseport", 0)))
    server.add_generic_rpc_handlers((_Handlers(hot_path),))
    return server
