"""`doorward credential-report`: every user of an account, and what each can prove who it is with."""

import csv
import io
import time

from doorward_kernel.errors import DeadlineExceeded

from doorward_client.client import Client
from doorward_client.command.caller import Account, AsMe, caller
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, line

PATIENCE = 60.0
"""Seconds that a report may take."""

_PAUSE = 0.2


def credential_report(
    account: Account = None, as_me: AsMe = False, data_dir: DataDir = DATA_DIR, json: Json = False
) -> None:
    """Print the credential report of an account as CSV; --json prints a document with its rows."""
    with caller(data_dir, account, as_me) as client:
        _generate(client)
        report = client.credentials.get_credential_report()
    text = report.content.decode()
    if json:
        rows = list(csv.DictReader(io.StringIO(text)))
        document({"generated": report.generated_time.ToJsonString(), "users": rows})
    else:
        line(text.rstrip("\r\n"))


def _generate(client: Client) -> None:
    """Returns when there is a report. Raises DeadlineExceeded when that takes more than PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while client.credentials.generate_credential_report().state != "COMPLETE":
        if time.monotonic() >= deadline:
            raise DeadlineExceeded(f"the credential report is not there after {PATIENCE:.0f} s: try again later")
        time.sleep(_PAUSE)
