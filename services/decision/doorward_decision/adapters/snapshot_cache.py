"""Accounts in Redis or Valkey: a warm start for replicas, and nothing else; without it everything works."""

import asyncio
import hashlib
import time
import zlib
from collections.abc import Awaitable
from typing import Any, cast

import structlog
from doorward_directory.account import Account
from doorward_directory.snapshot import FORMAT, UnreadableSnapshot, dump, load
from doorward_kernel.ids import AccountId
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_log = structlog.get_logger()

LOAD_SECONDS = 0.05
SAVE_SECONDS = 1.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
KEPT_SECONDS = 7 * 24 * 3600
LEFT_SECONDS = 600
"""How long a state stays after a newer one took its place, for whoever is just reading it."""

_FORWARD = """
local held = redis.call('HMGET', KEYS[1], 'epoch', 'position', 'key')
if held[1] == ARGV[1] and tonumber(held[2]) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'position', ARGV[2], 'key', KEYS[2], 'sha256', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
if held[3] and held[3] ~= KEYS[2] then redis.call('EXPIRE', held[3], ARGV[6]) end
return 1
"""
"""Put a state behind the pointer, only ever forward within an epoch. KEYS: pointer, state."""


class RedisSnapshotCache:
    """A SnapshotCache. When the server fails it is left alone for a while, longer each time."""

    def __init__(self, url: str, password: str | None) -> None:
        self._redis = Redis.from_url(
            url,
            password=password,
            protocol=3,
            socket_timeout=SAVE_SECONDS,
            socket_connect_timeout=LOAD_SECONDS,
            retry=Retry(NoBackoff(), 0),
            max_connections=16,
        )
        self._forward = self._redis.register_script(_FORWARD)
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self.available = True

    async def load(self, account_id: AccountId, epoch: str) -> Account | None:
        found = await self._try(self._find(account_id, epoch), LOAD_SECONDS)
        if found is None:
            return None
        packed, digest = found
        if hashlib.sha256(packed).hexdigest().encode() != digest:
            _log.warning("a cached account is damaged, and ignored", account=account_id)
            return None
        try:
            return await asyncio.to_thread(_unpack, packed)
        except (zlib.error, UnreadableSnapshot) as error:
            _log.warning("a cached account is not readable, and ignored", account=account_id, error=str(error))
            return None

    async def save(self, account: Account, epoch: str) -> None:
        packed = await asyncio.to_thread(_pack, account)
        pointer = _pointer(account.account_id)
        digest = hashlib.sha256(packed).hexdigest()
        keys = [pointer, f"{pointer}:{epoch}:{account.position}"]
        values: list[str | int | bytes] = [epoch, account.position, digest, packed, KEPT_SECONDS, LEFT_SECONDS]
        await self._try(self._forward(keys=keys, args=values), SAVE_SECONDS)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def _find(self, account_id: AccountId, epoch: str) -> tuple[bytes, bytes] | None:
        held = self._redis.hmget(_pointer(account_id), ["epoch", "key", "sha256"])
        its_epoch, key, digest = await cast(Awaitable[list[bytes | None]], held)
        if its_epoch != epoch.encode() or key is None or digest is None:
            return None
        packed = cast(bytes | None, await self._redis.get(key))
        return None if packed is None else (packed, digest)

    async def _try(self, command: Awaitable[Any], seconds: float) -> Any:
        """What the server answers; None when it is left alone, fails or is too slow."""
        if time.monotonic() < self._closed_until:
            if asyncio.iscoroutine(command):
                command.close()
            return None
        try:
            async with asyncio.timeout(seconds):
                answer = await command
        except (RedisError, OSError, TimeoutError) as error:
            self._closed_until = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            if self.available:
                _log.warning("the snapshot cache does not answer; going on without it", error=repr(error))
            self.available = False
            return None
        self._pause = FIRST_PAUSE
        self.available = True
        return answer


def _pointer(account_id: AccountId) -> str:
    """All keys of an account share a hash tag, so that they lie in one slot of a cluster."""
    return f"doorward:{{{account_id}}}:account:{FORMAT}"


def _pack(account: Account) -> bytes:
    return zlib.compress(dump(account), level=1)


def _unpack(packed: bytes) -> Account:
    return load(zlib.decompress(packed))
