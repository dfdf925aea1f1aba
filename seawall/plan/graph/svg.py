"""A picture as SVG that reads on a light and on a dark page, needs no font and runs no script."""

from __future__ import annotations

from xml.sax.saxutils import escape

from seawall.plan.graph.layout import BOX_PADDING, Layout, Rectangle, layout
from seawall.plan.graph.picture import Node, Picture

STYLE = """
  svg { color-scheme: light dark; }
  text { font-family: ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1c2733; }
  .page { fill: #ffffff; }
  .title { font-size: 21px; font-weight: 600; }
  .note { font-size: 13px; fill: #5a6b7d; }
  .box { fill: #f3f7fa; stroke: #c3d2de; }
  .home { font-size: 12.5px; font-weight: 600; fill: #40627d; }
  .node { fill: #ffffff; stroke: #8fa6b8; }
  .kind { font-size: 13px; font-weight: 600; }
  .name { font-size: 11.5px; fill: #5a6b7d; }
  .count { font-size: 11px; fill: #5a6b7d; text-anchor: end; }
  .edge { fill: none; stroke: #6f8ba1; stroke-width: 1.4; }
  .head { fill: #6f8ba1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4ebf1; }
    .page { fill: #10171e; }
    .note, .name, .count { fill: #9fb0bf; }
    .box { fill: #17212b; stroke: #33475a; }
    .home { fill: #9cc3e0; }
    .node { fill: #1f2c38; stroke: #52697c; }
    .edge { stroke: #7f9db4; }
    .head { fill: #7f9db4; }
  }
"""
WIDE = 0.58
"""Width of an average character of a proportional font, in its size."""


def svg(picture: Picture) -> str:
    """The picture as an SVG document. The same picture gives the same text."""
    places = layout(picture)
    width, height = round(places.width), round(places.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(picture.title)}: {escape(picture.subtitle)}</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="head" d="M0 0.8 L8 4 L0 7.2 z"/></marker></defs>',
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="title" x="28" y="38">{escape(picture.title)}</text>',
        f'<text class="note" x="28" y="58">{escape(picture.subtitle)}. An arrow leads from what is needed '
        "to what needs it.</text>",
        *(_box(group, box) for group, box in places.boxes.items()),
        *_edges(picture, places),
        *(_node(node, places.nodes[node.key]) for node in picture.nodes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _box(group: str, box: Rectangle) -> str:
    title = _fitted(group, box.width - 2 * BOX_PADDING, 12.5)
    return (
        f'<g><title>{escape(group)}</title><rect class="box" x="{box.x:g}" y="{box.y:g}" '
        f'width="{box.width:g}" height="{box.height:g}" rx="10"/>'
        f'<text class="home" x="{box.x + BOX_PADDING:g}" y="{box.y + 21:g}">{escape(title)}</text></g>'
    )


def _node(node: Node, place: Rectangle) -> str:
    count = f"{node.resources}" if node.resources > 1 else ""
    counted = f"{node.resources} resources" if node.resources > 1 else "1 resource"
    where = f"in {node.group}" if node.group else "in no resource group"
    kind = _fitted(node.kind, place.width - 30 - 8 * len(count), 13.5)
    return (
        f"<g><title>{escape(f'{node.kind} {node.name}: {counted} {where}')}</title>"
        f'<rect class="node" x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{place.height:g}" rx="7"/>'
        f'<text class="kind" x="{place.x + 12:g}" y="{place.y + 21:g}">{escape(kind)}</text>'
        f'<text class="name" x="{place.x + 12:g}" y="{place.y + 39:g}">'
        f"{escape(_fitted(node.name, place.width - 24, 11.5))}</text>"
        f'<text class="count" x="{place.x + place.width - 10:g}" y="{place.y + 21:g}">{count}</text></g>'
    )


def _edges(picture: Picture, places: Layout) -> list[str]:
    names = {node.key: node.name for node in picture.nodes}
    lines = []
    for edge in picture.edges:
        told = escape(f"{names[edge.target]} needs {names[edge.source]}")
        path = _curve(places.ways[edge])
        lines.append(f'<path class="edge" d="{path}" marker-end="url(#head)"><title>{told}</title></path>')
    return lines


def _curve(points: tuple[tuple[float, float], ...]) -> str:
    """Level through each column, and a soft S from one column to the next."""
    (x, y), *rest = points
    path = f"M{x:g} {y:.1f}"
    for index, (next_x, next_y) in enumerate(rest):
        if index % 2:
            path += f" L{next_x:g} {next_y:.1f}"
        else:
            middle = (x + next_x) / 2
            path += f" C{middle:g} {y:.1f} {middle:g} {next_y:.1f} {next_x:g} {next_y:.1f}"
        x, y = next_x, next_y
    return path


def _fitted(text: str, width: float, size: float) -> str:
    """The text, without its middle where it is too long: names differ at their ends."""
    room = int(width / (size * WIDE))
    if len(text) <= room:
        return text
    head = room // 3
    return f"{text[:head]}…{text[head + 1 - room :]}"
