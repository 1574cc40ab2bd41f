"""Text to telephones: into a file for its owner's eyes on one machine, and nowhere unless set up."""

import stat
from pathlib import Path

import pytest
from doorward_credential.adapters.sms_file import NoSms, SmsFile
from doorward_kernel.errors import InvalidInput, Unavailable


async def test_each_text_is_a_line_that_only_the_owner_may_read(tmp_path: Path) -> None:
    file = tmp_path / "sms.txt"
    sender = SmsFile(file)

    await sender.send("+491701234567", "123456 is your code")
    await sender.send("+491701234568", "654321 ist Ihr Schlüssel")

    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "+491701234567 123456 is your code",
        "+491701234568 654321 ist Ihr Schlüssel",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "sms.txt"
    file.touch()
    file.chmod(0o644)

    await SmsFile(file).send("+491701234567", "123456")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_file_that_cannot_be_written_tells_neither_text_nor_place(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        await SmsFile(tmp_path / "nowhere" / "sms.txt").send("+491701234567", "123456")

    assert refusal.value.message == "the text could not be sent: try again"


async def test_without_a_sender_no_text_is_sent() -> None:
    with pytest.raises(InvalidInput, match="text messages are not set up here"):
        await NoSms().send("+491701234567", "123456")
