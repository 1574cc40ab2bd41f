"""Globs of text and of ARNs."""

import time

import pytest
from doorward_policy.glob import arn_glob, glob, split_wildcards


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("", [""], ["a"]),
        ("a", ["a"], ["", "A", "aa", "ba"]),
        ("*", ["", "a", "a\nb"], []),
        ("**", ["", "a"], []),
        ("a*", ["a", "ab", "a*"], ["", "ba"]),
        ("*a", ["a", "ba", "aa"], ["", "ab"]),
        ("a*a", ["aa", "aba", "aaa"], ["a", "ab"]),
        ("a**a", ["aa", "aba"], ["a"]),
        ("a*b*c", ["abc", "axbxc", "abbcc"], ["ac", "acb", "abcd"]),
        ("*ab*ab*", ["abab", "xabxabx"], ["ab", "aab", "aba"]),
        ("a*ab*b", ["aabb", "aababb"], ["abb", "aab"]),
        ("?", ["a", "*", "\n"], ["", "ab"]),
        ("a?c", ["abc", "a?c"], ["ac", "abbc"]),
        ("*?", ["a", "ab"], [""]),
        ("?*b?", ["abc", "xxbc", "abbb"], ["bc", "ab", "b"]),
        ("a*c?", ["accd", "acbcd"], ["acc?d", "ac"]),
        ("a.b[c]+", ["a.b[c]+"], ["axb[c]+", "a.bc"]),
    ],
)
def test_a_star_is_any_run_and_a_question_mark_is_one_character(
    pattern: str, matching: list[str], other: list[str]
) -> None:
    matches = glob(split_wildcards(pattern))

    assert [text for text in matching if not matches(text)] == []
    assert [text for text in other if matches(text)] == []


def test_wildcards_in_literal_text_are_just_characters() -> None:
    tokens = ("a*", *split_wildcards("?*"), "?")

    matches = glob(tokens)

    assert matches("a*x?")
    assert not matches("abx?")
    assert not matches("a*xy")


@pytest.mark.parametrize("pattern", ["*a" * 1000 + "b", "*a?" * 1000 + "b", "?*" * 1000 + "b", "a" * 3000 + "?b"])
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    text = "a" * 20_000
    matches = glob(split_wildcards(pattern))

    started = time.process_time()
    matched = matches(text)

    assert not matched
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*", ["arn:aws:s3:::b", "arn::::::"], ["b", "a:b:c:d:e:f", "*"]),
        ("arn:aws:s3:::b/*", ["arn:aws:s3:::b/", "arn:aws:s3:::b/x:y/z"], ["arn:aws:s3:::b", "arn:aws:s3::b/x"]),
        ("arn:aws:sqs:*:*:q", ["arn:aws:sqs:eu:1:q"], ["arn:aws:sqs:eu:1:q:q", "arn:aws:sqs:eu:1:2:q"]),
        ("arn:aws:sqs:*:q", ["arn:aws:sqs:eu:q:x", "arn:aws:sqs:eu:q:x:y"], ["arn:aws:sqs:eu:1:q"]),
        ("arn:aws:sns:*:1:t:*", ["arn:aws:sns:eu:1:t:a:b"], ["arn:aws:sns:eu:1:t"]),
        ("arn:aws:sns", ["arn:aws:sns:eu:1:t", "arn:aws:sns::::"], ["arn:aws:sqs:eu:1:t", "arn:aws:sns"]),
        ("arn:aws:sns:eu:1", ["arn:aws:sns:eu:1:t"], ["arn:aws:sns:eu:1", "arn:aws:sns:eu:11:t"]),
        ("a?n:*:s?::1:x", ["arn:aws:s3::1:x"], ["arn:aws:s3:::x", "axn:aws:s3::1:x"]),
        ("urn:aws:s3:::b", [], ["urn:aws:s3:::b"]),
        ("*:*", ["arn:aws:s3:::b"], ["urn:aws:s3:::b"]),
    ],
)
def test_an_arn_is_matched_part_by_part(pattern: str, matching: list[str], other: list[str]) -> None:
    matches = arn_glob(split_wildcards(pattern))

    assert [text for text in matching if not matches(text)] == []
    assert [text for text in other if matches(text)] == []
