"""Accounts in Redis or Valkey: a warm start for replicas, and nothing else; without it everything works."""

import asyncio
import hmac
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import structlog
from doorward_directory.account import Account
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, dump, load
from doorward_kernel.ids import AccountId
from doorward_messaging import AccountState
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

_log = structlog.get_logger()

LOAD_SECONDS = 0.05
SAVE_SECONDS = 1.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
KEPT_SECONDS = 7 * 24 * 3600
LEFT_SECONDS = 600
"""How long a state stays after a newer one took its place, for whoever is just reading it."""

AT_ONCE = 8
"""Commands under way; what more there is waits its turn before its time begins to count."""

_DIGEST = 32
_SEAL = 32

_FORWARD = """
local held = redis.call('HMGET', KEYS[1], 'epoch', 'position', 'key')
if held[1] == ARGV[1] and tonumber(held[2]) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'position', ARGV[2], 'key', KEYS[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
if held[3] and held[3] ~= KEYS[2] then redis.call('EXPIRE', held[3], ARGV[5]) end
return 1
"""
"""Put a state behind the pointer, only ever forward within an epoch. KEYS: pointer, state."""

_Answer = TypeVar("_Answer")


class RedisSnapshotCache:
    """A SnapshotCache. When the server fails it is left alone for a while, longer each time.

    States are sealed (HMAC-SHA-256 with `key`): who can only write to the server cannot make an account up.
    """

    def __init__(self, url: str, password: str | None, key: str) -> None:
        self._redis = Redis.from_url(
            url,
            password=password,
            protocol=3,
            socket_timeout=SAVE_SECONDS,
            socket_connect_timeout=LOAD_SECONDS,
            retry=Retry(NoBackoff(), 0),
            max_connections=AT_ONCE,
        )
        self._forward = self._redis.register_script(_FORWARD)
        self._key = key.encode()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self.available = True

    async def load(self, account_id: AccountId, epoch: str) -> AccountState[Account] | None:
        found = await self._try(lambda: self._find(account_id, epoch), LOAD_SECONDS)
        if found is None:
            return None
        seal, digest, packed = found[:_SEAL], found[_SEAL : _SEAL + _DIGEST], found[_SEAL + _DIGEST :]
        if not hmac.compare_digest(seal, self._seal(account_id, epoch, digest, packed)):
            _log.warning("a cached account is damaged or forged, and ignored", account=account_id)
            return None
        try:
            account = await asyncio.to_thread(lambda: load(zlib.decompress(packed)))
        except (zlib.error, UnreadableSnapshot) as error:
            _log.warning("a cached account is not readable, and ignored", account=account_id, error=str(error))
            return None
        return AccountState(account, epoch, digest)

    async def save(self, state: AccountState[Account]) -> None:
        account_id, position = state.account.account_id, state.account.position
        packed = await asyncio.to_thread(lambda: zlib.compress(dump(state.account), level=1))
        sealed = self._seal(account_id, state.epoch, state.digest, packed) + state.digest + packed
        pointer = _pointer(account_id)
        keys = [pointer, f"{pointer}:{state.epoch}:{position}"]
        values: list[str | int | bytes] = [state.epoch, position, sealed, KEPT_SECONDS, LEFT_SECONDS]
        await self._try(lambda: cast(Awaitable[object], self._forward(keys=keys, args=values)), SAVE_SECONDS)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    def _seal(self, account_id: AccountId, epoch: str, digest: bytes, packed: bytes) -> bytes:
        parts = (b"doorward snapshot", account_id.encode(), epoch.encode(), digest, packed)
        return hmac.digest(self._key, b"\0".join(parts), "sha256")

    async def _find(self, account_id: AccountId, epoch: str) -> bytes | None:
        held = self._redis.hmget(_pointer(account_id), ["epoch", "key"])
        its_epoch, key = await cast(Awaitable[list[bytes | None]], held)
        if its_epoch != epoch.encode() or key is None:
            return None
        return cast(bytes | None, await self._redis.get(key))

    async def _try(self, command: Callable[[], Awaitable[_Answer]], seconds: float) -> _Answer | None:
        """What the server answers; None when it is left alone, fails, refuses or is too slow."""
        async with self._slots:
            if time.monotonic() < self._closed_until:
                return None
            try:
                async with asyncio.timeout(seconds):
                    answer = await command()
            except (RedisConnectionError, RedisTimeoutError, OSError, TimeoutError) as error:
                self._leave_alone(error)
                return None
            except RedisError as error:
                _log.warning("the snapshot cache refuses a command", error=repr(error))
                return None
            self._pause = FIRST_PAUSE
            self.available = True
            return answer

    def _leave_alone(self, error: BaseException) -> None:
        self._closed_until = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if self.available:
            _log.warning("the snapshot cache does not answer; going on without it", error=repr(error))
        self.available = False


def _pointer(account_id: AccountId) -> str:
    """All keys of an account share a hash tag, so that they lie in one slot of a cluster."""
    return f"doorward:{{{account_id}}}:account:{FORMAT}"
