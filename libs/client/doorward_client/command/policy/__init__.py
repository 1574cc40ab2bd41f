"""`doorward policy`: evaluate, validate and lint policies, without a server."""

import typer

from doorward_client.command.policy import evaluation, linting, validation

app = typer.Typer(help="Evaluate, validate and lint policies; needs no server.", no_args_is_help=True)
app.command("eval")(evaluation.evaluate)
app.command("validate")(validation.validate)
app.command("lint")(linting.lint_documents)
