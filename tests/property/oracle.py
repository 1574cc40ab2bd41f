"""An evaluator of IAM policies that is naive and obviously right, to hold the fast one against."""

import operator
import re
from base64 import b64decode
from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

DIRECT, ROLE, ACCOUNT = "direct", "role", "account"  # how closely a principal element names the caller
EVERY_LEVEL = frozenset({DIRECT, ROLE, ACCOUNT})
LEVELS = {"user": {DIRECT, ACCOUNT}, "session": EVERY_LEVEL, "role": {ROLE, ACCOUNT}, "root": {ACCOUNT}}
LEVELS |= {"federated": {DIRECT, ACCOUNT}, "service": {DIRECT}, "provider": {DIRECT}, "anonymous": {DIRECT}}
KINDS = {"user": "user", "role": "role", "assumed-role": "session", "federated-user": "federated", "root": "root"}
PROVIDERS = ["accounts.google.com", "www.amazon.com", "graph.facebook.com", "cognito-identity.amazonaws.com"]
KINDS |= {"anonymous": "anonymous"} | dict.fromkeys([*PROVIDERS, "saml-provider", "oidc-provider"], "provider")
ALWAYS_ALLOWED = {"sts:getcalleridentity", "sts:getsessiontoken"}
ASSUME_ACTIONS = {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"}
SESSION_ACTIONS = {"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"}
VARIABLE = r"\$\{ *([^{}', ](?:[^{}',]*[^{}', ])?) *(?:, *'([^'}]*)' *)?\}"
NUMBER = r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)"
BASE64 = r"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"
DAY, ZONE = r"(-?\d{1,9})(?:-(\d\d)(?:-(\d\d))?)?", r"(?:Z|([+-])(\d\d)(?::?(\d\d))?)?"
DATE = DAY + r"(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?" + ZONE + ")?"
Match = tuple[str, str, Set[str]]  # a statement's name and effect, and the levels at which it names the caller
Pattern = list[str]  # characters, of which * and ? are wildcards; what a variable stood for is marked by a backslash
Matcher = Callable[[str, Pattern], bool]


@dataclass(frozen=True)
class Answer:
    """The decision, and the names of every matching Allow and Deny statement."""

    decision: str
    allow: frozenset[str]
    deny: frozenset[str]


def answer(case: dict[str, Any]) -> Answer:
    """Decide one case (IAM user guide, "Policy evaluation logic"); the documents in it must be valid."""
    request = Request(case)
    if request.action in ALWAYS_ALLOWED:
        return Answer("allow", frozenset(), frozenset())
    identity, boundary, session, resource = (
        request.matches(kind.removesuffix("_policy"), as_list(case.get(kind, [])))
        for kind in ("identity", "boundary", "session", "resource_policy")
    )
    rcp = request.matches("rcp", [policy for level in case.get("rcp", []) for policy in level])
    levels = case.get("scp", []) if request.is_bound_by_scps else []
    scp = [request.matches("scp", level, sum(map(len, levels[:depth]))) for depth, level in enumerate(levels)]
    found = [match for group in (identity, boundary, session, resource, rcp, *scp) for match in group]
    allow = frozenset(name for name, effect, _ in found if effect == "Allow")
    deny = frozenset(name for name, effect, _ in found if effect == "Deny")
    if deny:
        return Answer("explicit_deny", allow, deny)
    # From here on every match is an Allow. Each level of RCPs also has RCPFullAWSAccess: RCPs allow.
    root, void = request.kind == "root", request.kind == "federated" and not case.get("session")
    within = (root or not case.get("boundary") or bool(boundary)) and (not case.get("session") or bool(session))
    by_identity = within and (root or (bool(identity) and not void))
    granted = request.is_granted({level for _, _, levels in resource for level in levels}, within, by_identity)
    return Answer("allow" if granted and all(scp) else "implicit_deny", allow, deny)


class Request:
    """What is asked, by whom, and which statements match it."""

    def __init__(self, case: dict[str, Any]) -> None:
        given = case["request"]
        self.context: dict[str, Any] = {key.lower(): value for key, value in given.get("context", {}).items()}
        self.principal: str = given["principal"]
        self.own_parts = arn_parts(self.principal) or [""] * 6
        self.kind = KINDS.get(self.own_parts[5].split("/")[0] or self.principal, "service")
        self.account = "" if self.kind in {"service", "provider", "anonymous"} else self.own_parts[4]
        # SCPs bind neither service-linked roles nor callers outside accounts (Organizations user guide, "SCPs").
        role = self.value("aws:PrincipalArn") if self.kind == "session" else self.principal
        linked = f"arn:[^:]*:iam::{self.account}:role/aws-service-role/"
        self.is_bound_by_scps = bool(self.account) and not re.match(linked, role)
        self.action: str = given["action"].lower()
        self.resource: str = "*" if given.get("wildcard_only") else given["resource"]
        self.parts = arn_parts(self.resource) or [""] * 6
        self.resource_account: str = given.get("resource_account") or self.parts[4] or self.account
        self.issuer, self.canonical_user = given.get("issuer"), given.get("canonical_user")
        self.has_boundary, self.has_resource_policy = bool(case.get("boundary")), "resource_policy" in case

    def value(self, key: str) -> str:
        value = self.context.get(key.lower())
        return value if isinstance(value, str) else ""  # missing or multivalued

    def is_granted(self, levels: Set[str], within: bool, by_identity: bool) -> bool:
        """Add up, when none denies, resource policy, boundary and session (`within`), and identity policies in them."""
        if not self.account:
            return bool(levels)
        of_role, of_key = self.parts[5].startswith("role/"), self.parts[5].startswith("key/")
        is_trust = self.action in ASSUME_ACTIONS or (self.action in SESSION_ACTIONS and of_role)
        is_key = self.action.startswith("kms:") and self.parts[2] == "kms" and of_key and self.has_resource_policy
        if not levels and (is_trust or is_key):  # trust policies must allow, and key policies that are given
            return False
        if self.account != self.resource_account:  # "Cross-account policy evaluation logic"
            return bool(levels) and by_identity
        return DIRECT in levels or (ROLE in levels and within) or by_identity

    def matches(self, kind: str, policies: list[dict[str, Any]], first: int = 0) -> list[Match]:
        found = []
        for number, policy in enumerate(policies, first):
            for index, statement in enumerate(as_list(policy["Statement"])):
                levels = self.levels_named(statement) if kind in {"resource", "rcp"} else EVERY_LEVEL
                if levels and self.matches_statement(statement, policy.get("Version") == "2012-10-17"):
                    found.append((f"{kind}.{number}#{statement.get('Sid') or index}", statement["Effect"], levels))
        return found

    def matches_statement(self, statement: dict[str, Any], variables: bool) -> bool:
        conditions = [(name, *item) for name, keys in statement.get("Condition", {}).items() for item in keys.items()]
        return (
            covers(statement, "Action", lambda pattern: glob(list(pattern.lower()), self.action))
            and covers(statement, "Resource", lambda pattern: self.matches_resource(pattern, variables))
            and all(self.meets(name, key, as_list(given), variables) for name, key, given in conditions)
        )

    def matches_resource(self, pattern: str, variables: bool) -> bool:
        segments: list[Pattern | None] = [list(segment) for segment in pattern.split(":", 5)]
        if variables and len(segments) == 6:  # variables stand only behind the fifth colon
            segments[5] = self.substituted(pattern.split(":", 5)[5])
        return pattern == "*" or arn_matches(segments, self.resource)

    def substituted(self, text: str) -> Pattern | None:
        """A pattern with its variables replaced; None when one has neither a value nor a default."""
        first, *rest = re.split(VARIABLE, text)  # the plain text, and in it key, default, plain text, and so on
        pattern = list(first)
        for key, default, plain in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            value = key if key in {"*", "?", "$"} else self.value(key) or default
            if value is None:
                return None
            pattern += [*("\\" + character for character in value), *plain]
        return pattern

    def levels_named(self, statement: dict[str, Any]) -> Set[str]:
        """The levels at which a statement applies to the caller ("AWS JSON policy elements: Principal")."""
        element = statement["Principal" if "Principal" in statement else "NotPrincipal"]
        listed = {"AWS": "*"} if element == "*" else element
        covered = {level for key in listed for entry in as_list(listed[key]) for level in self.levels_of(key, entry)}
        if "Principal" in statement:
            return covered
        spared = covered >= LEVELS[self.kind] and not self.has_boundary
        return frozenset() if (covered if statement["Effect"] == "Allow" else spared) else EVERY_LEVEL

    def levels_of(self, key: str, entry: str) -> Set[str]:
        if key in {"Service", "Federated"}:
            kind = "service" if key == "Service" else "provider"
            return {DIRECT} if (kind, entry) == (self.kind, self.principal) else set()
        if (key, entry) == ("AWS", "*") or not self.account:
            return EVERY_LEVEL if entry == "*" else set()
        own, role = self.own_parts, arn_parts(entry) or [""] * 6
        if key == "CanonicalUser" or entry in {self.account, f"arn:{own[1]}:iam::{self.account}:root"}:
            return {ACCOUNT} if key == "AWS" or entry == self.canonical_user else set()
        prefix = {"user": "AIDA", "session": "AROA", "role": "AROA"}.get(self.kind)
        is_own_id = prefix and entry.startswith(prefix) and entry == self.value("aws:userid").split(":")[0]
        if entry == self.principal or is_own_id:
            return {ROLE} if self.kind == "role" or entry.startswith("AROA") else {DIRECT}
        # A role ARN names the sessions of the role: by partition, account and name, whatever its path.
        is_role = role[2] == "iam" and role[5].startswith("role/") and (role[1], role[4]) == (own[1], own[4])
        of_session = self.kind == "session" and is_role and role[5].split("/")[-1] == own[5].split("/")[1]
        return {ROLE} if of_session or (self.kind == "federated" and entry == self.issuer) else set()

    def meets(self, name: str, key: str, given: list[Any], variables: bool) -> bool:
        """Hold one key against the values given for it ("IAM JSON policy elements: Condition operators")."""
        values = [str(value).lower() if isinstance(value, bool) else str(value) for value in given]
        quantifier, _, name = name.lower().rpartition(":")
        base, asked = name.removesuffix("ifexists"), self.context.get(key.lower(), [])
        if base == "null":
            return ("true" if asked == [] else "false") in [value.lower() for value in values]
        negated = base not in MATCHERS  # such an operator holds when its positive form matches none of the values
        matches = MATCHERS[base.replace("not", "", 1) if negated else base]
        may_vary = variables and base.startswith(("string", "arn", "bool"))
        patterns = [self.substituted(value) if may_vary else list(value) for value in values]
        elements = [asked] if isinstance(asked, str) else asked
        results = [negated != any(given is not None and matches(one, given) for given in patterns) for one in elements]
        if quantifier == "forallvalues":
            return not any(elements) or all(results)  # empty strings alone are a null data set
        if not elements:
            return name.endswith("ifexists") or (negated and not quantifier)
        return any(results) and (quantifier == "foranyvalue" or isinstance(asked, str))


def covers(statement: dict[str, Any], element: str, matches: Callable[[str], bool]) -> bool:
    """Whether `Element` lists what is asked, or `NotElement` does not; a statement without either covers it."""
    patterns = as_list(statement.get(element, statement.get("Not" + element, [])))
    return any(matches(pattern) for pattern in patterns if pattern is not None) == (element in statement)


def arn_parts(text: str) -> list[str]:
    return text.split(":", 5) if text.startswith("arn:") and text.count(":") >= 5 else []  # [] is no ARN


def arn_matches(segments: list[Pattern | None], arn: str) -> bool:
    pairs = zip(segments, arn_parts(arn), strict=False)  # segments that the pattern lacks match anything
    return arn_parts(arn) != [] and all(segment is not None and glob(segment, part) for segment, part in pairs)


def arn_like(value: str, pattern: Pattern) -> bool:
    colons = [at for at, token in enumerate(pattern) if token[-1] == ":"][:5]
    bounds = zip([0, *(at + 1 for at in colons)], [*colons, len(pattern)], strict=True)
    return arn_matches([pattern[start:end] for start, end in bounds], value)  # a lone * lacks five segments


def glob(pattern: Pattern, text: str) -> bool:
    if not pattern or not text:
        return text == "" and all(token == "*" for token in pattern)
    if pattern[0] == "*":
        return glob(pattern[1:], text) or glob(pattern, text[1:])
    return pattern[0] in {"?", text[0], "\\" + text[0]} and glob(pattern[1:], text[1:])


def comparing(parse: Callable[..., Any], compare: Callable[[Any, Any], bool], block: Any = None) -> Matcher:
    # `block` parses the policy's values when they differ in form; what cannot be parsed matches nothing
    def matches(value: str, pattern: Pattern) -> bool:
        try:
            return compare((block or parse)("".join(token[-1] for token in pattern)), parse(value))
        except ValueError:
            return False

    return matches


def parts_of(text: str, form: str) -> tuple[str, ...]:
    if parts := re.fullmatch(form, text, re.ASCII):
        return parts.groups("")
    raise ValueError(text)


def instant(text: str) -> int:
    """Nanoseconds since 1970 of a W3C date or of epoch seconds."""
    if re.fullmatch("[0-9]{1,3}|[0-9]{5,19}", text) and int(text) < 2**63:
        return int(text) * 10**9
    parts = parts_of(text, DATE)
    year, month, day = (int(part or 1) for part in parts[:3])
    hour, minute, second, zone_hours, zone_minutes = (int(part or 0) for part in (*parts[3:6], *parts[8:]))
    zone = timezone(timedelta(hours=zone_hours, minutes=zone_minutes) * (-1 if parts[7] == "-" else 1))
    cycles, year = divmod(year - 2000, 400)  # the calendar repeats itself: every 400 years have as many days
    start = datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)
    return (start // timedelta(seconds=1) + cycles * 146_097 * 86_400) * 10**9 + int(parts[6].ljust(9, "0"))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


ORDER = {"equals": "eq", "lessthan": "gt", "lessthanequals": "ge", "greaterthan": "lt", "greaterthanequals": "le"}
MATCHERS: dict[str, Matcher] = {
    "stringequals": comparing(str, operator.eq),
    "stringequalsignorecase": comparing(str.casefold, operator.eq),
    "stringlike": lambda value, pattern: glob(pattern, value),
    "bool": comparing(lambda text: ("false", "true").index(text.lower()), operator.eq),
    "binaryequals": comparing(lambda text: b64decode(parts_of(text, BASE64)[0]), operator.eq),
    "ipaddress": comparing(ip_address, operator.contains, lambda text: ip_network(text, strict=False)),
    **dict.fromkeys(["arnequals", "arnlike"], arn_like),
}
for name, compare in ORDER.items():  # the policy's value stands first
    MATCHERS["numeric" + name] = comparing(lambda text: Decimal(parts_of(text, NUMBER)[0]), getattr(operator, compare))
    MATCHERS["date" + name] = comparing(instant, getattr(operator, compare))
