"""The shape of IAM: wildcards, prefixes, conditions, variables, explicit denials, a permissions boundary.

A platform team's role, or a service's, that reaches into many projects. Each policy is one project's, named by a
number, in three of thirty services (about 700 actions); its statements are about the project's own resources and
overlap there: everything may be read, reports be written, single files be replaced, `shared/` be reached in every
region, and work areas be owned, the user's own one by `${aws:username}`. Every tenth statement denies (deleting what
is protected), every fifth has a condition. Now and then a project's prefix lacks its closing slash and covers its
namesakes too. Two statements bear on every request: listing is allowed on `*` in a few services, and nothing is
allowed from outside of the organization. One user in ten has a boundary.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.engines.worlds import (
    ACCOUNT,
    ALLOWED,
    REFUSED,
    STATEMENTS_PER_POLICY,
    Asked,
    Condition,
    Statement,
    World,
    seeded,
)

READING = ("Get", "List", "Describe")
VERBS = (*READING, "Create", "Update", "Delete", "Put", "Tag")
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
ORGANIZATION = "o-a1b2c3d4e5"
TEAMS = ("billing", "data", "platform", "search")
STAGES = ("prod-eu", "prod-us", "staging", "test")
WORDS = ("orders", "billing", "search", "media", "ledger", "ingest", "audit")
USERS = tuple(f"user-{number}" for number in range(10))
BOUNDED = frozenset({USERS[-1]})
USERNAME = "${aws:username}"


@dataclass(frozen=True, slots=True)
class Service:
    """A service: what its ARNs look like, and the nouns of its actions."""

    name: str
    kind: str
    nouns: tuple[str, ...]
    regional: bool = True

    def arn(self, name: str, region: str) -> str:
        place = f"{region}:{ACCOUNT}" if self.regional else ":"
        return f"arn:aws:{self.name}:{place}:{self.kind}{name}"

    def actions(self, verbs: Sequence[str] = VERBS) -> list[str]:
        return [f"{self.name}:{verb}{noun}" for verb in verbs for noun in self.nouns]


KINDS = {
    "athena": "workgroup/",
    "backup": "vault/",
    "batch": "job/",
    "codebuild": "project/",
    "dynamodb": "table/",
    "ecr": "repository/",
    "ecs": "cluster/",
    "elasticache": "cache/",
    "es": "domain/",
    "events": "rule/",
    "firehose": "delivery/",
    "glue": "job/",
    "kinesis": "stream/",
    "kms": "key/",
    "logs": "group/",
    "mq": "broker/",
    "rds": "db/",
    "redshift": "warehouse/",
    "sagemaker": "model/",
    "secretsmanager": "secret/",
    "sns": "topic/",
    "sqs": "queue/",
    "ssm": "parameter/",
    "states": "machine/",
    "transfer": "server/",
    "workmail": "mailbox/",
}
"""Services like most others: what the resources of each are."""

SERVICES = (
    Service("s3", "", ("Object", "ObjectAcl", "Bucket"), regional=False),
    Service("iam", "role/", ("Role", "Policy"), regional=False),
    Service("documents", "document/", ("Document", "Comment", "Version")),
    Service("lambda", "function:", ("Function", "Alias", "Layer")),
    *(Service(name, kind, ("Item", kind.rstrip("/").title(), "Setting")) for name, kind in KINDS.items()),
)
ACTIONS = tuple(action for service in SERVICES for action in service.actions())
_MATCHING = {f"{service.name}:*": service.actions() for service in SERVICES} | {
    f"{service.name}:{verb}*": service.actions([verb]) for service in SERVICES for verb in VERBS
}
CONDITIONS = (
    Condition("StringEquals", "aws:PrincipalTag/team", ("billing", "data", "platform")),
    Condition("StringLike", "aws:ResourceTag/stage", ("prod-*",)),
    Condition("IpAddress", "aws:SourceIp", ("10.0.0.0/8", "192.168.0.0/16")),
    Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),
    Condition("DateLessThan", "aws:CurrentTime", ("2027-01-01T00:00:00Z",)),
    Condition("NumericLessThan", "aws:MultiFactorAuthAge", ("3600",)),
)
BOUNDARY = (
    Statement(False, tuple(f"{service.name}:*" for service in SERVICES if service.name != "iam"), ("*",)),
    Statement(False, ("iam:Get*", "iam:List*"), ("*",)),
    Statement(True, tuple(f"{service.name}:Delete*" for service in SERVICES), ("arn:aws:*:*:*:*/work/*",)),
)
EVERYWHERE = (
    Statement(False, ("documents:List*", "lambda:List*", "kms:List*"), ("*",)),
    Statement(True, ("*",), ("*",), (Condition("StringNotEquals", "aws:PrincipalOrgID", (ORGANIZATION,)),)),
)


def make_iam(size: int, requests: int) -> World:
    """A world of `size` statements; the same one each time."""
    dice = seeded(f"iam {size}")
    own = size - len(EVERYWHERE)
    projects = [list(_project(dice, number)) for number in range(-(-own // STATEMENTS_PER_POLICY))]
    statements = [statement for project in projects for statement in project][:own]
    return World(
        shape="IAM",
        statements=(*EVERYWHERE, *statements),
        users=USERS,
        groups=("everyone",),
        actions=ACTIONS,
        requests=tuple(_requests(dice, statements, requests)),
        boundary=BOUNDARY,
        bounded=BOUNDED,
    )


# --- statements ---


def _project(dice: random.Random, number: int) -> Iterator[Statement]:
    name = f"{WORDS[number % len(WORDS)]}-{number}"
    region = dice.choice(REGIONS)
    services = dice.sample(SERVICES, 3)
    for place in range(STATEMENTS_PER_POLICY):
        service = services[place % 3] if place != 3 else dice.choice(SERVICES[2:])
        denies = place == STATEMENTS_PER_POLICY - 1 and number % 2 == 0
        actions, resources = _denied(service, name, region) if denies else _granted(dice, place, service, name, region)
        conditions = (CONDITIONS[number % len(CONDITIONS)],) if (number + place) % 5 == 0 else ()
        yield Statement(denies, actions, resources, conditions)


def _denied(service: Service, name: str, region: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    actions = tuple(f"{service.name}:{verb}*" for verb in ("Delete", "Update", "Put"))
    return actions, (service.arn(f"{name}/protected/*", region),)


def _granted(
    dice: random.Random, place: int, service: Service, name: str, region: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    writing = service.actions([verb for verb in VERBS if verb not in READING])
    match place:
        case 0:  # read everything of the project
            slash = "" if dice.random() < 0.1 else "/"
            reading = tuple(f"{service.name}:{verb}*" for verb in READING)
            return reading, (service.arn(name, region), service.arn(f"{name}{slash}*", region))
        case 1:  # write its reports
            return tuple(dice.sample(writing, 3)), (service.arn(f"{name}/reports/*", region),)
        case 2:  # replace single files
            files = dice.sample(range(1000), dice.randint(1, 3))
            return tuple(dice.sample(writing, 2)), tuple(service.arn(f"{name}/files/{each}", region) for each in files)
        case 3:  # reach what is shared, in every region
            return (f"{service.name}:Get*", dice.choice(writing)), (service.arn(f"{name}/shared/*", "*"),)
        case _:  # own a work area
            area = f"{name}/home/{USERNAME}/*" if dice.random() < 0.4 else f"{name}/work/*"
            return (f"{service.name}:*",), (service.arn(area, region),)


# --- requests ---


def _requests(dice: random.Random, statements: Sequence[Statement], count: int) -> list[Asked]:
    """Different questions: what statements allow, what they deny, and what comes near to either."""
    grants = [each for each in statements if not each.denies]
    denials = [each for each in statements if each.denies]
    found: dict[tuple[str, str], Asked] = {}
    while len(found) < count:
        fate = dice.random()
        if fate < ALLOWED * 1.09:
            asked = _within(dice, dice.choice(grants))
        elif fate < ALLOWED * 1.09 + REFUSED * 0.75 and denials:
            asked = _within(dice, dice.choice(denials))
        else:
            asked = _beside(dice, dice.choice(statements))
        found.setdefault((asked.action, asked.resource), asked)
    return list(found.values())


def _within(dice: random.Random, statement: Statement) -> Asked:
    """A request that the statement is about; its condition most often holds."""
    user = dice.choice(USERS)
    resource = _resource(dice, dice.choice(statement.resources), user)
    return Asked(user, _action(dice, dice.choice(statement.actions)), resource, _context(dice, user))


def _beside(dice: random.Random, statement: Statement) -> Asked:
    """A request that misses the statement narrowly."""
    asked = _within(dice, statement)
    head, _, path = asked.resource.rpartition(":")
    action = asked.action
    if f"/home/{asked.user}/" in path:
        path = path.replace(asked.user, "stranger")
    else:
        match dice.randrange(4):
            case 0:  # another action of the service
                action = _action(dice, f"{action.partition(':')[0]}:{dice.choice(('Create', 'Tag'))}*")
            case 1:  # the same words in other letters
                path = path.upper()
            case _:  # a project that nothing names
                path = path.replace("-", "-x", 1)
    return Asked(asked.user, action, f"{head}:{path}", asked.context)


def _action(dice: random.Random, pattern: str) -> str:
    return dice.choice(_MATCHING[pattern]) if pattern.endswith("*") else pattern


def _resource(dice: random.Random, pattern: str, user: str) -> str:
    text = pattern.replace(USERNAME, user).replace(f":*:{ACCOUNT}", f":{dice.choice(REGIONS)}:{ACCOUNT}")
    if not text.endswith("*"):
        return text
    return f"{text[:-1]}{dice.choice(('2025', '2026', 'daily'))}/{dice.randrange(1_000_000)}.json"


def _context(dice: random.Random, user: str) -> dict[str, str]:
    """What a service tells with a request: eight keys."""
    usual = dice.random() < 0.9
    return {
        "aws:username": user,
        "aws:PrincipalOrgID": ORGANIZATION if dice.random() < 0.98 else "o-zzzzzzzzzz",
        "aws:PrincipalTag/team": TEAMS[len(user) % 3] if usual else TEAMS[3],
        "aws:ResourceTag/stage": dice.choice(STAGES[:2] if usual else STAGES[2:]),
        "aws:SourceIp": f"10.{dice.randrange(256)}.{dice.randrange(256)}.7" if usual else "203.0.113.9",
        "aws:MultiFactorAuthPresent": "true" if usual else "false",
        "aws:MultiFactorAuthAge": str(dice.randrange(3600) if usual else 7200),
        "aws:CurrentTime": f"2026-{dice.randint(1, 12):02}-01T12:00:00Z" if usual else "2027-06-01T00:00:00Z",
    }
