"""`doorward sign-in`, `whoami`, `sign-out`: the sign-in that is kept in the data directory."""

from functools import partial
from typing import Annotated

import typer
from doorward_kernel.errors import InvalidInput

from doorward_client.client import Client
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people, table_of
from doorward_client.command.questions import PasswordStdin, Questions
from doorward_client.command.stored_session import forget, keep, resumed
from doorward_client.sessions import NewPasswordNeeded, SecondFactorNeeded, Session

_CODE_DIGITS = 6


def sign_in(
    account: Annotated[
        str | None, typer.Option(help="Account id or alias; that which was there first when absent.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    email: Annotated[str | None, typer.Option(help="Of a root user, in place of --account and --user.")] = None,
    password_stdin: PasswordStdin = False,
    data_dir: DataDir = DATA_DIR,
    json: Json = False,
) -> None:
    """Sign in by password. Commands with --as-me are then yours, until you sign out or the session ends.

    A second factor and another password are asked for when they are needed.
    """
    if (user is None) == (email is None) or (email is not None and account is not None):
        raise typer.BadParameter("give --user, with or without --account, or for a root user --email alone")
    questions = Questions(from_stdin=password_stdin)
    with Client.from_endpoints(data_dir) as client:
        signed_in = _finished(client, questions, account or client.account, user, email)
        session = signed_in.session
        if session is None:
            raise TypeError("a client that signed in has a session")
        keep(data_dir, session.token)
        _tell(session, session.arn, json)


def whoami(data_dir: DataDir = DATA_DIR, json: Json = False) -> None:
    """Print who is signed in, and until when."""
    with Client.from_endpoints(data_dir) as client, resumed(client, data_dir) as me:
        arn = me.tokens.get_caller_identity().arn
        if me.session is None:
            raise TypeError("a client that goes on has a session")
        _tell(me.session, arn, json)


def sign_out(data_dir: DataDir = DATA_DIR, json: Json = False) -> None:
    """Forget the sign-in that is kept. `doorward revoke` ends sign-ins wherever they are kept."""
    was_there = forget(data_dir)
    if json:
        document({"signed_out": was_there})
    else:
        people().print("signed out" if was_there else "nobody was signed in")


def _finished(client: Client, questions: Questions, account: str, user: str | None, email: str | None) -> Client:
    """Sign in, asking for whatever is needed."""
    password = questions.ask("password")
    if email is not None:
        step = partial(client.sign_in_root, email=email, password=password)
    else:
        step = partial(client.sign_in, account=account, user_name=user or "", password=password)
    while True:
        try:
            return step()
        except SecondFactorNeeded as needed:
            step = partial(_with_factor, client, questions, needed)
        except NewPasswordNeeded as needed:
            step = partial(_with_new_password, client, questions, needed.challenge)


def _with_factor(client: Client, questions: Questions, asked: SecondFactorNeeded) -> Client:
    """Asks for a code, which is sent when no device shows one; a recovery code may be given in its place."""
    challenge, factors = asked.challenge, set(asked.factors)
    if not factors & {"totp", "sms", "recovery-code"}:
        raise InvalidInput("the second factor is a passkey, which a browser must ask for")
    if "sms" in factors and "totp" not in factors:
        challenge = client.authentication.send_sms_code(challenge=challenge).challenge
    shown = questions.ask("code of the second factor" + (" or a recovery code" if "recovery-code" in factors else ""))
    digits = shown.replace(" ", "")
    if len(digits) == _CODE_DIGITS and digits.isdigit():
        return client.complete_sign_in(challenge, code=digits)
    return client.complete_sign_in(challenge, recovery_code=shown)


def _with_new_password(client: Client, questions: Questions, challenge: str) -> Client:
    return client.change_expired_password(challenge, questions.ask_for_new("new password"))


def _tell(session: Session, arn: str, json: bool) -> None:
    who = {"account": session.account, "arn": arn, "expires_at": session.expires_at.isoformat(timespec="seconds")}
    if json:
        document(who)
    else:
        people().print(table_of(who))
