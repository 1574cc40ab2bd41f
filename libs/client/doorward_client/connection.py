"""What both clients are made of: addresses, channels that open on first use, the options of calls."""

import copy
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, Self, TypeVar, Unpack

from doorward_kernel.errors import InternalFailure, InvalidInput

from doorward_client.endpoints import DEFAULT_DATA_DIR, Endpoints, read_endpoints
from doorward_client.options import Changes, Options, changed, of_session
from doorward_client.sessions import Session

CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 20_000),
)

_Channel = TypeVar("_Channel")
_Service = TypeVar("_Service")
_Server = Literal["identity", "credential", "decision", "decision_admin"]


class Page(Protocol):
    """What an answer that comes in pages has."""

    is_truncated: bool
    marker: str


class _Channels(Generic[_Channel]):
    """One channel for each address; shared by a client and those made of it by `with_options`."""

    def __init__(self, open: Callable[[str], _Channel]) -> None:
        self._open = open
        self._lock = threading.Lock()
        self._by_target: dict[str, _Channel] = {}
        self._closed = False

    def to(self, target: str) -> _Channel:
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            if target not in self._by_target:
                self._by_target[target] = self._open(target)
            return self._by_target[target]

    def close(self) -> list[_Channel]:
        """Let go of all channels; the caller closes them."""
        with self._lock:
            self._closed = True
            channels = list(self._by_target.values())
            self._by_target.clear()
            return channels


class Connection(ABC, Generic[_Channel]):
    """Addresses, channels and options; the subclasses say what a channel is."""

    def __init__(
        self,
        *,
        identity: str | None = None,
        credential: str | None = None,
        decision: str | None = None,
        decision_admin: str | None = None,
        **options: Unpack[Changes],
    ) -> None:
        """Name the services that will be called, each as `host:port`; connections are made on first use.

        Connections are not encrypted: the service key must not leave a trusted network.
        """
        self._endpoints = Endpoints(
            identity=identity, credential=credential, decision=decision, decision_admin=decision_admin
        )
        self._options = Options(**options)
        self._services: dict[type, Any] = {}
        self._channels = _Channels(self._open)

    @classmethod
    def from_endpoints(cls, path_or_data_dir: str | Path = DEFAULT_DATA_DIR) -> Self:
        """A client of a local run. Raises Unavailable when `doorward up` has not written `endpoints.json`."""
        found = read_endpoints(path_or_data_dir)
        return cls(
            identity=found.identity,
            credential=found.credential,
            decision=found.decision,
            decision_admin=found.decision_admin,
            service_key=found.service_key,
            account=found.account,
        )

    def with_options(self, **changes: Unpack[Changes]) -> Self:
        """The same client with other options: `client.with_options(reason="onboarding", deadline=2)`.

        Both share their connections; closing either closes both.
        """
        return self._with(changed(self._options, changes))

    @property
    def account(self) -> str:
        """The account that calls act on; empty when none was named."""
        return self._options.account if self.session is None else self.session.account

    @property
    def session(self) -> Session | None:
        """The sign-in that calls are made under; None without one."""
        return self._options.session

    def _with(self, options: Options) -> Self:
        other = copy.copy(self)
        vars(other).update(_services={}, _options=options)
        return other

    def _of(self, session: Session) -> Self:
        """The client of whoever signed in."""
        return self._with(of_session(self._options, session))

    def _of_nobody(self) -> Self:
        """The client that signs in: what is shown is what is signed in with, and nothing else."""
        return self.with_options(passport="")

    @staticmethod
    @abstractmethod
    def _open(target: str) -> _Channel:
        """A channel to `host:port`."""

    def _service(self, kind: Callable[[_Channel, Options], _Service], server: _Server) -> _Service:
        key: Any = kind
        if key not in self._services:
            target = getattr(self._endpoints, server)
            if target is None:
                raise InvalidInput(f"the client was not told where the service listens: give it `{server}`")
            self._services[key] = kind(self._channels.to(target), self._options)
        service: _Service = self._services[key]
        return service


def next_page(page: Page, request: dict[str, Any]) -> dict[str, Any] | None:
    """The request for the page after `page`; None after the last. Raises InternalFailure when the list does not end."""
    if not page.is_truncated:
        return None
    if not page.marker or page.marker == request.get("marker"):
        raise InternalFailure("the list does not end: a page says that there is more but not where")
    return {**request, "marker": page.marker}
