"""`doorward init`: an account with its root user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from doorward_kernel.errors import DoorwardError

from doorward_client.client import Client
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people, table_of


def init(
    account_name: Annotated[str, typer.Option("--account-name", help="1 to 50 printable characters.")],
    account_id: Annotated[
        str | None, typer.Option("--account-id", metavar="ID", help="12 digits; chosen at random when absent.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="The e-mail address of the root user.")] = None,
    alias: Annotated[
        str | None,
        typer.Option(help="A name to sign in by, in place of the id: 3 to 63 lower-case letters, digits, hyphens."),
    ] = None,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Make an account with its root user. You do it as the operator, who belongs to no account.

    The account is under the root of the organization, whose guardrails bind its root user too.
    """
    with Client.from_endpoints(data_dir) as client:
        created = client.identity.create_account(
            account_name=account_name, account_id=account_id or "", email=email or ""
        )
        account, revision = created.account, created.revision
        if alias is not None:
            with _told_what_is_there(account.account_id):
                named = client.with_options(account=account.account_id).identity
                revision = named.create_account_alias(account_alias=alias).revision
    made: dict[str, str | None] = {
        "account_id": account.account_id,
        "account_name": account.account_name,
        "alias": alias,
        "root_user": account.arn,
        "email": account.email or None,
        "revision": revision,
    }
    if json:
        document(made)
    else:
        people().print(table_of(made))


@contextmanager
def _told_what_is_there(account_id: str) -> Iterator[None]:
    """An error after the account was made says that it was."""
    try:
        yield
    except DoorwardError as error:
        message = f"account `{account_id}` is made, but has no alias: {error.message}"
        raise type(error)(message) from error
