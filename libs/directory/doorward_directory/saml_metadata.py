"""SAML metadata of an identity provider: what can be read of it (OASIS, "Metadata for SAML V2.0").

It is read by Expat alone, and no document type is let in: so there are no entities, neither expanding nor external.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.parsers.expat import ExpatError, ParserCreate

from doorward_kernel.errors import InvalidInput

SHORTEST_METADATA = 1000
"""Characters (IAM API reference, CreateSAMLProvider)."""

LONGEST_METADATA = 131_072
"""Bytes in UTF-8, where AWS has 10,000,000 characters: the document stands in an event, as every policy does."""

_NAMESPACE = "urn:oasis:names:tc:SAML:2.0:metadata"
_ROOT, _ROLE, _KEY = (f"{_NAMESPACE} {name}" for name in ("EntityDescriptor", "IDPSSODescriptor", "KeyDescriptor"))
_CERTIFICATE = "http://www.w3.org/2000/09/xmldsig# X509Certificate"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
"""xs:dateTime, of the years that there are here."""


def valid_until(document: str) -> datetime | None:
    """Until when the metadata says that it is valid, in UTC; None when it does not say.

    Raises InvalidInput unless it describes one identity provider, with its name and a certificate of its signatures.
    """
    if len(document) < SHORTEST_METADATA:
        raise _out_of_bounds(f"greater than or equal to {SHORTEST_METADATA}")
    try:
        if len(document.encode()) > LONGEST_METADATA:
            raise _out_of_bounds(f"less than or equal to {LONGEST_METADATA} bytes of UTF-8")
        return _read(document)
    except _Unreadable as error:
        raise InvalidInput(f"Could not parse metadata: `samlMetadataDocument`: {error}") from error
    except (ExpatError, ValueError) as error:
        raise InvalidInput("Could not parse metadata: `samlMetadataDocument` is not XML") from error


class _Unreadable(Exception):
    """It is XML, but not such metadata."""


@dataclass(slots=True)
class _Reader:
    """Takes what Expat finds: names as `namespace name`."""

    open: list[str]
    entity: dict[str, str]
    signs: bool = False
    certificates: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.open:
            if name != _ROOT:
                raise _Unreadable("its root is no EntityDescriptor of SAML 2.0")
            self.entity = attributes
        elif name == _KEY:
            self.signs = attributes.get("use", "signing") == "signing"
        self.open.append(name)

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        in_key = self.signs and self.open[1:3] == [_ROLE, _KEY]
        if in_key and self.open[-1] == _CERTIFICATE and not text.isspace():
            self.certificates += 1

    def doctype(self, *_: object) -> None:
        raise _Unreadable("it has a document type declaration, which is not accepted")


def _read(document: str) -> datetime | None:
    """Raises _Unreadable, ExpatError, ValueError."""
    if document.startswith("\ufeff"):
        raise _Unreadable("it begins with a byte order mark")
    reader = _Reader(open=[], entity={})
    parser = ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(document, True)
    if not reader.entity.get("entityID"):
        raise _Unreadable("its EntityDescriptor has no entityID")
    if not reader.certificates:
        raise _Unreadable("it has no IDPSSODescriptor with an X509Certificate in a KeyDescriptor for signing")
    text = reader.entity.get("validUntil")
    return None if text is None else _time(text)


def _time(text: str) -> datetime:
    """Raises _Unreadable."""
    try:
        if not _TIME.fullmatch(text.strip()):
            raise ValueError
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Unreadable("its validUntil is no time") from error


def _out_of_bounds(bound: str) -> InvalidInput:
    return InvalidInput(
        "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy constraint: "
        f"Member must have length {bound}"
    )
