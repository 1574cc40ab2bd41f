"""Lint: what in a valid policy is probably not what was meant."""

from doorward_policy.lint.finding import Catalogue, Finding, Severity
from doorward_policy.lint.rules import lint

__all__ = ["Catalogue", "Finding", "Severity", "lint"]
