"""`doorward policy lint`: what in valid documents is probably wrong."""

from collections.abc import Callable
from typing import Annotated

import typer
from doorward_kernel.errors import DoorwardError
from doorward_policy import Policy
from doorward_policy.lint import Catalogue, Finding, Severity, lint
from doorward_policy.parse import examine

from doorward_client.command.output import Json, document, error_line, people
from doorward_client.command.policy.documents import (
    STANDARD_INPUT,
    Files,
    Kind,
    KindOption,
    problem_rows,
    read_document,
    table,
    visible,
)

CLEAN, FINDINGS, FAILED = 0, 1, 2

_Lint = Callable[[Policy], list[Finding]]


def lint_documents(
    files: Files = None,
    kind: KindOption = Kind.IDENTITY,
    no_catalogue: Annotated[
        bool, typer.Option("--no-catalogue", help="Do not look actions up in AWS's service authorization reference.")
    ] = False,
    least: Annotated[
        Severity, typer.Option("--severity", help="Report findings of this severity and graver ones.")
    ] = Severity.INFO,
    json: Json = False,
) -> None:
    """Say what in policy documents is valid but probably wrong; each is a FILE, or standard input (`-`).

    Documents of the language's old version are read too. Exit status 0: nothing found, 1: something found,
    2: a document is invalid or cannot be read.
    """
    catalogue = None if no_catalogue else aws_catalogue()
    graver = list(Severity)[: list(Severity).index(least) + 1]

    def find(policy: Policy) -> list[Finding]:
        return [each for each in lint(policy, kind.of_policy, catalogue) if each.severity in graver]

    raise typer.Exit(max(_lint(name, kind, find, json=json) for name in files or [STANDARD_INPUT]))


def aws_catalogue() -> Catalogue:
    """The catalogue of AWS's services."""
    from doorward_client.command.catalogue import AwsCatalogue  # noqa: PLC0415 - no other command needs its data

    return AwsCatalogue()


def _lint(name: str, kind: Kind, find: _Lint, *, json: bool) -> int:
    try:
        text = read_document(name)
    except DoorwardError as error:
        error_line(error.reason, error.message)
        return FAILED
    policy, found_problems = examine(text, kind.of_policy, accept_2008=True)
    problems = problem_rows(found_problems)
    findings = [_row(each) for each in find(policy)] if policy is not None and not problems else []
    if json:
        document(
            {
                "file": name,
                "decision": "invalid" if problems else "valid",
                "errors": problems,
                "findings": findings,
            }
        )
    elif problems:
        people().print(table(f"{name}: invalid", problems, ("path", "message", "detail")))
    elif findings:
        columns = ("severity", "path", "rule", "reason", "remedy")
        people().print(table(f"{name}: {_count(findings)}", findings, columns))
    else:
        people().print(visible(f"{name}: nothing found"))
    return FAILED if problems else FINDINGS if findings else CLEAN


def _row(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity.value,
        "path": finding.path,
        "rule": finding.rule,
        "reason": finding.reason,
        "remedy": finding.remedy,
    }


def _count(findings: list[dict[str, str]]) -> str:
    return "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
