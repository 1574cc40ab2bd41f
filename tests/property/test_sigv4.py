"""Signature Version 4: botocore and Doorward agree on any request, and no byte of what is signed can be changed.

Requests are drawn without hypothesis, which takes ten times as long as signing and verifying; a failure names its seed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from urllib.parse import quote

import pytest
from doorward_kernel.errors import DoorwardError
from doorward_keyring.sigv4 import HttpRequest, check_time, matches, parse

from tests.property.drawn import SOAK
from tests.signer import AT, KEY_ID, ToSign, key_of, sign

EACH = 2500 * SOAK
"""Requests of each kind: 10,000 in all in `make test`."""

TEXT = "aZ09-._~ !*'();:@&=+$,/?#[]%\\\"<>^`{|}éß中🔑\u0301\0\n"
PLAIN = "aZ09-._~"
VALUE = 'aZ09-._~ ,;="/()é中🔑'
NAMES = ["Accept", "Content-Type", "Cookie", "If-Match", "X-Amz-Target", "X-Amz-Meta-a", "x-amz-meta-B", "X-Other"]
UNSIGNED = ["User-Agent", "X-Amzn-Trace-Id", "Expect", "Connection"]
"""What botocore never signs, since proxies change it."""
WHITE = [" ", "  ", "\n ", "\r\n\t", "   \n   "]
"""Between words; a tab only where a line is folded, since any other is refused."""


def drawn(random: Random, service: str, *, presigned: bool) -> ToSign:
    """Any request to a service."""
    s3 = service == "s3"
    body = random.randbytes(random.choice([0, 1, 100])) if s3 or not presigned else b""
    form = () if s3 else (("Action", text(random, PLAIN)), ("Version", text(random, TEXT)))
    query = "&".join(query_pair(random) for _ in range(random.choice([0, 0, 1, 3, 6])))
    headers = [(random.choice(NAMES), value(random)) for _ in range(random.randrange(5))]
    headers += [(random.choice(UNSIGNED), "anything")] if random.random() < 0.3 else []
    host = random.choice(["iam.amazonaws.com", "localhost:8443", "[::1]:80", "B.s3.example"])
    return ToSign(
        method=random.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]),
        url=f"{random.choice(['http', 'https'])}://{host}{path(random, s3=s3)}" + (f"?{query}" if query else ""),
        # botocore takes the query either from the URL or from here.
        params=tuple((text(random), text(random)) for _ in range(random.randrange(4))) if not query else (),
        headers=tuple(headers),
        body=body,
        form=form if presigned else (),
        service=service,
        region=random.choice(["us-east-1", "eu-central-2", "cn-north-1"]),
        token=text(random, TEXT) or None if presigned else random.choice([None, "FwoGZ/+=="]),
        expires_in=random.choice([1, 60, 604800]) if presigned else None,
    )


def text(random: Random, alphabet: str = TEXT) -> str:
    return "".join(random.choices(alphabet, k=random.randrange(8)))


def value(random: Random) -> str:
    """A header's value with white space around and within it, and folded lines."""
    words = ["".join(random.choices(VALUE, k=random.randrange(1, 9))).strip() for _ in range(random.randrange(4))]
    return random.choice(["", " ", " \t", "  "]) + random.choice(WHITE).join(words) + random.choice(["", "  ", "\t"])


def query_pair(random: Random) -> str:
    """Repeated and empty names, names alone, all encoded as botocore does it."""
    name, text_ = (quote(random.choice(["a", "B", text(random)]), safe="-_.~") for _ in range(2))
    return random.choice([f"{name}={text_}", f"{name}={text_}", f"{name}=", name])


def path(random: Random, *, s3: bool) -> str:
    """Segments of any text, empty ones and dots; what is encoded, also in lower case; for other services than S3 also
    what should be encoded and is not (for S3, botocore trusts its caller to have encoded it)."""
    segments = [quote(text(random, TEXT + "é中"), safe="~") for _ in range(random.randrange(5))]
    segments = [random.choice([segment, segment, segment, "", ".", "..", "%e4%b8"]) for segment in segments]
    if not s3:
        segments = [random.choice([segment, segment, "a:b@c", "!$&'()*+,;="]) for segment in segments]
    return "/" + "/".join(segments)


@pytest.mark.parametrize("presigned", [False, True], ids=["in the header", "presigned"])
@pytest.mark.parametrize("services", [("iam", "sts", "execute-api"), ("s3",)], ids=["apis", "s3"])
def test_whatever_botocore_signs_matches(services: tuple[str, ...], presigned: bool) -> None:
    start = Random().randrange(1 << 40) if SOAK > 1 else 0  # noqa: S311 - no secret
    for seed in range(start, start + EACH):
        random = Random(seed)  # noqa: S311 - no secret
        wanted = drawn(random, random.choice(services), presigned=presigned)
        at = AT + random.randrange(10**8)

        request = sign(wanted, at)

        signed = parse(request)
        assert matches(signed, key_of(request)), (seed, request, signed.canonical_request)
        assert (signed.signed_at, signed.expires_in) == (at, wanted.expires_in), seed
        assert signed.session_token == wanted.token, seed
        check_time(signed, at)


SAMPLE = [
    ToSign(
        url="https://iam.amazonaws.com/",
        headers=(("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), ("X-Amz-Target", "a  b é")),
        body=b"Action=GetUser&Version=2010-05-08",
        token="FwoGZ/+==",
    ),
    ToSign(
        method="PATCH",
        url="https://api.example:8443/v1/us%C3%A9rs/a%2fb/?b=2&a=%2F&a=1&c",
        headers=(("X-Other", "1"), ("x-other", "2")),
        service="execute-api",
        region="eu-central-2",
    ),
    ToSign(
        method="GET",
        url="https://sts.amazonaws.com/",
        headers=(("x-k8s-aws-id", "cluster"),),
        form=(("Action", "GetCallerIdentity"), ("Version", "2011-06-15")),
        service="sts",
        expires_in=60,
        token="FwoGZ/+==",
    ),
    ToSign(method="PUT", url="https://b.s3.example/k/%C3%A9//x?acl", body=b"hello", service="s3"),
    ToSign(method="GET", url="https://b.s3.example/k%20y", service="s3", expires_in=604800),
]


def changed(text_: str) -> Iterator[str]:
    """The text with one of its characters another one: each of eight bits flipped, and a digit or a letter."""
    for at, character in enumerate(text_):
        others = {chr(ord(character) ^ 1 << bit) for bit in range(8)} | {"0", "a"}
        for other in others - {character}:
            yield text_[:at] + other + text_[at + 1 :]


def forgeries(request: HttpRequest, body: bytes) -> Iterator[HttpRequest]:
    """The request with any one byte of what is signed changed, and of the signature and what it says of itself."""
    signed = parse(request)
    yield from (replace(request, method=text_) for text_ in changed(request.method))
    yield from (replace(request, raw_path=text_) for text_ in changed(request.raw_path))
    yield from (replace(request, raw_query=text_) for text_ in changed(request.raw_query))
    if signed.body_signed:
        for text_ in changed(body.decode("latin-1")):
            yield replace(request, body_sha256=hashlib.sha256(text_.encode("latin-1")).hexdigest())
    for at, (name, value_) in enumerate(request.headers):
        if name.lower() in signed.signed_headers or name == "Authorization":
            before, after = request.headers[:at], request.headers[at + 1 :]
            # A name in other letters is the same name.
            for text_ in changed(name):
                if text_.lower() != name.lower():
                    yield replace(request, headers=(*before, (text_, value_), *after))
            yield from (replace(request, headers=(*before, (name, text_), *after)) for text_ in changed(value_))


def accepted(request: HttpRequest, key: bytes) -> bool:
    try:
        signed = parse(request)
    except DoorwardError:
        return False
    return signed.access_key_id == KEY_ID and matches(signed, key)


@pytest.mark.parametrize("wanted", SAMPLE, ids=lambda wanted: f"{wanted.service} {wanted.method}")
def test_no_byte_of_what_is_signed_can_be_changed(wanted: ToSign) -> None:
    request = sign(wanted)
    key = key_of(request)
    assert accepted(request, key)

    wrong = list(forgeries(request, wanted.body))

    assert len(wrong) > 1000
    assert [forged for forged in wrong if accepted(forged, key)] == []


@pytest.mark.parametrize("seed", range(20 * SOAK))
def test_no_byte_of_any_request_can_be_changed(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret
    wanted = drawn(random, random.choice(["iam", "sts", "execute-api", "s3"]), presigned=seed % 2 == 0)
    # Dot segments and repeated slashes do not count, nor does white space around values.
    wanted = replace(wanted, url="https://host.example/a%C3%A9/b?x=1&x=&y")
    wanted = replace(wanted, headers=tuple((name, " ".join(text_.split())) for name, text_ in wanted.headers))
    request = sign(replace(wanted, params=()))
    key = key_of(request)
    assert accepted(request, key)

    assert not any(accepted(forged, key) for forged in forgeries(request, wanted.body))


ODD = [
    "\0",
    "\n",
    "\ud800",
    "é",
    "\u0130",
    "\u0663",
    "\uff11",
    "",
    "%",
    "&",
    "=",
    ",",
    ";",
    "/",
    "%00",
    "A" * 9000,
    "9" * 50,
]


def test_whatever_arrives_is_refused_or_is_what_was_signed() -> None:
    random = Random(5)  # noqa: S311 - no secret
    for _ in range(2000 * SOAK):
        original = sign(random.choice(SAMPLE))
        request = original

        for _ in range(random.randrange(1, 4)):
            request = bent(random, request)

        if accepted(request, key_of(original)):
            assert parse(request).canonical_request == parse(original).canonical_request


def bent(random: Random, request: HttpRequest) -> HttpRequest:
    """The request with something odd somewhere."""

    def bend(text_: str) -> str:
        at, length = random.randrange(len(text_) + 1), random.randrange(3)
        return text_[:at] + random.choice(ODD) + text_[at + length :]

    headers = list(request.headers)
    at = random.randrange(len(headers))
    name, value_ = headers[at]
    headers[at] = random.choice([(bend(name), value_), (name, bend(value_)), (name, bend(value_))])
    return random.choice(
        [
            replace(request, method=bend(request.method)),
            replace(request, raw_path=bend(request.raw_path)),
            replace(request, raw_query=bend(request.raw_query)),
            replace(request, headers=tuple(headers)),
            replace(request, headers=(*request.headers, random.choice(headers))),
        ]
    )
