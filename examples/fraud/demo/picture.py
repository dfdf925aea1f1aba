"""The traffic over time as a picture: who answered, what failed, and when each stage began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from traffic import Answer

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 300, 52, 76, 40
COLOURS = {"v1": "#4c78a8", "v2": "#54a24b", "v3": "#eeb541"}
FAILED, THROTTLED = "#d62728", "#bbbbbb"
STEP = 1.0
"""Seconds of one bar."""

Mark = tuple[float, str]
"""A moment, in seconds, and what began then."""


def svg(answers: Sequence[Answer], marks: Sequence[Mark]) -> str:
    """One bar a second: answers by version from the bottom, what failed (red) or was throttled (grey) on top."""
    until = max((one.ended for one in answers), default=1.0)
    bars = max(1, int(until / STEP) + 1)
    most = max(Counter(int(one.ended / STEP) for one in answers).values(), default=1)
    across, up = (WIDTH - LEFT - 16) / bars, (HEIGHT - TOP - BOTTOM) / most
    body = [*_grid(most, up, bars, across), *_bars(answers, across, up), *_marks(marks, across), *_legend(answers)]
    style = (
        "text{font:12px system-ui,sans-serif;fill:#333}.t{font-weight:600;font-size:15px}.g{stroke:#ddd}"
        ".m{stroke:#777;stroke-dasharray:3 3}@media(prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#444}"
        ".bg{fill:#1b1b1b}}"
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
            'aria-label="Answers a second by model version, over time">',
            f"<style>{style}</style>",
            f'<rect class="bg" width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *body,
            "</svg>\n",
        )
    )


def _grid(most: int, up: float, bars: int, across: float) -> Iterator[str]:
    base = HEIGHT - BOTTOM
    for part in (0, 0.5, 1):
        y = base - part * most * up
        yield f'<line class="g" x1="{LEFT}" x2="{WIDTH - 16}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{part * most:.0f}</text>'
    for second in range(0, bars, 10 if bars < 150 else 20):
        yield f'<text x="{LEFT + second * across:.1f}" y="{base + 16}" text-anchor="middle">{second}</text>'
    yield f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 8}" text-anchor="middle">seconds since the traffic began</text>'


def _bars(answers: Sequence[Answer], across: float, up: float) -> Iterator[str]:
    counts: Counter[tuple[int, str, str]] = Counter((int(one.ended / STEP), _fate(one), one.version) for one in answers)
    tops: Counter[int] = Counter()
    for (bar, fate, version), count in sorted(counts.items()):
        tops[bar] += count
        colour = {"failed": FAILED, "throttled": THROTTLED}.get(fate) or COLOURS.get(version, "#999")
        x, y = LEFT + bar * across, HEIGHT - BOTTOM - tops[bar] * up
        title = f"second {bar}: {count} {fate} by {version or 'nobody'}"
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(across - 0.6, 0.4):.1f}" height="{count * up:.1f}" '
            f'fill="{colour}"><title>{escape(title)}</title></rect>'
        )


def _fate(one: Answer) -> str:
    return "failed" if one.failed or one.lost else "throttled" if one.throttled else "answered"


def _marks(marks: Sequence[Mark], across: float) -> Iterator[str]:
    for number, (moment, words) in enumerate(marks):
        x, y = LEFT + moment / STEP * across, TOP - 8 - 14 * (number % 2)
        yield f'<line class="m" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 2}" y2="{HEIGHT - BOTTOM}"/>'
        anchor, beside = ("end", -3) if x > WIDTH - 130 else ("start", 3)
        yield f'<text x="{x + beside:.1f}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _legend(answers: Sequence[Answer]) -> Iterator[str]:
    yield f'<text class="t" x="{LEFT}" y="24">Answers a second by version of claims-fraud</text>'
    x = LEFT
    named = [(version, COLOURS.get(version, "#999")) for version in sorted({one.version for one in answers} - {""})]
    for words, colour in [*named, ("failed", FAILED), ("throttled", THROTTLED)]:
        yield f'<rect x="{x}" y="32" width="11" height="11" fill="{colour}"/><text x="{x + 16}" y="42">{words}</text>'
        x += 70
