"""Whether CBOR is such as authenticators write it (CTAP 2.1 section 8): looked at before anything decodes it.

General CBOR has tags for values that share parts; a few hundred bytes of those unfold to gigabytes when a decoder's
answer is encoded again, which the verification of a passkey does.
"""

DEEPEST = 4
"""Levels of nesting, at most."""

_TEXT_OR_BYTES, _ARRAY, _MAP, _TAG = (2, 3), 4, 5, 6
_NO_MORE_LENGTH = 27


def end_of_item(data: bytes, start: int = 0, level: int = 0) -> int:
    """Where the item that starts at `start` ends. Raises ValueError when there is none, or none that CTAP allows."""
    if level > DEEPEST:
        raise ValueError("too deep")
    kind, argument, place = _head(data, start)
    if kind == _TAG:
        raise ValueError("a tag")
    if kind in _TEXT_OR_BYTES:
        place += argument
    for _ in range({_ARRAY: argument, _MAP: 2 * argument}.get(kind, 0)):
        place = end_of_item(data, place, level + 1)
    if place > len(data):
        raise ValueError("cut off")
    return place


def _head(data: bytes, start: int) -> tuple[int, int, int]:
    """Major type, argument, and where the head ends (RFC 8949 section 3)."""
    if start >= len(data):
        raise ValueError("cut off")
    kind, short = data[start] >> 5, data[start] & 31
    if short > _NO_MORE_LENGTH:
        raise ValueError("an indefinite length")
    width = 0 if short < 24 else 1 << (short - 24)
    end = start + 1 + width
    return kind, int.from_bytes(data[start + 1 : end], "big") if width else short, end
