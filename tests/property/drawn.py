"""Drawn worlds as the library takes them, and how many of them there are."""

import json
import os
from typing import Any

from doorward_policy import Layers, NamedPolicy, Request
from doorward_policy.cases import case_layers, case_request
from doorward_policy.jsontext import load_json
from hypothesis import HealthCheck, settings

SOAK = 50 if os.environ.get("DOORWARD_SOAK") else 1

World = list[dict[str, Any]]
"""Cases that share their policies."""


def examples(count: int) -> settings:
    """So many examples in `make test`, the same ones each time; fifty times as many in `make soak`, always others."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=count * SOAK,
        derandomize=SOAK == 1,
        deadline=None,
        database=None,
        suppress_health_check=checks,
    )


def layers_of(world: World) -> Layers[list[NamedPolicy]]:
    """The policies of a world."""
    return case_layers(_fields(world[0]))


def requests_of(world: World) -> list[Request]:
    """The requests of a world."""
    return [case_request(_fields(case)) for case in world]


def _fields(case: dict[str, Any]) -> dict[str, object]:
    fields = load_json(json.dumps(case))
    assert isinstance(fields, dict)
    return fields
