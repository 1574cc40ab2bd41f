"""`doorward organization`: the tree of accounts, and the guardrails on it."""

from collections.abc import Iterator
from typing import Any

import typer
from rich.text import Text
from rich.tree import Tree

from doorward_client.client import Client
from doorward_client.command.output import DATA_DIR, DataDir, Json, document, people

TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")

app = typer.Typer(help="The organization: all accounts as one tree, and the guardrails on it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `tree` a command of its own while it is the only one."""


@app.command()
def tree(data_dir: DataDir = DATA_DIR, json: Json = False) -> None:
    """Print the root, the organizational units and the accounts in them, each with the guardrails attached to it."""
    with Client.from_endpoints(data_dir) as client:
        (root,) = client.organization.list_roots().roots
        found = _node(client, "ROOT", root.id, root.name)
    if json:
        document(found)
    else:
        people().print(_shown(found))


def _node(client: Client, type: str, id: str, name: str) -> dict[str, Any]:
    """The root or a unit, with all that is in it."""
    organization = client.organization
    units = client.pages(organization.list_organizational_units_for_parent, parent_id=id, max_items=1000)
    accounts = client.pages(organization.list_accounts_for_parent, parent_id=id, max_items=1000)
    return {
        "type": type,
        "id": id,
        "name": name,
        "policies": _attached(client, id),
        "units": [
            _node(client, "ORGANIZATIONAL_UNIT", unit.id, unit.name)
            for page in units
            for unit in sorted(page.organizational_units, key=lambda unit: unit.name)
        ],
        "accounts": [
            {
                "type": "ACCOUNT",
                "id": account.id,
                "name": account.name,
                "alias": account.alias or None,
                "policies": _attached(client, account.id),
            }
            for page in accounts
            for account in page.accounts
        ],
    }


def _attached(client: Client, target: str) -> list[dict[str, str]]:
    pages = (
        page
        for type in TYPES
        for page in client.pages(client.organization.list_policies_for_target, target_id=target, filter=type)
    )
    return [{"id": policy.id, "name": policy.name, "type": policy.type} for page in pages for policy in page.policies]


def _shown(node: dict[str, Any], under: Tree | None = None) -> Tree:
    label = Text.assemble((node["name"], "bold"), f"  {node['id']}")
    if node.get("alias"):
        label.append(f"  {node['alias']}")
    label.append("".join(f"  {name}" for name in _told(node["policies"])), "red")
    tree = Tree(label) if under is None else under.add(label)
    for each in (*node.get("units", ()), *node.get("accounts", ())):
        _shown(each, tree)
    return tree


def _told(policies: list[dict[str, str]]) -> Iterator[str]:
    """The guardrails that bound anything."""
    return (policy["name"] for policy in policies if not policy["id"].startswith(("p-FullAWS", "p-RCPFullAWS")))
