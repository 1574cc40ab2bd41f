"""Compiled policies as bytes."""

import json
from pathlib import Path

import pytest
from doorward_policy import (
    Layers,
    NamedPolicy,
    NotStored,
    compile_policy,
    compile_program,
    decide,
    dump_policy,
    load_policy,
    parse_policy,
)

from tests.policies import asked, named

GOLDEN = Path(__file__).parents[2] / "golden/aws_managed_policies.jsonl"


def test_every_managed_policy_loads_as_it_was_stored() -> None:
    for line in GOLDEN.read_text("utf-8").splitlines():
        entry = json.loads(line)
        policy = parse_policy(json.dumps(entry["document"]))
        compiled = compile_policy(NamedPolicy(name=entry["name"], version=entry["version"], policy=policy))

        loaded = load_policy(dump_policy(compiled))

        assert loaded.named == compiled.named
        assert [each.ref for each in loaded.statements] == [each.ref for each in compiled.statements]


def test_a_loaded_policy_decides() -> None:
    stored = dump_policy(compile_policy(named("p", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})))

    program = compile_program([load_policy(stored)])

    assert decide(Layers(program), asked("s3:GetObject", "arn:aws:s3:::b")).effect == "allow"


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b"null",
        b'[2,"p",null,"2012-10-17",null,[]]',
        b'[1,"p",null,"2012-10-17",null,[["a","Allow"]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Permit",[false,"s3:*"],[false,"*"],[],null]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Allow",[false,"s3:*"],[false,"*"],[["NoSuch","k",[]]],null]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Allow",[false,5],[false,"*"],[],null]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Allow",[],[false,"*"],[],null]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Allow",["0","*"],[false,"*"],[],null]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Allow",[false,"a:b"],[false,"*"],[["Bool","k","abc"]],null]]]',
        b'[1,"p",null,"2012-10-17",null,[[null,"Deny",[false,"a:b"],[false,"*"],[],[false,["**"]]]]]',
        b'[1,["p"],null,"2012-10-17",null,[]]',
        b'[1,"p",null,"2012",null,[]]',
        b'[true,"p",null,"2012-10-17",null,[]]',
        b'[1,"p",null,"2012-10-17",null,{}]',
        b"[" * 100_000,
    ],
)
def test_what_was_not_stored_is_not_loaded(stored: bytes) -> None:
    with pytest.raises(NotStored):
        load_policy(stored)
