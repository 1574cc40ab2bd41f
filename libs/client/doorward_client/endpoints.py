"""Where a local run listens: `endpoints.json` in its data directory."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from doorward_kernel.errors import InvalidInput, Unavailable

FILE_NAME = "endpoints.json"
DEFAULT_DATA_DIR = Path(".doorward")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Addresses (`host:port`), and what a client shows there."""

    identity: str | None = None
    credential: str | None = None
    decision: str | None = None
    decision_admin: str | None = None
    account: str = ""
    service_key: str = field(default="", repr=False)


def read_endpoints(path: str | Path = DEFAULT_DATA_DIR) -> Endpoints:
    """Read `endpoints.json`, or the one in a data directory.

    Raises Unavailable when there is none and InvalidInput when it cannot be read.
    """
    file = Path(path)
    if file.suffix != ".json" or file.is_dir():
        file /= FILE_NAME
    try:
        found = json.loads(file.read_text())
        bootstrap = found["bootstrap"]
        return Endpoints(
            identity=found["identity"],
            credential=found.get("credential"),
            decision=found["decision"],
            decision_admin=found["decision_admin"],
            account=bootstrap["account"],
            service_key=bootstrap["secret_access_key"],
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unavailable(f"there is no `{file}`: start Doorward with `doorward up`") from error
    except OSError as error:
        raise InvalidInput(f"cannot read `{file}`: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"`{file}` does not name the endpoints of a local run: {error!r}") from error
