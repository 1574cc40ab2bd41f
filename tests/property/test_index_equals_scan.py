"""A program decides as the scan of all statements does, whatever the policies."""

import json
from typing import Any

from doorward_policy import NamedPolicy, compile_policy, compile_program, evaluate, parse_policy, request
from hypothesis import given, settings
from hypothesis import strategies as st


def one_or_several(elements: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(elements, min_size=1, max_size=most)


actions = st.sampled_from(["s3:Get", "s3:Put", "S3:gEt", "iam:Get", "iam:Gets", "x:y"])
action_patterns = st.sampled_from(["*", "s3:*", "s3:G*", "s3:?et", "s3:Get", "S3:PUT", "iam:*t", "iam:Get", "x:*"])

paths = st.text("ab/:", min_size=1, max_size=4)
resources = st.builds(
    "arn:{}:{}:{}:{}:{}".format,
    st.sampled_from(["aws", "aws-cn"]),
    st.sampled_from(["q", "qq"]),
    st.sampled_from(["", "e"]),
    st.sampled_from(["", "1"]),
    paths,
) | st.sampled_from(["*", "a", "arn:aws:q", "arn:aws:q:::${x:v}"])
path_patterns = st.lists(
    st.sampled_from(["a", "b", "/", ":", "*", "?", "${x:v}", "${x:w, 'a'}", "${*}"]), min_size=1, max_size=4
).map("".join)
resource_patterns = st.builds(
    "arn:{}:{}:{}:{}:{}".format,
    st.sampled_from(["aws", "aws", "*"]),
    st.sampled_from(["q", "q", "q*", "?"]),
    st.sampled_from(["", "e", "*"]),
    st.sampled_from(["", "1", "*"]),
    path_patterns,
) | st.sampled_from(["*", "arn:aws:q", "arn:aws:*", "arn:*:q", "arn:aws:q:::*", "arn:aws:q:::a"])

operators = st.sampled_from(
    ["StringEquals", "StringNotLikeIfExists", "ForAnyValue:StringLike", "ForAllValues:StringEquals", "Null"]
)
condition_blocks = st.dictionaries(
    operators,
    st.dictionaries(
        st.sampled_from(["x:v", "X:W", "x:k"]),
        one_or_several(st.sampled_from(["a", "b", "*", "true", "${x:v}"]), 2),
        max_size=2,
    ),
    max_size=2,
)
contexts = st.dictionaries(
    st.sampled_from(["x:v", "x:w", "x:k"]),
    st.sampled_from(["a", "b", "*", ""]) | st.lists(st.sampled_from(["a", "b", ""]), max_size=2),
    max_size=3,
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(one_or_several(action_patterns)),
        draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"])): draw(
            one_or_several(resource_patterns)
        ),
        "Condition": draw(st.just({}) | condition_blocks),
    }


documents = st.fixed_dictionaries(
    {
        "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
        "Statement": st.lists(statements(), min_size=1, max_size=3),
    }
)
requests = st.builds(request, actions, resources, contexts, wildcard_only=st.sampled_from([False, False, True]))


@settings(max_examples=300, deadline=None)
@given(st.lists(documents, max_size=4), st.lists(requests, min_size=1, max_size=4))
def test_the_index_only_skips_statements_that_do_not_apply(texts: list[dict[str, Any]], asked: list[Any]) -> None:
    policies = [
        NamedPolicy(name=str(number), policy=parse_policy(json.dumps(text), accept_2008=True))
        for number, text in enumerate(texts)
    ]
    program = compile_program([compile_policy(policy) for policy in policies])

    for one in asked:
        assert program.decide(one) == evaluate(policies, one)
