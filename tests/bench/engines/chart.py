"""The figures as a drawing: SVG, both axes logarithmic, readable on light and on dark."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 46, 52
COLOURS = ("#1f77d0", "#d9622b", "#2f9e62", "#8a5cd0")
"""One for each engine; all of them can be told from white and from GitHub's dark grey."""

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 14px; font-weight: 600 }
  .grid { stroke: #8c959f; stroke-opacity: .3 }
  .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
"""
UNITS = {0: "1 µs", 1: "10 µs", 2: "100 µs", 3: "1 ms", 4: "10 ms", 5: "100 ms", 6: "1 s", 7: "10 s"}
"""By the power of ten, of microseconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """An engine in one shape of world: number of statements and microseconds for each check."""

    engine: str
    shape: str
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class _Axes:
    """Powers of ten at both ends of both axes."""

    left: int
    right: int
    low: int
    high: int

    def x(self, power: float) -> float:
        return LEFT + (power - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, power: float) -> float:
        return HEIGHT - BOTTOM - (power - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def draw(title: str, lines: Sequence[Line]) -> str:
    """The chart; a shape has its own dashes, an engine its own colour."""
    sizes = [size for line in lines for size, _ in line.points]
    costs = [cost for line in lines for _, cost in line.points]
    low, high = floor(log10(min(costs))), ceil(log10(max(costs)))
    axes = _Axes(floor(log10(min(sizes))), ceil(log10(max(sizes))), low, max(high, low + 1))
    engines = list(dict.fromkeys(line.engine for line in lines))
    colours = {engine: COLOURS[place % len(COLOURS)] for place, engine in enumerate(engines)}
    shapes = list(dict.fromkeys(line.shape for line in lines))
    dashes = {shape: "none" if place == 0 else "6 4" for place, shape in enumerate(shapes)}
    parts = [*_grid(axes), *_curves(axes, lines, colours, dashes), *_legend(lines, colours, dashes)]
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">\n'
        f'  <style>{STYLE}  </style>\n  <text class="title" x="{LEFT}" y="24">{title}</text>\n{body}\n</svg>\n'
    )


def _grid(axes: _Axes) -> Iterator[str]:
    for power in range(axes.left, axes.right + 1):
        x = axes.x(power)
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
    for power in range(axes.low, axes.high + 1):
        y = axes.y(power)
        label = UNITS.get(power, f"10^{power} µs")
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">statements that the principal has</text>'


def _curves(axes: _Axes, lines: Iterable[Line], colours: dict[str, str], dashes: dict[str, str]) -> Iterator[str]:
    for line in lines:
        places = [(axes.x(log10(size)), axes.y(log10(cost))) for size, cost in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        style = f'stroke="{colours[line.engine]}" stroke-dasharray="{dashes[line.shape]}"'
        yield f'<polyline class="line" points="{path}" {style}/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[line.engine]}"/>' for x, y in places)


def _legend(lines: Sequence[Line], colours: dict[str, str], dashes: dict[str, str]) -> Iterator[str]:
    """In the order in which the lines end, from above."""
    ordered = sorted(lines, key=lambda line: -line.points[-1][1])
    for place, line in enumerate(ordered):
        x, y = WIDTH - RIGHT + 18, TOP + 14 + place * 22
        style = f'stroke="{colours[line.engine]}" stroke-dasharray="{dashes[line.shape]}"'
        yield f'<line class="line" x1="{x}" y1="{y}" x2="{x + 30}" y2="{y}" {style}/>'
        yield f'<text x="{x + 38}" y="{y + 4}">{line.engine}, {line.shape}</text>'
