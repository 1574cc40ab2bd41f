"""The golden history of a keyring: stored events of every type and version, and the state that they come to.

Logs are read for good, so the lines that are there stay as they are. A new type of event, or a new version of one, gets
a line before the last one, which erases all; `python -m tests.golden.credential_history` then writes the state anew,
and its difference is read.
"""

import json
from pathlib import Path
from typing import Any

from doorward_kernel.ids import AccountId
from doorward_keyring.codec import decode
from doorward_keyring.events import apply
from doorward_keyring.keyring import Keyring, empty

from tests.golden.identity_history import plain

HISTORY = Path(__file__).with_name("credential_history.jsonl")
STATE = Path(__file__).with_name("credential_state.json")


def stored() -> list[dict[str, Any]]:
    """The events as they are stored, in order: type, schema_version, payload."""
    return [json.loads(line) for line in HISTORY.read_text("utf-8").splitlines()]


def folded(count: int | None = None) -> Keyring:
    """The keyring after all of them, or after so many."""
    keyring = empty(AccountId("123456789012"))
    for event in stored()[:count]:
        keyring = apply(keyring, decode(event["type"], event["schema_version"], event["payload"].encode()))
    return keyring


def states() -> list[object]:
    """The state before all is erased, and the one after."""
    return [plain(folded(-1)), plain(folded())]


if __name__ == "__main__":
    STATE.write_text(json.dumps(states(), indent=1, sort_keys=True) + "\n", "utf-8")
