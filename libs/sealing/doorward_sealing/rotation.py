"""Changes key-encryption keys while a process runs: takes over what its file holds, and wraps the data keys anew.

The old keys stay in use until no data key needs them, also when the file holds them no longer. What is logged of a
key is its id.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import structlog
from doorward_kernel.errors import DoorwardError

from doorward_sealing.key_encryption import ExchangeableKeys, KeyEncryptionKeys, read_key_encryption_keys
from doorward_sealing.vault import Vault

LOOK_SECONDS = 5.0
"""Between two looks at the file."""

SETTLING_SECONDS = 60.0
"""How long after a change others, who began or looked before it, may still store a data key that an old one wraps."""

RETRY_SECONDS = 60.0
"""Between two tries to wrap anew what could not be."""

PAGE = 100
"""Data keys that are wrapped anew in one commit."""

_log = structlog.get_logger()


class Rotation:
    """Keeps the data keys of a vault wrapped by the first key of a file; `keys` are those that the vault uses.

    Without a file, for keys from the environment, it wraps anew what the first of them does not wrap, and rests.
    """

    def __init__(
        self,
        vault: Vault,
        keys: ExchangeableKeys,
        file: Path | None,
        *,
        look_seconds: float = LOOK_SECONDS,
        settling_seconds: float = SETTLING_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vault = vault
        self._keys = keys
        self._file = file
        self._look_seconds = look_seconds
        self._settling_seconds = settling_seconds
        self._clock = clock
        self._given = keys.now
        self._problem: str | None = None
        self._settled_at = clock() + settling_seconds
        self._try_at: float | None = clock()

    async def run(self) -> NoReturn:
        """Look at the file, and wrap anew while there is anything to wrap, until cancelled."""
        while True:
            await self._look()
            if self._try_at is not None and self._clock() >= self._try_at:
                await self._wrap_anew()
            await asyncio.sleep(self._look_seconds)

    async def _look(self) -> None:
        if self._file is None:
            return
        try:
            found = await asyncio.to_thread(read_key_encryption_keys, self._file)
        except (OSError, ValueError) as error:
            if str(error) != self._problem:
                self._problem = str(error)
                _log.error("key-encryption keys unreadable, old ones stay", problem=str(error), used=self._keys.now.ids)
            return
        if self._problem is not None:
            self._problem = None
            _log.info("key-encryption keys readable again", given=found.ids)
        if found != self._given:
            self._take_over(found)

    def _take_over(self, found: KeyEncryptionKeys) -> None:
        """Use the keys of the file first, and after them those that only wrapped so far."""
        missing = tuple(key for key in self._keys.now.keys if key not in found.keys)
        self._given = found
        self._keys.exchange(KeyEncryptionKeys(found.keys + missing))
        self._try_at = self._clock()
        self._settled_at = self._try_at + self._settling_seconds
        _log.info("key-encryption keys taken over", given=found.ids, used=self._keys.now.ids)
        if missing:
            _log.warning(
                "key-encryption keys missing from the file serve until no data key needs them: do not end the process",
                missing=[key.id for key in missing],
            )

    async def _wrap_anew(self) -> None:
        """Go through all data keys once; it is over when none is left to wrap anew, and none can come any more."""
        try:
            done, failed = await self._pass()
        except DoorwardError as error:  # what was wrapped anew stays so
            _log.warning("data keys not wrapped anew, trying again", problem=error.message)
            self._try_at = self._clock() + RETRY_SECONDS
            return
        first = self._keys.first_id
        if done:
            _log.info("data keys wrapped anew", count=done, wrapped_by=first)
        if failed:
            _log.error("data keys cannot be wrapped anew, trying again", count=len(failed), problem=failed[0])
            self._try_at = self._clock() + RETRY_SECONDS
        elif not done and self._clock() >= self._settled_at:
            _log.info("all data keys are wrapped by the first key-encryption key", wrapped_by=first)
            self._try_at = None
            self._keys.exchange(self._given)

    async def _pass(self) -> tuple[int, list[str]]:
        """How many were wrapped anew, and why each other one could not be."""
        done, failed, after = 0, list[str](), ""
        while (page := await self._vault.rewrap(PAGE, after=after)).last is not None:
            done += page.done
            failed += [error.message for error in page.failed.values()]
            after = page.last
        return done, failed
