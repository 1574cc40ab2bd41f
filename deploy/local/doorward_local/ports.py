"""Free ports on loopback."""

import random
import socket

LOOPBACK = "127.0.0.1"
_BELOW_EPHEMERAL = range(15000, 32000)
"""Below Linux's ephemeral range, so that no outgoing connection takes a port before its server does."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    choice = random.SystemRandom()
    for _ in range(200):
        port = choice.choice(_BELOW_EPHEMERAL)
        if is_free(port):
            return port
    raise OSError("no free port between 15000 and 32000 on 127.0.0.1")


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now; closed connections that still linger do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError:
            return False
        return True


def greeting(port: int, say: bytes, expect: bytes) -> bool:
    """Whether the server on `port` answers `say` with something that starts with `expect`, within half a second."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5) as connection:
            connection.settimeout(0.5)
            if say:
                connection.sendall(say)
            answer = b""
            while len(answer) < len(expect):
                part = connection.recv(4096)
                if not part:
                    return False
                answer += part
            return answer.startswith(expect)
    except OSError:
        return False
