"""`doorward password`: what users and the root user sign in with."""

from typing import Annotated

import typer
from doorward_kernel.errors import EntityAlreadyExists

from doorward_client.client import Client
from doorward_client.command.caller import Account, AsMe, caller, one_of
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people, table_of
from doorward_client.command.questions import PasswordStdin, Questions

app = typer.Typer(help="Passwords.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `set` a command of its own while it is the only one."""


@app.command("set")
def set_password(
    user: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    root: Annotated[bool, typer.Option("--root", help="Of the root user, in place of --user.")] = False,
    password_stdin: PasswordStdin = False,
    require_reset: Annotated[
        bool, typer.Option("--require-reset", help="The next sign-in asks for another password.")
    ] = False,
    account: Account = None,
    as_me: AsMe = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Give a user a password, the first one or one in place of the other."""
    one_of(user=user, root=root)
    password = Questions(from_stdin=password_stdin).ask_for_new("password")
    with caller(data_dir, account, as_me) as client:
        if user is None:
            answer = client.credentials.set_root_password(password=password, password_reset_required=require_reset)
            revision = answer.revision
        else:
            revision = _of_user(client, user, password, require_reset)
    told = {"user": user or "root", "reset_required": require_reset, "revision": revision}
    if json:
        document(told)
    else:
        people().print(table_of({**told, "reset_required": "yes" if require_reset else ""}))


def _of_user(client: Client, user: str, password: str, require_reset: bool) -> str:
    """The revision at which a user has the password."""
    credentials = client.credentials
    try:
        return credentials.create_login_profile(
            user_name=user, password=password, password_reset_required=require_reset
        ).revision
    except EntityAlreadyExists:
        return credentials.update_login_profile(
            user_name=user, password=password, password_reset_required=require_reset
        ).revision
