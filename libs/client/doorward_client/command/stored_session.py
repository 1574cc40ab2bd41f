"""The session token that `doorward sign-in` keeps in the data directory, for its owner's eyes only."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorward_kernel.errors import ExpiredToken, InvalidInput, Unauthenticated

from doorward_client.client import Client

FILE_NAME = "session.json"


def keep(data_dir: Path, token: str) -> None:
    """Keep a session token, in place of the one before. Raises InvalidInput when that cannot be."""
    file = data_dir / FILE_NAME
    written = file.with_suffix(".new")
    try:
        written.unlink(missing_ok=True)
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            json.dump({"session": token}, opened)
        written.replace(file)
    except OSError as error:
        raise InvalidInput(f"cannot write `{file}`: {error.strerror}") from error


def forget(data_dir: Path) -> bool:
    """Whether there was a session to forget. Raises InvalidInput when it cannot be."""
    file = data_dir / FILE_NAME
    try:
        file.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise InvalidInput(f"cannot remove `{file}`: {error.strerror}") from error
    return True


@contextmanager
def resumed(client: Client, data_dir: Path) -> Iterator[Client]:
    """The client of whoever is signed in, whose errors say what to do when the sign-in no longer holds.

    Raises Unauthenticated when nobody is signed in or the session was revoked, ExpiredToken when it is over.
    """
    token = _kept(data_dir)
    try:
        yield client.resumed(token)
    except ExpiredToken as error:
        raise ExpiredToken("the session is over: sign in again with `doorward sign-in`") from error
    except Unauthenticated as error:
        raise Unauthenticated("the session no longer holds: sign in again with `doorward sign-in`") from error


def _kept(data_dir: Path) -> str:
    file = data_dir / FILE_NAME
    try:
        token = json.loads(file.read_text())["session"]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unauthenticated("nobody is signed in: use `doorward sign-in`") from error
    except OSError as error:
        raise InvalidInput(f"cannot read `{file}`: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"`{file}` holds no session: use `doorward sign-in`") from error
    if not isinstance(token, str):
        raise InvalidInput(f"`{file}` holds no session: use `doorward sign-in`")
    return token
