"""Random worlds of policies, and requests on them, from alphabets so small that things collide."""

from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

Case = dict[str, Any]
Draw = st.DrawFn
Object = st.SearchStrategy[dict[str, Any]]

HOME, OTHER, CHINA = "111122223333", "444455556666", "777788889999"
AIDA, AROA, CANONICAL = "AIDAALICE234567ALICE2", "AROAAPP2345672APP2345", "0123456789abcdef" * 4
SERVICE_LINKED = f"arn:aws:iam::{HOME}:role/aws-service-role/a.amazonaws.com/Linked"
USERS = [f"arn:aws:iam::{HOME}:user/alice", f"arn:aws:iam::{HOME}:user/team/bob", f"arn:aws:iam::{OTHER}:user/alice"]
ROLES = [f"arn:aws:iam::{HOME}:role/app", f"arn:aws:iam::{HOME}:role/svc/app", f"arn:aws:iam::{OTHER}:role/app"]
CHINESE = [f"arn:aws-cn:iam::{CHINA}:role/app", f"arn:aws-cn:iam::{HOME}:role/app", f"arn:aws:iam::{CHINA}:role/app"]
SESSIONS = [f"arn:aws:sts::{HOME}:assumed-role/app/{name}" for name in ("s1", "s2")]
SESSIONS += [f"arn:aws:sts::{OTHER}:assumed-role/app/s1", f"arn:aws-cn:sts::{CHINA}:assumed-role/app/s1"]
FEDERATED = [f"arn:aws:sts::{HOME}:federated-user/bob", f"arn:aws:sts::{OTHER}:federated-user/bob"]
ROOTS = [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{OTHER}:root"]
SERVICES = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
PROVIDERS = [f"arn:aws:iam::{HOME}:saml-provider/corp", f"arn:aws:iam::{HOME}:oidc-provider/id.corp/x"]
PROVIDERS += ["accounts.google.com", "cognito-identity.amazonaws.com"]
IN_ACCOUNT = [*USERS[:1] * 6, *USERS, *ROLES, *SESSIONS[:1] * 4, *SESSIONS, *FEDERATED, FEDERATED[0], *ROOTS]
IN_ACCOUNT += [SERVICE_LINKED, f"arn:aws:sts::{HOME}:assumed-role/Linked/s1"]
ANY_CALLER = st.sampled_from([*IN_ACCOUNT * 2, *SERVICES, *PROVIDERS, "anonymous", "anonymous"])
CASTS = st.lists(ANY_CALLER, min_size=4, max_size=4)

CONTEXT_VALUES: dict[str, list[str | list[str]]] = {
    "aws:PrincipalArn": [*USERS[:2], *ROLES[:2], *ROOTS[:1], SERVICE_LINKED, ROLES[:1], "alice", ""],
    "aws:username": ["alice", "alice", "Alice", "bob", "*", "a?", "", ["alice"]],
    "aws:userid": [AIDA, f"{AROA}:s1", AROA, HOME, f"{HOME}:bob", [AIDA], f"{AIDA}:x"],
    "aws:PrincipalTag/Team": ["data", "Data", "DATA", "straße", "*", "", ["data"], ["data", "k"], "a:b"],
    "aws:TagKeys": [[], ["a"], ["b"], ["a", "b"], ["a", "c"], [""], ["", "a"], ["", ""], "a", "", ["A"]],
    "aws:SourceIp": ["10.0.0.1", "10.1.2.3", "203.0.113.7", "2001:db8::1", "2001:DB8:0::1", "::ffff:10.0.0.1"],
    "aws:CurrentTime": ["2024-05-01T00:00:00Z", "2024-05-01T02:00:00+02:00", "1714521600", "2024", "2024-05"],
    "aws:SecureTransport": ["true", "True", "false", "FALSE", "yes", "", ["true"]],
    "x:n": ["5", "5.0", "+5", "05", "50e-1", "10", "-1", "0.5", "5abc", "", "1e999", ["5", "10"], "5²"],
    "x:b": ["QUJD", "QUI=", "QUI", "@@@@", "", ["QUJD", "QUI="]],
    "aws:SourceArn": ["arn:aws:sns:us-east-1:1:a:b", "arn:aws:s3:::data", "arn:aws:s3", "data", "ARN:aws:s3:::a"],
}
CONTEXT_VALUES["aws:SourceIp"] += ["10.0.0.300", "x", ["10.0.0.1", "2001:db8::1"], []]
CONTEXT_VALUES["aws:CurrentTime"] += ["2024-05-01T00:00:00.5Z", "2024-05-01", "2024-13-01", "now"]
CONTEXT_VALUES["aws:CurrentTime"] += ["9223372036854775807", "9223372036854775808", "2024-04-30T22:30-0130", "17"]
CONTEXT_VALUES["aws:CurrentTime"] += [["2024-05-01", "now"], ""]
CONTEXT_VALUES["aws:SourceArn"] += [*ROLES[:1], "arn:aws:sns:us-east-1:1:a", ["arn:aws:s3:::data"], "arn:aws:s3:::*"]
CONTEXT_PAIRS = [(key, value) for key, values in CONTEXT_VALUES.items() for value in values]
CONTEXTS = st.lists(st.sampled_from(CONTEXT_PAIRS), max_size=7).map(dict)

VARIABLES = ["${aws:username}", "${AWS:UserName}", "${aws:PrincipalTag/team, 'data'}", "${*}", "${?}", "${$}"]
VARIABLES += ["${ aws:username }", "${aws:TagKeys}", "${aws:PrincipalTag/none}", "${aws:PrincipalTag/none, 'data'}"]
VARIABLES += ["${x:n}", "${aws:TagKeys, 'a'}", "${aws:PrincipalTag/none, '*'}", "${a{b}", "${"]
TEXTS = ["alice", "Alice", "data", "DATA", "STRASSE", "al*", "?????", "*", "", "a", "b", "c", "5", "d*a*", "a?"]
TEXTS += [*VARIABLES, "${aws:PrincipalTag/Team}*", "a${*}", "${aws:username}${x:n}", "true", AIDA, f"{AROA}:*", "*:s1"]
NUMBERS = ["5", "10", "5.00", "-1", "1e1", "abc", "", 5, 10, 0.5, "${x:n}", "5abc", "1e999", "+5.0"]
DATES = ["2024", 2024, "2024-05-01", "2024-05-01T00:00:00Z", "2024-05-01T02:00:00+02:00", "1714521600", 1714521600]
DATES += ["2024-05", "2024-05-01T00:00Z", "2024-04-30T20:00:00-0400", "0", "2024-05-01T00:00:00.500000000Z", "2025"]
ADDRESSES = ["10.0.0.0/8", "10.0.0.1", "10.0.0.99/24", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:0db8:0::0001", "x"]
ADDRESSES += ["203.0.113.7/32", "10.0.0.0/33", "::ffff:10.0.0.0/104"]
ARNS = ["*", "arn:aws:s3:::*", "arn:aws:sns:*:*:a*", "arn:aws:sns:*:a:b", "arn:aws:iam::*:role/?pp", ROLES[0]]
ARNS += [USERS[0], "arn:aws:s3", "a*:aws:s3:::data", "arn:aws:iam::*:user/${aws:username}"]
ARNS += ["${aws:SourceArn}", "${aws:PrincipalArn}*", "arn:aws:s3:::${*}", "data", "", "arn:*", "arn:aws:s3:::DATA"]
ARNS += ["arn:aws:sns:us-east-1:1:${aws:PrincipalTag/team}", "arn:aws:s3:::${aws:PrincipalTag/team}"]
BOOLS = ["true", "false", True, False, "True", "FALSE", "maybe", "${aws:SecureTransport}", "${x:n, 'true'}"]
BYTES = ["QUJD", "QUI=", "QUI", "@@", ""]
ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
STRINGS = ["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"]
STRING_KEYS = ["aws:username", "aws:PrincipalTag/Team", "aws:TagKeys", "aws:userid", "aws:SourceArn", "aws:none"]
ANY_KEYS = ["aws:TagKeys", "aws:username", "x:n", "aws:none"]
FAMILIES: list[tuple[list[str], list[str], list[Any]]] = [  # operators, keys that suit them, values
    ([f"String{name}" for name in STRINGS], STRING_KEYS, TEXTS),
    ([f"Numeric{name}" for name in ORDERS], ["x:n", "x:n", "x:n", *ANY_KEYS], NUMBERS),
    ([f"Date{name}" for name in ORDERS], ["aws:CurrentTime"] * 3 + ["x:n", "aws:none"], DATES),
    (["Bool"], ["aws:SecureTransport"] * 3 + ANY_KEYS, BOOLS),
    (["BinaryEquals"], ["x:b"] * 3 + ANY_KEYS, BYTES),
    (["IpAddress", "NotIpAddress"], ["aws:SourceIp"] * 4 + ANY_KEYS, ADDRESSES),
    (["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], ["aws:SourceArn", "aws:PrincipalArn", "aws:none"], ARNS),
]


def value_lists(values: list[Any]) -> list[Any]:
    return [*values * 4, *([value] for value in values), *map(list, combinations(values, 2)), values[:3], []]


def spellings(texts: list[str]) -> list[str]:
    return [*texts * 4, *(text.upper() for text in texts), *(text.lower() for text in texts)]


OPERATORS, VALUES, KEYS = list[tuple[str, int]](), list[st.SearchStrategy[Any]](), list[st.SearchStrategy[str]]()
for number, (names, keys, values) in enumerate(FAMILIES):
    prefixed = [*names * 3, *map("".join, product(("ForAllValues:", "ForAnyValue:"), names, ("", "IfExists")))]
    OPERATORS += [(name, number) for name in spellings([*prefixed, *(f"{name}IfExists" for name in names)])] * (
        8 // len(names)
    )
    VALUES.append(st.sampled_from(value_lists(values)))
    KEYS.append(st.sampled_from(spellings(keys)))
OPERATORS += [(name, len(FAMILIES)) for name in ("Null", "null") for _ in range(150)]
VALUES.append(st.sampled_from(["true", "false", True, False, ["true"], ["true", "false"], []]))
KEYS.append(st.sampled_from(spellings([*CONTEXT_VALUES, "aws:none"])))
OPERATORS += [(name, len(KEYS)) for name in ("StringSounds", "Bool")]
OPERATOR = st.sampled_from(OPERATORS)
CONDITIONS = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 1, 2])

S3 = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage", "kms:Decrypt"]
ACTION_PATTERNS = ["*"] * 8 + ["s3:*"] * 5 + ["s3:Get*", "S3:getOBJECT", "s3:*Object", "s3:?etObject", "sqs:*", "kms:*"]
ACTION_PATTERNS += [*S3, "kms:De*", "s3:*t*t*", "iam:*", "sts:*", "sts:AssumeRole", "s3:get??ject"]
ACTION_LISTS: list[Any] = [*ACTION_PATTERNS * 4, *([a] for a in ACTION_PATTERNS)]
ACTION_LISTS += [*map(list, combinations(ACTION_PATTERNS[12:], 2))]
ACTION_LISTS += [["s3:GetObject", None], [None, "kms:*", "s3:Put*"]]
NOT_ACTION_LISTS: list[Any] = [*ACTION_PATTERNS[13:], ["iam:*", "s3:Put*"], ["s3:GetObject", None], ["sqs:*"]]
RESOURCE_PATTERNS = ["arn:aws:s3:::data/*", "arn:aws:s3:::*", "arn:aws:s3:::data/k", "arn:aws:s3:::DATA/*"]
RESOURCE_PATTERNS += [f"arn:aws:s3:::home/{variable}/*" for variable in VARIABLES]
RESOURCE_PATTERNS += ["arn:aws:s3:::${aws:PrincipalTag/team}/k", "arn:aws:s3:::d?ta/?", "arn:aws-cn:s3:::data/*"]
RESOURCE_PATTERNS += ["arn:aws:sqs:*:*:q", "arn:aws:sqs:*:q", "arn:aws:sqs:us-*:1111????3333:q*", "arn:aws:s3"]
RESOURCE_PATTERNS += ["arn:aws:*:*:*:*", f"arn:aws:*:*:{HOME}:*", f"arn:aws:kms:*:{HOME}:key/*", "arn:aws:kms:*:*:*"]
RESOURCE_PATTERNS += [f"arn:aws:iam::{HOME}:role/*", "arn:aws:iam::*:*", "arn:aws:iam::*:role/${aws:username}"]
RESOURCE_PATTERNS += ["arn:aws:sqs:us-east-1", "arn:aws:sqs:us-east-1:${x:n}:q", "arn:aws:sqs:*:*:*${aws:username}*"]
RESOURCE_LISTS: list[Any] = ["*"] * 60 + RESOURCE_PATTERNS * 2 + [[pattern, None] for pattern in RESOURCE_PATTERNS[:4]]
RESOURCE_LISTS += [["*"], ["*", RESOURCE_PATTERNS[0]], *map(list, combinations(RESOURCE_PATTERNS[::2], 2))]
NOT_RESOURCE_LISTS = [resource for resource in RESOURCE_LISTS if resource != "*"]
SOME_RESOURCE = [{"Resource": resource} for resource in RESOURCE_LISTS]
SOME_RESOURCE += [{"NotResource": resource} for resource in NOT_RESOURCE_LISTS[::4]]
ACTION_ONLY = [{"Action": action} for action in ACTION_LISTS]
ACTION: Object = st.sampled_from(ACTION_ONLY)
ACTION_OR_NOT: Object = st.sampled_from([*ACTION_ONLY * 2, *({"NotAction": action} for action in NOT_ACTION_LISTS)])
RESOURCE: Object = st.sampled_from(SOME_RESOURCE)
RESOURCE_OR_NONE: Object = st.sampled_from([*SOME_RESOURCE, *[{}] * (len(SOME_RESOURCE) // 3)])
ASSUME = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRoleWithSAML"]
ASSUME += ["sts:AssumeRoleWithWebIdentity"]
TRUST_ACTION: Object = st.sampled_from(
    [{"Action": a} for a in [*ASSUME[:1] * 4, *ASSUME, ASSUME[:2], ASSUME, [ASSUME[0], None]]]
)

AWS = ["*", HOME, OTHER, CHINA, *ROOTS, *USERS, *USERS[:1] * 2, *ROLES, *CHINESE, *SESSIONS, *FEDERATED, AIDA, AROA]
ENTRIES = [("AWS", entry) for entry in [*AWS, SERVICE_LINKED]] + [("Service", entry) for entry in SERVICES]
ENTRIES += [("Federated", entry) for entry in PROVIDERS] + [("CanonicalUser", CANONICAL), ("CanonicalUser", "f" * 64)]
PRINCIPALS: list[Any] = ["*"] * 12 + [{kind: entry} for kind, entry in ENTRIES] * 4 + [{"AWS": HOME}] * 12
PRINCIPALS += [{kind: [entry]} for kind, entry in ENTRIES] + [{"AWS": list(pair)} for pair in combinations(AWS, 2)]
PRINCIPALS += [{one: a, two: [b]} for (one, a), (two, b) in combinations(ENTRIES[::2], 2) if one != two]
SPARED = [{"AWS": [USERS[0], HOME]}, {"AWS": [ROLES[0], *SESSIONS[:1], ROOTS[0]]}, {"AWS": [AIDA, HOME]}]


def names_of(caller: str) -> list[Any]:
    """Principals that cover the caller at one of its levels or at all of them."""
    if caller == "anonymous":
        return ["*", {"AWS": "*"}]
    if caller in SERVICES or caller in PROVIDERS:
        return [{"Service" if caller in SERVICES else "Federated": caller}]
    _, partition, _, _, account, resource = caller.split(":")
    own = [caller, account, f"arn:{partition}:iam::{account}:root", f"arn:{partition}:iam::{account}:role/app"]
    return [{"AWS": own[0]}, *({"AWS": entry} for entry in own[: 4 if "role" in resource else 3]), {"AWS": own}]


CALLERS = sorted({*IN_ACCOUNT, *SERVICES, *PROVIDERS, "anonymous"})
SOMEBODY: dict[str, Object] = {"Principal": st.sampled_from([{"Principal": one} for one in PRINCIPALS])}
SOMEBODY["NotPrincipal"] = st.sampled_from([{"NotPrincipal": one} for one in [*SPARED * 30, *PRINCIPALS]])
MEMBER = dict[tuple[str, str], Object]()
for element, caller in product(SOMEBODY, CALLERS):
    MEMBER[element, caller] = st.sampled_from([{element: name} for name in names_of(caller)])
ELEMENT = st.sampled_from(["Principal"] * 5 + ["NotPrincipal"])
PLACE = st.sampled_from(range(4))

VERSION: Object = st.sampled_from([{"Version": "2012-10-17"}] * 6 + [{"Version": "2008-10-17"}, {}])
ALLOW_OR_DENY = st.sampled_from(["Allow"] * 6 + ["Deny"] * 2)
COUNT = st.sampled_from([1, 1, 1, 2, 2, 3])
BARE = st.booleans()
SIDS = [st.sampled_from([None, "", f"S{index}", str(index + 1)]) for index in range(3)]
FULL_ACCESS = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


# Shapes of lists: F is a policy that allows everything, P a drawn one; None is an absent list.
IDENTITY = st.sampled_from(["", "P", "F", "F", "FP", "FP", "FPP", "PP", "PP"])
LIMIT = st.sampled_from([None] * 10 + ["", "F", "F", "P", "P", "FP", "PP"])
SCP_SHAPES = [[], ["F"], ["F", "F"], ["F", "P"], ["FP"], ["P", "FP"], ["F", ""], ["F", "FF", "FP"]]
SCP = st.sampled_from([None] * 9 + SCP_SHAPES)
RCP = st.sampled_from([None] * 6 + [[], [""], ["P"], ["", "P"], ["P", "P"]])
RESOURCE_POLICY = st.sampled_from(["resource"] * 8 + ["trust", "trust", "trust", "none", "none", "no trust"])

S3_ARNS = ["arn:aws:s3:::data/k", "arn:aws:s3:::data", "arn:aws:s3:::home/alice/x", "arn:aws:s3:::home/*/a:b/c"]
S3_ARNS += ["arn:aws:s3:::data/k", "arn:aws-cn:s3:::data/k", "arn:aws:s3:::DATA/k", "arn:aws:s3:::home//x", "*"]
SQS_ARNS = [f"arn:aws:sqs:us-east-1:{HOME}:q", f"arn:aws:sqs:us-east-1:{OTHER}:q"]
SQS_ARNS += [f"arn:aws:sqs:eu-west-1:{HOME}:q:a/b"]
KMS_ARNS = [f"arn:aws:kms:us-east-1:{HOME}:key/k", f"arn:aws:kms:us-east-1:{OTHER}:key/k", "arn:aws:kms:x:1:alias/k"]
ROLE_ARNS = [f"arn:aws:iam::{HOME}:role/target", f"arn:aws:iam::{OTHER}:role/path/alice"]
TARGETS = [*product(["s3:GetObject", "s3:GetObject", "s3:PutObject", "S3:getobject"], S3_ARNS)]
TARGETS += [*product(["sqs:SendMessage", "s3:GetObject"], SQS_ARNS), *product(["kms:Decrypt"], [*KMS_ARNS, "*"] * 2)]
TARGETS += [*product(["iam:PassRole", "KMS:Decrypt"], ROLE_ARNS), ("s3:GetObject", "data/k")]
TARGETS += [("s3:GetObject", "arn:aws:s3")]
ALWAYS = [("sts:GetCallerIdentity", "*"), ("STS:getCallerIdentity", ROLE_ARNS[0]), ("sts:GetSessionToken", "*")]
STS_TARGETS = [*product([*ASSUME[:1] * 5, *ASSUME, "STS:assumerole", "sts:SetContext"], [ROLE_ARNS[0], *ROLE_ARNS])]
STS_TARGETS += [("sts:TagSession", "*"), ("sts:AssumeRole", "*"), *ALWAYS]
TARGET = {False: st.sampled_from([*TARGETS, *ALWAYS[:2]]), True: st.sampled_from([*STS_TARGETS, *ALWAYS])}
EXTRAS: list[dict[str, Any]] = [{"resource_account": HOME}] * 10 + [{"resource_account": OTHER}] * 2
EXTRAS += [{"resource_account": CHINA}, {}, {}, {}]
EXTRAS += [extra | {"wildcard_only": flag} for extra in EXTRAS[9:14] for flag in (True, False)]
EXTRA = st.sampled_from(EXTRAS)
OWN_CONTEXT = {caller: {"aws:userid": AIDA, "aws:username": "alice", "aws:PrincipalArn": caller} for caller in USERS}
OWN_CONTEXT |= {caller: {"aws:userid": AROA, "aws:PrincipalArn": caller} for caller in ROLES}
OWN_CONTEXT |= {caller: {"aws:userid": f"{AROA}:s1", "aws:PrincipalArn": ROLES[0]} for caller in SESSIONS}
OWN_CONTEXT |= {IN_ACCOUNT[-1]: {"aws:PrincipalArn": SERVICE_LINKED}}
KNOWN = [{}, {}, {}, {"canonical_user": CANONICAL}]
OPTIONAL: dict[str, Object] = {caller: st.sampled_from(KNOWN) for caller in IN_ACCOUNT}
OPTIONAL |= {caller: st.just({}) for caller in [*SERVICES, *PROVIDERS, "anonymous"]}
OPTIONAL |= {caller: st.sampled_from([*KNOWN[2:], {"issuer": USERS[0]}, {"issuer": USERS[1]}]) for caller in FEDERATED}


def condition(draw: Draw) -> dict[str, dict[str, Any]]:
    block: dict[str, dict[str, Any]] = {}
    for _ in range(draw(CONDITIONS)):
        name, family = draw(OPERATOR)
        asked = block.setdefault(name, {})
        if family < len(KEYS):  # an operator that does not exist stands with an empty map
            asked[draw(KEYS[family])] = draw(VALUES[family])
    return block


def principal(draw: Draw, cast: list[str], element: str) -> dict[str, Any]:
    return draw(MEMBER[element, cast[draw(PLACE)]] if draw(BARE) else SOMEBODY[element])


def elements(draw: Draw, kind: str, effect: str, cast: list[str]) -> dict[str, Any]:
    """Draw who, what and on what, as a policy of the kind may say it."""
    if kind == "trust":
        return principal(draw, cast, "Principal") | draw(TRUST_ACTION)
    if kind == "resource":
        return principal(draw, cast, draw(ELEMENT)) | draw(ACTION_OR_NOT) | draw(RESOURCE_OR_NONE)
    if kind == "rcp":
        return {"Principal": "*"} | draw(ACTION) | draw(RESOURCE)
    return draw(ACTION if kind == "scp" and effect == "Allow" else ACTION_OR_NOT) | draw(RESOURCE)


def policy(draw: Draw, kind: str, cast: list[str]) -> dict[str, Any]:
    statements = []
    for index in range(draw(COUNT)):
        effect = "Deny" if kind == "rcp" else draw(ALLOW_OR_DENY)
        statement = {"Effect": effect} | elements(draw, kind, effect, cast)
        if (sid := draw(SIDS[index])) is not None:
            statement["Sid"] = sid
        if block := condition(draw):
            statement["Condition"] = block
        statements.append(statement)
    return draw(VERSION) | {"Statement": statements[0] if len(statements) == 1 and draw(BARE) else statements}


def listed(draw: Draw, kind: str, shape: str, cast: list[str]) -> list[dict[str, Any]]:
    return [FULL_ACCESS if letter == "F" else policy(draw, kind, cast) for letter in shape]


def policies(draw: Draw, resource_policy: str, cast: list[str]) -> dict[str, Any]:
    case: dict[str, Any] = {"identity": listed(draw, "identity", draw(IDENTITY), cast)}
    if resource_policy in {"resource", "trust"}:
        case["resource_policy"] = policy(draw, resource_policy, cast)
    for kind in ("boundary", "session"):
        if (shape := draw(LIMIT)) is not None:
            case[kind] = listed(draw, kind, shape, cast)
    for kind, shapes in (("scp", SCP), ("rcp", RCP)):
        if (levels := draw(shapes)) is not None:
            case[kind] = [listed(draw, kind, shape, cast) for shape in levels]
    return case


def request(draw: Draw, cast: list[str], *, on_role: bool) -> dict[str, Any]:
    caller, (action, resource) = cast[draw(PLACE)], draw(TARGET[on_role])
    context = draw(CONTEXTS) | (OWN_CONTEXT.get(caller, {}) if draw(BARE) else {})
    asked: dict[str, Any] = {"principal": caller, "action": action, "resource": resource, "context": context} | draw(
        EXTRA
    )
    return asked | draw(OPTIONAL[caller])


@st.composite
def requests_on_one_world(draw: Draw, count: int) -> list[Case]:
    kind, cast = draw(RESOURCE_POLICY), draw(CASTS)
    shared = policies(draw, kind, cast)
    return [{"id": number, "request": request(draw, cast, on_role="trust" in kind)} | shared for number in range(count)]


cases: st.SearchStrategy[Case] = requests_on_one_world(1).map(lambda drawn: drawn[0])
worlds: st.SearchStrategy[list[Case]] = requests_on_one_world(10)
