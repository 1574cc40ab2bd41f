"""The `doorward` command: tables for people, `--json` for programs.

Exit status 2 is an error; what 0 and 1 mean, each command says. Packages add commands by entry points of the group
`doorward.commands`: the entry point's name is the command's, its object the function or the group of commands.
"""

import sys
from importlib.metadata import entry_points

import typer
from doorward_kernel.errors import DoorwardError

from doorward_client.command import (
    check,
    credential_report,
    events,
    init,
    keys,
    organization,
    password,
    policy,
    revoke,
    session,
)
from doorward_client.command.output import INTERRUPTED, error_line

GROUP = "doorward.commands"


def application() -> typer.Typer:
    """The command with everything that is installed."""
    app = typer.Typer(
        help="Doorward: identity and access, self-hosted.", no_args_is_help=True, pretty_exceptions_enable=False
    )
    app.callback()(lambda: None)
    app.command("check")(check.check)
    app.command("init")(init.init)
    app.command("sign-in")(session.sign_in)
    app.command("whoami")(session.whoami)
    app.command("sign-out")(session.sign_out)
    app.command("revoke")(revoke.revoke)
    app.command("credential-report")(credential_report.credential_report)
    app.add_typer(events.app, name="events")
    app.add_typer(keys.app, name="keys")
    app.add_typer(organization.app, name="organization")
    app.add_typer(password.app, name="password")
    app.add_typer(policy.app, name="policy")
    for found in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            command = found.load()
        except ImportError as error:
            error_line("Warning", f"the command `{found.name}` of {found.value} cannot be loaded: {error}")
            continue
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=found.name)
        else:
            app.command(found.name)(command)
    return app


def main() -> None:
    """Run the command that the arguments name, and exit."""
    try:
        application()(prog_name="doorward")
    except DoorwardError as error:
        error_line(error.reason, error.message)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
