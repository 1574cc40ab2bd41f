"""Key-encryption keys: one on a line of a file for its owner only, or in the environment; the newest first."""

import base64
import os
from pathlib import Path

import pytest
from doorward_kernel.errors import Unavailable
from doorward_sealing.errors import CannotUnseal, UnknownKeyEncryptionKey
from doorward_sealing.key_encryption import (
    ExchangeableKeys,
    KeyEncryptionKey,
    KeyEncryptionKeys,
    given_key_encryption_keys,
    parse_key_encryption_keys,
    read_key_encryption_keys,
)
from doorward_sealing.key_wrapping import KeyWrapping

OLD, NEW = KeyEncryptionKey(bytes(range(32))), KeyEncryptionKey(bytes([0xFB] * 32))


def written(directory: Path, text: str, mode: int = 0o600) -> Path:
    file = directory / "key-encryption.key"
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    "text",
    [
        f"{base64.b64encode(NEW.key).decode()}\n{base64.b64encode(OLD.key).decode()}\n",
        f"{base64.urlsafe_b64encode(NEW.key).decode()}\r\n\r\n{OLD.key.hex()}",
        f"\n  {NEW.key.hex().upper()}  \n{OLD.key.hex()}",
    ],
)
def test_the_keys_are_read_in_their_order_however_they_are_written(tmp_path: Path, text: str) -> None:
    keys = read_key_encryption_keys(written(tmp_path, text))

    assert keys == KeyEncryptionKeys((NEW, OLD))
    assert keys.first == NEW
    assert keys.named(OLD.id) == OLD


def test_a_key_that_is_not_there_is_named_and_the_service_unavailable_until_it_is() -> None:
    with pytest.raises(UnknownKeyEncryptionKey, match=OLD.id) as failure:
        KeyEncryptionKeys((NEW,)).named(OLD.id)

    assert isinstance(failure.value, Unavailable)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no key"),
        (" \n\n", "holds no key"),
        (f"{OLD.key.hex()}\n{base64.b64encode(OLD.key).decode()}", "twice"),
        (OLD.key.hex() + "\nS3CRETPW", "line 2"),
        (OLD.key.hex()[:-1], "line 1"),
        (OLD.key.hex() + "00", "line 1"),
        (base64.b64encode(OLD.key[:-1]).decode(), "line 1"),
        (base64.b64encode(OLD.key).decode().rstrip("="), "line 1"),
        ("S3CRETPW" * 4, "line 1"),
        ("# S3CRETPW", "line 1"),
        ("é" * 32, "line 1"),
    ],
)
def test_a_file_that_holds_anything_else_is_refused_and_not_quoted(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as failure:
        read_key_encryption_keys(written(tmp_path, text))

    assert "key-encryption.key" in str(failure.value)
    for line in text.split():
        assert line not in str(failure.value)
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660, 0o700, 0o777, 0o1600])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="0600"):
        read_key_encryption_keys(written(tmp_path, OLD.key.hex(), mode))


def test_a_file_that_only_its_owner_may_read_is_taken(tmp_path: Path) -> None:
    file = written(tmp_path, OLD.key.hex(), 0o400)

    assert read_key_encryption_keys(file).first == OLD


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file of root's to a group")
@pytest.mark.parametrize(("mode", "taken"), [(0o440, True), (0o640, True), (0o644, False), (0o660, False)])
def test_roots_file_may_be_read_by_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, taken: bool
) -> None:
    file = written(tmp_path, OLD.key.hex(), mode)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    if taken:
        assert read_key_encryption_keys(file).first == OLD
    else:
        with pytest.raises(ValueError, match="0600"):
            read_key_encryption_keys(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_key_encryption_keys(tmp_path / "nowhere")


def test_ids_are_short_and_keys_are_never_shown() -> None:
    assert len({OLD.id, NEW.id}) == 2
    assert len(OLD.id) == 16
    shown = repr(KeyEncryptionKeys((OLD,))) + str(OLD) + repr(ExchangeableKeys(KeyEncryptionKeys((OLD,))))
    assert repr(OLD.key) not in shown
    assert OLD.key.hex() not in shown


# --- from the environment ---

BASE64, HEXADECIMAL = base64.b64encode(NEW.key).decode(), OLD.key.hex()


@pytest.mark.parametrize(
    "text", [f"{BASE64},{HEXADECIMAL}", f" {BASE64}\n{HEXADECIMAL}\n", f"{BASE64} ,\t{HEXADECIMAL},"]
)
def test_a_variable_holds_keys_between_white_space_or_commas(text: str) -> None:
    assert parse_key_encryption_keys(text, "VARIABLE") == KeyEncryptionKeys((NEW, OLD))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no key"),
        (" ,\n", "holds no key"),
        (f"{HEXADECIMAL} {HEXADECIMAL.upper()}", "twice"),
        (f"{HEXADECIMAL},S3CRETPW", "key 2"),
        (HEXADECIMAL + BASE64, "key 1"),
        ("é" * 32, "key 1"),
        ("\udc80", "key 1"),
    ],
)
def test_a_variable_that_holds_anything_else_is_refused_and_not_quoted(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as failure:
        parse_key_encryption_keys(text, "VARIABLE")

    assert "VARIABLE" in str(failure.value)
    assert not isinstance(failure.value, UnicodeError)
    for word in text.replace(",", " ").split():
        assert word not in str(failure.value)


def test_keys_are_given_in_a_file_or_a_variable_and_not_in_both(tmp_path: Path) -> None:
    file = written(tmp_path, HEXADECIMAL)

    assert given_key_encryption_keys(file, None).first == OLD
    assert given_key_encryption_keys(None, BASE64).first == NEW
    for both in ((file, BASE64), (None, None)):
        with pytest.raises(ValueError, match="DOORWARD_KEY_ENCRYPTION_KEY") as failure:
            given_key_encryption_keys(*both)
        assert BASE64 not in str(failure.value)


# --- wrapping ---


async def test_the_first_key_wraps_and_each_unwraps_what_it_wrapped() -> None:
    before: KeyWrapping = KeyEncryptionKeys((OLD,))
    exchangeable = ExchangeableKeys(KeyEncryptionKeys((OLD,)))
    wrapping: KeyWrapping = exchangeable

    old = await wrapping.wrap("000000000001", bytes(32))
    exchangeable.exchange(KeyEncryptionKeys((NEW, OLD)))
    new = await wrapping.wrap("000000000001", bytes(32))

    assert (old.by, new.by, wrapping.first_id) == (OLD.id, NEW.id, NEW.id)
    assert exchangeable.now.ids == (NEW.id, OLD.id)
    for each in (old, new):
        assert await wrapping.unwrap(each.by, "000000000001", each.data) == bytes(32)
        assert repr(each.data) not in repr(each)
        with pytest.raises(CannotUnseal):
            await wrapping.unwrap(each.by, "000000000002", each.data)
    with pytest.raises(UnknownKeyEncryptionKey, match=NEW.id):
        await before.unwrap(new.by, "000000000001", new.data)
