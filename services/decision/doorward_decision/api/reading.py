"""What requests have in common: condition keys and freshness, read and bounded."""

from collections.abc import Iterable, Mapping

from doorward.decision.v1.decision_service_pb2 import ContextValues
from doorward_kernel.errors import InvalidInput
from doorward_kernel.revision import Revision

from doorward_decision.application.questions import Context, without_server_keys

MOST_CONTEXT_KEYS = 64
MOST_VALUES = 256
"""Of all multivalued keys together: set operators compare each with each of the policy's."""
MOST_CHARACTERS = 2048
"""Of a key and its value together."""
MOST_OF_SEVERAL = 8192
"""Of a multivalued key and its values together: the keys of fifty tags may have 6,400."""


def context_of(single: Mapping[str, str], several: Mapping[str, ContextValues]) -> Context:
    """The condition keys in lower case, without those that only the server fills. Raises InvalidInput."""
    if not single and not several:
        return {}
    given = len(single) + len(several)
    if given > MOST_CONTEXT_KEYS:
        raise InvalidInput(f"the context has at most {MOST_CONTEXT_KEYS} keys")
    context: Context = {key.lower(): value for key, value in single.items()}
    if sum(len(values.values) for values in several.values()) > MOST_VALUES:
        raise InvalidInput(f"the context has at most {MOST_VALUES} values of multivalued keys")
    context |= {key.lower(): tuple(values.values) for key, values in several.items()}
    if len(context) != given:
        raise InvalidInput("two context keys differ only in case: give each key once")
    for key, value in context.items():
        most = MOST_CHARACTERS if isinstance(value, str) else MOST_OF_SEVERAL
        if len(key) + sum(map(len, value)) > most:
            raise InvalidInput(f"context key `{key[:128]}` and its values have at most {most} characters")
    return without_server_keys(context)


def revisions_of(texts: Iterable[str]) -> tuple[Revision, ...]:
    """The revisions that an answer must include. Raises InvalidInput."""
    try:
        return tuple(map(Revision.parse, texts))
    except InvalidInput as error:
        raise InvalidInput(f"`freshness.at_least`: {error.message}") from error
