"""How figures are summed up and printed."""

import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def milliseconds(label: str, seconds: Sequence[float]) -> None:
    """Print a distribution of times."""
    cuts = ", ".join(f"p{part:g} {percentile(seconds, part / 100) * 1000:.2f}" for part in (50, 90, 99))
    print(f"  {label}: {cuts}, max {max(seconds) * 1000:.2f} ms (n={len(seconds)})")


def rounds(label: str, values: Sequence[float], unit: str, digits: int = 0) -> None:
    """Print the median and the spread of several rounds."""
    middle = statistics.median(values)
    print(f"  {label}: {middle:,.{digits}f} {unit} (median of {len(values)}, {min(values):,.{digits}f} to "
          f"{max(values):,.{digits}f})")  # fmt: skip
