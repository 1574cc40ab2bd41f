"""The compiled matchers agree with definitions that are too simple to be wrong."""

from doorward_policy.document import Patterns
from doorward_policy.glob import Tokens, Wildcard, arn_glob, glob, split_wildcards
from doorward_policy.resources import compile_resources
from hypothesis import given, settings
from hypothesis import strategies as st


def is_matched(tokens: Tokens, text: str) -> bool:
    """The definition of a glob, one character or wildcard at a time."""
    if not tokens:
        return text == ""
    first, rest = tokens[0], tokens[1:]
    if first is Wildcard.RUN:
        return any(is_matched(rest, text[place:]) for place in range(len(text) + 1))
    if first is Wildcard.ONE:
        return text != "" and is_matched(rest, text[1:])
    assert isinstance(first, str)
    return text.startswith(first) and is_matched(rest, text[len(first) :])


def is_matched_as_arn(pattern: str, text: str) -> bool:
    """The definition of matching ARNs: six parts, each on its own."""
    patterns = pattern.split(":", 5)
    patterns += ["*"] * (6 - len(patterns))
    parts = text.split(":", 5)
    return (
        len(parts) == 6
        and parts[0] == "arn"
        and all(is_matched(split_wildcards(one), part) for one, part in zip(patterns, parts, strict=True))
    )


tokens = st.lists(st.sampled_from(["a", "b", "ab", "*", "?", Wildcard.RUN, Wildcard.ONE]), max_size=7).map(tuple)
texts = st.text("ab*?", max_size=8)
arns = st.lists(st.text("a/", max_size=2), max_size=7).map(lambda parts: ":".join(("arn", *parts)))
arn_patterns = st.lists(st.text("a/*?", max_size=2), max_size=7).map(lambda parts: ":".join(("arn", *parts)))


@settings(max_examples=300, deadline=None)
@given(tokens, texts)
def test_a_glob_matches_by_definition(pattern: Tokens, text: str) -> None:
    assert glob(pattern)(text) is is_matched(pattern, text)


@settings(max_examples=300, deadline=None)
@given(arn_patterns, arns)
def test_an_arn_pattern_matches_by_definition(pattern: str, arn: str) -> None:
    assert arn_glob(split_wildcards(pattern))(arn) is is_matched_as_arn(pattern, arn)


@settings(max_examples=300, deadline=None)
@given(st.lists(arn_patterns, min_size=1, max_size=3), arns)
def test_resources_match_by_definition(patterns: list[str], arn: str) -> None:
    resources = compile_resources(Patterns(values=tuple(patterns), negated=False), variables=True)

    assert resources.match(arn, {}) is any(is_matched_as_arn(pattern, arn) for pattern in patterns)
