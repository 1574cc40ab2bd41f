"""`doorward keys`: access keys of a user."""

from typing import Annotated

import typer
from doorward.credential.v1.access_keys_pb2 import AccessKey, AccessKeyMetadata
from rich.table import Table

from doorward_client.command.caller import Account, AsMe, caller
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people, table_of

app = typer.Typer(help="Access keys: at most two for each user.", no_args_is_help=True)

User = Annotated[str | None, typer.Option(help="The user whose keys; with --as-me you when absent.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The key's id: AKIA…")]


@app.command()
def create(
    user: User = None, account: Account = None, as_me: AsMe = False, data_dir: DataDir = DATA_DIR, json: Json = False
) -> None:
    """Make an access key. Its secret is printed here, and never again."""
    with caller(data_dir, account, as_me) as client:
        made = client.credentials.create_access_key(user_name=_whose(user, as_me))
    key = made.access_key
    told = {
        "user": key.user_name,
        "access_key_id": key.access_key_id,
        "secret_access_key": key.secret_access_key,
        "status": key.status,
        "created": _time(key),
        "revision": made.revision,
    }
    if json:
        document(told)
    else:
        people().print(table_of(told))


@app.command("list")
def list_keys(
    user: User = None, account: Account = None, as_me: AsMe = False, data_dir: DataDir = DATA_DIR, json: Json = False
) -> None:
    """Print the access keys of a user, without their secrets."""
    with caller(data_dir, account, as_me) as client:
        pages = client.pages(client.credentials.list_access_keys, user_name=_whose(user, as_me))
        found = [key for page in pages for key in page.access_key_metadata]
    rows = [
        {"user": key.user_name, "access_key_id": key.access_key_id, "status": key.status, "created": _time(key)}
        for key in found
    ]
    if json:
        document({"access_keys": rows})
        return
    table = Table("access key id", "status", "created", box=None, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(row["access_key_id"], row["status"], row["created"])
    people().print(table)


@app.command()
def activate(
    key: Key,
    user: User = None,
    account: Account = None,
    as_me: AsMe = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Let a key prove who calls, again."""
    with caller(data_dir, account, as_me) as client:
        update = client.credentials.update_access_key
        done = update(user_name=_whose(user, as_me), access_key_id=key, status="Active")
    _tell(key, "Active", done.revision, json)


@app.command()
def deactivate(
    key: Key,
    user: User = None,
    account: Account = None,
    as_me: AsMe = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Let a key prove nothing until it is activated again."""
    with caller(data_dir, account, as_me) as client:
        update = client.credentials.update_access_key
        done = update(user_name=_whose(user, as_me), access_key_id=key, status="Inactive")
    _tell(key, "Inactive", done.revision, json)


@app.command()
def delete(
    key: Key,
    user: User = None,
    account: Account = None,
    as_me: AsMe = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Delete a key for good."""
    with caller(data_dir, account, as_me) as client:
        done = client.credentials.delete_access_key(user_name=_whose(user, as_me), access_key_id=key)
    _tell(key, "Deleted", done.revision, json)


def _whose(user: str | None, as_me: bool) -> str:
    """The name to send; empty for the caller. The operator has no keys of its own."""
    if user is None and not as_me:
        raise typer.BadParameter("give --user, or --as-me for your own keys")
    return user or ""


def _time(key: AccessKeyMetadata | AccessKey) -> str:
    return key.create_date.ToJsonString()


def _tell(key: str, status: str, revision: str, json: bool) -> None:
    told = {"access_key_id": key, "status": status, "revision": revision}
    if json:
        document(told)
    else:
        people().print(table_of(told))
