"""The golden history of an account: stored events, and the state that they come to.

Logs are read for good, so the lines that are there stay as they are. A new type of event, or a new version of one, gets
a line at the end; `python -m tests.golden.identity_history` then writes the state anew, and its difference is read.
"""

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from doorward_directory.account import Account
from doorward_directory.codec import decode
from doorward_directory.events import apply
from immutables import Map

HISTORY = Path(__file__).with_name("identity_history.jsonl")
STATE = Path(__file__).with_name("identity_state.json")


def stored() -> list[dict[str, Any]]:
    """The events as they are stored, in order: type, schema_version, payload."""
    return [json.loads(line) for line in HISTORY.read_text("utf-8").splitlines()]


def folded() -> Account:
    """The account after all of them."""
    account = None
    for event in stored():
        account = apply(account, decode(event["type"], event["schema_version"], event["payload"].encode()))
    if account is None:
        raise ValueError("no events")
    return account


def plain(value: object) -> object:
    """State as JSON has it, by the names of its fields: no form of the software's own."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Map):
        return {str(key): plain(each) for key, each in sorted(value.items())}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


if __name__ == "__main__":
    STATE.write_text(json.dumps(plain(folded()), indent=1, sort_keys=True) + "\n", "utf-8")
