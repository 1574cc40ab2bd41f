"""Whatever text arrives: no crash, no hang, no answer but the ones that there are."""

import json
import random
from ipaddress import ip_address

import pytest
from doorward_kernel.errors import InvalidInput, MalformedPolicyDocument
from doorward_policy import (
    Effect,
    Layers,
    NamedPolicy,
    Patterns,
    Policy,
    PolicyKind,
    Statement,
    caller,
    compile_policy,
    decide,
    evaluate,
    explain,
    find_problems,
    parse_policy,
    print_policy,
    request,
)
from doorward_policy.cases import answer
from doorward_policy.glob import arn_glob, glob, split_wildcards
from doorward_policy.operators import _address
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policies import ALICE, programs
from tests.property.drawn import examples

WORDS = [
    *("Version", "2012-10-17", "2008-10-17", "Id", "Statement", "Sid", "Effect", "Allow", "Deny", "denY"),
    *("Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition", "AWS", "Service"),
    *("*", "s3:*", "s3:Get?", "sts:AssumeRole", "arn:aws:s3:::b/${aws:username}*", "arn:aws", "arn:aws::x", "a:b:c"),
    *("StringLike", "ForAllValues:NumericEqualsIfExists", "Null", "IpAddress", "DateLessThan", "aws:username"),
    *("111122223333", "arn:aws:iam::111122223333:root", "ec2.amazonaws.com", "", "\0", "\ud800", "\u0130", "é"),
]
LONGEST_POLICY, LONGEST_ARN = 6144, 2048

scalars = st.sampled_from(WORDS) | st.none() | st.booleans() | st.integers() | st.floats()
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=30,
)
statement_like = st.dictionaries(st.sampled_from(WORDS), trees, max_size=6)
documents = trees | st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": st.lists(statement_like, min_size=1, max_size=3)}
)
texts = documents.map(json.dumps) | st.text(max_size=60) | st.text('{}[]":,\\eE0-. \n', max_size=60)


@examples(1_500)
@given(texts, st.sampled_from(PolicyKind))
def test_a_text_is_a_policy_or_refused(text: str, kind: PolicyKind) -> None:
    problems = find_problems(text, kind)

    if problems:
        with pytest.raises(MalformedPolicyDocument) as refused:
            parse_policy(text, kind)
        assert refused.value.message == problems[0].message
    else:
        policy = parse_policy(text, kind)
        assert parse_policy(print_policy(policy), kind) == policy
        compile_policy(NamedPolicy(name="p", policy=policy))


@examples(1_000)
@given(documents.map(json.dumps) | st.text(max_size=40), st.text(max_size=40))
def test_every_line_gets_one_line(policy: str, noise: str) -> None:
    lines = [
        noise,
        f'{{"id": {policy}, "validate": "resource", "policy": {policy}}}',
        f'{{"request": {{"principal": {json.dumps(noise)}}}, "identity": [{policy}]}}',
        f'{{"request": {policy}, "resource_policy": {policy}, "scp": [[{policy}]]}}',
    ]

    for line in lines:
        given_back = answer(line)

        assert "\n" not in given_back
        assert json.loads(given_back)["decision"] in {effect.value for effect in Effect} | {"valid", "invalid", "error"}


odd = st.text("ab*?:/${}, '", max_size=12)
patterns = st.builds("arn:aws:{}:{}".format, st.sampled_from(["s3", "*", "s?"]), odd) | st.just("*")
resources = st.builds("arn:aws:s3:{}".format, st.text("ab:/*?$", max_size=12)) | st.text("ab:*", max_size=6)


@examples(1_500)
@given(st.lists(patterns, min_size=1, max_size=6), st.lists(resources, min_size=1, max_size=5), odd)
def test_odd_patterns_are_found_by_the_index(written: list[str], asked: list[str], value: str) -> None:
    statements = [
        {"Effect": "Deny" if number % 3 == 2 else "Allow", "Action": "s3:*", "Resource": pattern}
        for number, pattern in enumerate(written)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    try:
        layers = Layers([NamedPolicy(name="p", policy=parse_policy(text))])
    except MalformedPolicyDocument:
        return
    indexed = programs(layers)

    for resource in asked:
        one = request(ALICE, "s3:Get", resource, {"a": value}, resource_account=ALICE.account)

        assert decide(indexed, one) == evaluate(layers, one) == explain(layers, one).decision


heads = st.sampled_from(["arn:aws:s3:::", "arn:aws:s3:e::", "arn:aws:s3:*::", "arn:*:s3:::", "arn:aws:*:::"])
paths = st.text("ab/", max_size=5)


@examples(1_500)
@given(
    st.lists(st.tuples(heads, paths, st.sampled_from(["*", "", "/*"])), min_size=8, max_size=40),
    st.lists(st.tuples(st.sampled_from(["arn:aws:s3:::", "arn:aws:s3:e::"]), paths), min_size=1, max_size=8),
    st.sampled_from(["s3:Get", "s3:G*", "s3:*"]),
)
def test_many_patterns_that_begin_alike_are_found_by_the_index(
    written: list[tuple[str, str, str]], asked: list[tuple[str, str]], other: str
) -> None:
    statements = tuple(
        Statement(
            sid=None,
            effect="Allow",
            actions=Patterns(values=(other if number % 2 else "s3:Get",), negated=False),
            resources=Patterns(values=("".join(parts),), negated=False),
            conditions=(),
        )
        for number, parts in enumerate(written)
    )
    layers = Layers([NamedPolicy(name="p", policy=Policy(version="2012-10-17", id=None, statements=statements))])
    indexed = programs(layers)

    for head, path in asked:
        one = request(ALICE, "s3:Get", head + path, {}, resource_account=ALICE.account)

        assert decide(indexed, one) == evaluate(layers, one)


addresses = st.one_of(
    st.text("0123456789.:abf/% ", max_size=20),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.text(max_size=20),
)


@examples(1_000)
@given(addresses)
@example("1.2.3.4\0")
@example("01.2.3.4")
@example("255.249.199.0")
@example("256.0.0.1")
def test_an_address_is_what_the_standard_library_takes_for_one(text: str) -> None:
    try:
        expected = ip_address(text) if "%" not in text else None
    except ValueError:
        expected = None

    version, number = _address(text)

    assert (version, number) == ((None, 0) if expected is None else (expected.version, int(expected)))


@examples(500)
@given(st.text(max_size=60) | st.text("arn:aws:iam::111122223333/user-role.x", max_size=60))
def test_a_name_is_a_caller_or_refused(name: str) -> None:
    try:
        who = caller(name)
    except InvalidInput:
        return

    assert who.arn == name


@pytest.mark.parametrize("alphabet", ["a*", "a?", "a*?", "ab*?"])
@pytest.mark.parametrize("length", [8, 40, 300, 2_500])
@pytest.mark.timeout(20)
def test_no_policy_of_globs_takes_long_to_match(alphabet: str, length: int) -> None:
    """What takes seconds when a matcher tries all ways; how fast it is, the benchmark tells."""
    dice = random.Random(f"{alphabet} {length}")  # noqa: S311 - no secret
    head = "arn:aws:s3:::"
    texts = [head + "a" * (LONGEST_ARN - len(head)), head + "ab" * ((LONGEST_ARN - len(head)) // 2)]

    for _ in range(LONGEST_POLICY // length):
        pattern = split_wildcards(head + "".join(dice.choices(alphabet, k=length)) + "a")
        for matcher in (glob(pattern), arn_glob(pattern)):
            for text in texts:
                matcher(text)
