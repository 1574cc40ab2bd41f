"""pycasbin's adapter: `FastEnforcer`, which finds the rules of one action and resource by hash.

That is the setting for many rules that match exactly; its plain `Enforcer` reads through all of them. It has no
conditions, and with patterns neither of its two could use the hash, so it takes part in RBAC alone.
"""

from tests.bench.engines.engine import Loaded, fresh
from tests.bench.engines.worlds import Asked, World

MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && r.obj == p.obj && g(r.sub, p.sub)
"""
BY_ACTION_AND_RESOURCE = [2, 1]


class Casbin:
    """pycasbin with a model in memory; its log is off, as it is by default."""

    name = "pycasbin"
    packages: tuple[str, ...] = ("casbin",)
    shapes = frozenset({"RBAC"})

    def write(self, world: World) -> str:
        rules = [
            f"p, {each.group}, {resource}, {action}, {'deny' if each.denies else 'allow'}"
            for each in world.statements
            for action in each.actions
            for resource in each.resources
        ]
        return "\n".join([*rules, *(f"g, {user}, {group}" for user in world.users for group in world.groups)])

    def load(self, written: str) -> Loaded:
        import casbin  # noqa: PLC0415 - a peer, which only this needs
        from casbin.persist.adapters.string_adapter import StringAdapter  # noqa: PLC0415

        model = casbin.FastModel(BY_ACTION_AND_RESOURCE)
        model.load_model_from_text(MODEL)
        enforcer = casbin.FastEnforcer(model, StringAdapter(written), cache_key_order=BY_ACTION_AND_RESOURCE)

        def check(asked: tuple[str, str, str]) -> bool:
            allowed: bool = enforcer.enforce(*asked)
            return allowed

        return Loaded(_ask, check)


def _ask(asked: Asked) -> tuple[str, str, str]:
    return fresh(asked.user), fresh(asked.resource), fresh(asked.action)
