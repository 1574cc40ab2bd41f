"""The golden histories of an account and of the operator's, which holds the organization: stored events, and the state
that they come to.

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

HISTORIES = ("identity", "organization")


def state_file(history: str) -> Path:
    """Where the state is kept that a history comes to."""
    return Path(__file__).with_name(f"{history}_state.json")


def stored(history: str) -> list[dict[str, Any]]:
    """The events as they are stored, in order: type, schema_version, payload."""
    lines = Path(__file__).with_name(f"{history}_history.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def folded(history: str) -> Account:
    """The account after all of them."""
    account = None
    for event in stored(history):
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
    for name in HISTORIES:
        state_file(name).write_text(json.dumps(plain(folded(name)), indent=1, sort_keys=True) + "\n", "utf-8")
