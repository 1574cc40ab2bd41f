"""Text to telephones on one machine: written to a file, or refused."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from doorward_kernel.errors import InvalidInput, Unavailable


class SmsFile:
    """Appends each text to a file that only its owner may read: for a local run, where nothing is really sent."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def send(self, phone_number: str, text: str) -> None:
        """See `ports.SmsSender`."""
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {phone_number} {text}\n"
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            raise Unavailable("the text could not be sent: try again") from error

    def _append(self, line: str) -> None:
        opened = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(opened, "a", encoding="utf-8") as file:
            os.fchmod(opened, 0o600)  # it may have been there
            file.write(line)


class NoSms:
    """What there is until a sender is set up: text messages are a weak factor (NIST SP 800-63B-4, 3.1.3.3)."""

    async def send(self, phone_number: str, text: str) -> None:
        """Raises InvalidInput."""
        raise InvalidInput("text messages are not set up here: use a virtual device or a passkey")
