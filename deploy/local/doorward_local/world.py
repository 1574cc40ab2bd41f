"""A local run: `with LocalDoorward(data_dir) as world` starts everything on this machine and stops it again."""

import json
import os
import secrets
import threading
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from doorward_client import Client
from doorward_kernel.errors import EntityAlreadyExists, NoSuchEntity
from doorward_kernel.ids import ACCESS_KEY_ENTROPY, AccountId, access_key_id, account_id

from doorward_local.data_directory import DataDirectory, read_json, write_private
from doorward_local.nats import nats_program
from doorward_local.pids import process_id
from doorward_local.ports import LOOPBACK
from doorward_local.process import Program, Running
from doorward_local.services import credential_program, decision_program, identity_program
from doorward_local.state import RunState, Started, end_leftovers, load_state
from doorward_local.supervisor import Supervisor, Tell
from doorward_local.valkey import valkey_program

ACCOUNT_NAME = "example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """What the first caller shows. Until there are sessions, the secret is the key that the services share."""

    account: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEndpoints:
    """`endpoints.json`: gRPC services as `host:port`, others as URL; None where there is no such service yet."""

    identity: str
    credential: str
    decision: str
    decision_admin: str
    jwks: str
    gateway: str | None
    nats: str
    redis: str
    bootstrap: Bootstrap


class LocalDoorward:
    """NATS, Valkey, the identity, the credential and the decision service, started, watched, stopped.

    `stopping` and `hurry` are set from outside, by a signal for instance: the first ends a start that is under way,
    the second cuts an orderly stop short. Entering raises LocalError. Enter it in a thread that lives as long as the
    block: Envoy, which the decision service becomes, is told by the kernel to end when the thread that started it ends.
    """

    def __init__(
        self,
        data_dir: str | Path,
        *,
        account: str | None = None,
        tell: Tell = lambda _line: None,
        stopping: threading.Event | None = None,
        hurry: threading.Event | None = None,
    ) -> None:
        self.directory = DataDirectory(Path(data_dir))
        self._asked_account = account
        self._tell = tell
        self._stopping = stopping or threading.Event()
        self._hurry = hurry or threading.Event()
        self._stack = ExitStack()
        self._supervisor: Supervisor | None = None
        self._endpoints: LocalEndpoints | None = None

    @property
    def endpoints(self) -> LocalEndpoints:
        """Where everything listens."""
        assert self._endpoints is not None, "the run has not started"  # noqa: S101
        return self._endpoints

    @property
    def supervisor(self) -> Supervisor:
        """Who looks after the components."""
        assert self._supervisor is not None, "the run has not started"  # noqa: S101
        return self._supervisor

    def process(self, name: str) -> Running:
        """The process of a component, such as `nats` or `identity`, as it is now; what dies is started again."""
        return self.supervisor.running(name)

    def without(self, name: str) -> AbstractContextManager[None]:
        """Kill a component and keep it down during the block."""
        return self.supervisor.without(name)

    def wait_ready(self, name: str, seconds: float = 30.0) -> None:
        """Wait until a component that was killed answers again. Raises StartFailed."""
        self.supervisor.wait_ready(name, seconds)

    def client(self) -> Client:
        """A client of this run, with its account."""
        return Client.from_endpoints(self.directory.path)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.directory.held())
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        directory = self.directory
        directory.endpoints.unlink(missing_ok=True)
        last = load_state(directory.state)
        if last is not None:
            for name in end_leftovers(last):
                self._tell(f"{name} still ran although its supervisor had gone; ended it")
        state = _new_state()
        state.save(directory.state)
        stack.callback(directory.state.unlink, missing_ok=True)

        def note(name: str, started: Started) -> None:
            state.components[name] = started
            state.save(directory.state)

        bootstrap = self._bootstrap()
        ports = directory.ports(
            "nats", "valkey", "identity", "credential", "credential_http", "decision", "decision_admin"
        )
        self._supervisor = Supervisor(state.run, note, self._tell)
        stack.callback(self._supervisor.stop, self._hurry)
        self._supervisor.start(_programs(directory, ports), self._stopping)
        self._endpoints = LocalEndpoints(
            identity=f"{LOOPBACK}:{ports['identity']}",
            credential=f"{LOOPBACK}:{ports['credential']}",
            decision=f"{LOOPBACK}:{ports['decision']}",
            decision_admin=f"{LOOPBACK}:{ports['decision_admin']}",
            jwks=f"http://{LOOPBACK}:{ports['credential_http']}/.well-known/jwks.json",
            gateway=None,
            nats=f"nats://{LOOPBACK}:{ports['nats']}",
            redis=f"redis://{LOOPBACK}:{ports['valkey']}/0",
            bootstrap=bootstrap,
        )
        _make_account(self._endpoints)
        write_private(directory.endpoints, json.dumps(asdict(self._endpoints), indent=2) + "\n")
        stack.callback(directory.endpoints.unlink, missing_ok=True)

    def _bootstrap(self) -> Bootstrap:
        """The bootstrap account and access key: the last run's, unless another account is asked for."""
        file = self.directory.path / "bootstrap.json"
        last = read_json(file)
        account = account_id(self._asked_account or str(last.get("account") or _any_account()))
        if last.get("account") == account and isinstance(last.get("access_key_id"), str):
            key_id = str(last["access_key_id"])
        else:
            key_id = access_key_id(account, secrets.token_bytes(ACCESS_KEY_ENTROPY))
            write_private(file, json.dumps({"account": account, "access_key_id": key_id}))
        return Bootstrap(account=account, access_key_id=key_id, secret_access_key=self.directory.key("service"))


def _programs(directory: DataDirectory, ports: dict[str, int]) -> list[tuple[Program, str]]:
    """What is started, in this order."""
    programs = (
        nats_program(directory.path / "nats", ports["nats"], directory.key("nats")),
        valkey_program(directory.path / "valkey", ports["valkey"], directory.key("valkey")),
        identity_program(directory, ports),
        credential_program(directory, ports),
        decision_program(directory, ports),
    )
    return [(program, f"{LOOPBACK}:{ports[program.name]}") for program in programs]


def _make_account(endpoints: LocalEndpoints) -> None:
    account, key = endpoints.bootstrap.account, endpoints.bootstrap.secret_access_key
    with Client(identity=endpoints.identity, service_key=key, account=account, reason="doorward up") as client:
        try:
            client.identity.get_account()
        except NoSuchEntity:
            try:
                client.identity.create_account(account_name=ACCOUNT_NAME, account_id=account)
            except EntityAlreadyExists:
                return


def _any_account() -> AccountId:
    return AccountId(f"{secrets.randbelow(9 * 10**11) + 10**11}")


def _new_state() -> RunState:
    this = process_id(os.getpid())
    if this is None:
        raise OSError("cannot read /proc: a local run needs Linux")
    return RunState(run=secrets.token_hex(16), supervisor=this)
