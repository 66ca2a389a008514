"""A chart as SVG: horizontal bars, one group a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 760
LABEL = 150
LINE = 26
THICKNESS = 16
HEADING = 40
FIGURE = 70

OURS = "#2f6f4f"
OTHERS = "#9aa5b1"


@dataclass(frozen=True, slots=True)
class Line:
    """One bar."""

    label: str
    value: float
    ours: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that share a scale."""

    title: str
    lines: Sequence[Line]


def chart(title: str, groups: Sequence[Group]) -> str:
    """The chart; longer is better."""
    parts: list[str] = []
    top = HEADING
    for group in groups:
        parts.append(_text(0, top + 14, group.title, weight="bold"))
        top += LINE
        most = max(line.value for line in group.lines)
        for line in group.lines:
            length = max(1.0, (WIDTH - LABEL - FIGURE) * line.value / most)
            parts += [
                _text(LABEL - 8, top + 13, line.label, anchor="end"),
                _bar(top, length, OURS if line.ours else OTHERS),
                _text(LABEL + length + 6, top + 13, f"{line.value:,.0f}"),
            ]
            top += LINE
        top += LINE // 2
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {WIDTH + 16} {top}" role="img"'
    return "\n".join(
        [
            f'{head} font-family="system-ui, sans-serif">',
            f"<title>{escape(title)}</title>",
            f'<rect x="-8" width="{WIDTH + 16}" height="{top}" fill="#ffffff"/>',
            _text(0, 18, title, size=15, weight="bold"),
            *parts,
            "</svg>\n",
        ]
    )


def _bar(top: int, length: float, colour: str) -> str:
    return f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{THICKNESS}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" fill="#1f2933">'
        f"{escape(text)}</text>"
    )
