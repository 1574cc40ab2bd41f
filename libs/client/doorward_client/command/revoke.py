"""`doorward revoke`: sessions that end before their time."""

from typing import Annotated

import typer

from doorward_client.command.caller import Account, AsMe, caller, one_of
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people, table_of


def revoke(
    user: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    role: Annotated[str | None, typer.Option(help="The role's name.")] = None,
    root: Annotated[bool, typer.Option("--root", help="The root user.")] = False,
    account: Account = None,
    as_me: AsMe = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """End the sign-ins and sessions that a user, a role or the root user has now. Access keys stay as they are."""
    one_of(user=user, role=role, root=root)
    with caller(data_dir, account, as_me) as client:
        answer = client.credentials.revoke_sessions(user_name=user or "", role_name=role or "")
    told = {"sessions_of": user or role or "root", "revision": answer.revision}
    if json:
        document(told)
    else:
        people().print(table_of(told))
