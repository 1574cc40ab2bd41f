"""Requests of exactly the bytes that a test wants, which no gRPC client would send."""

import socket
from collections.abc import Sequence

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, ResponseReceived, StreamEnded, StreamReset, TrailersReceived
from h2.exceptions import ProtocolError


def send_raw(port: int, path: bytes, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> dict[str, str]:
    """POST `body` to `path` on loopback; returns the headers and trailers of the answer, empty when there is none."""
    http2 = H2Connection(H2Configuration(header_encoding=None, validate_outbound_headers=False))
    http2.initiate_connection()
    pseudo = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"localhost"))
    http2.send_headers(1, [*pseudo, (b"content-type", b"application/grpc"), (b"te", b"trailers"), *headers])
    http2.send_data(1, body, end_stream=True)
    found: dict[str, str] = {}
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(http2.data_to_send())
        while True:
            try:
                received = connection.recv(65536)
                events = http2.receive_data(received) if received else [ConnectionTerminated()]
            except (TimeoutError, ConnectionError, ProtocolError):
                return found  # a server that ends closes in any order
            for event in events:
                if isinstance(event, ResponseReceived | TrailersReceived):
                    found |= {bytes(key).decode(): bytes(value).decode() for key, value in event.headers}
                if isinstance(event, StreamEnded | StreamReset | ConnectionTerminated):
                    return found
