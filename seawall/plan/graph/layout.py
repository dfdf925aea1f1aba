"""Where everything in a picture goes: layered from left to right, one box for each resource group.

A layered layout after Sugiyama, Tagawa and Toda (1981): columns by the longest way from a source, order within a column
by the barycentre of the neighbours. Two things are particular: nodes of one resource group stay together in one box,
and an edge that passes a column goes through a gap between its nodes, never over one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seawall.plan.graph.picture import Edge, Node, Picture

NODE_WIDTH, NODE_HEIGHT = 232, 50
COLUMN_GAP, NODE_GAP, BOX_GAP = 76, 16, 26
BOX_PADDING, BOX_TITLE = 14, 28
MARGIN, HEADER = 28, 76
LEAST_WIDTH = 760
"""Room for the header."""
SWEEPS = 6
LANE = 7
"""Distance in pixels between edges that share a gap."""


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Positions in pixels, from the top left."""

    width: float
    height: float
    nodes: Mapping[str, Rectangle]
    boxes: Mapping[str, Rectangle]
    """By resource group."""
    ways: Mapping[Edge, tuple[tuple[float, float], ...]]
    """The points that each edge goes through, from its source's right side to its target's left side."""


def layout(picture: Picture) -> Layout:
    column = _columns(picture)
    nodes, boxes = _placed(picture, column)
    ways = _ways(picture.edges, nodes, column)
    all_of_it = [*nodes.values(), *boxes.values()]
    right = max((one.x + one.width for one in all_of_it), default=0.0)
    bottom = max((one.y + one.height for one in all_of_it), default=float(HEADER))
    lowest = max((y for way in ways.values() for _, y in way), default=0.0)
    width, height = max(right + MARGIN, LEAST_WIDTH), max(bottom, lowest) + MARGIN
    return Layout(width=width, height=height, nodes=nodes, boxes=boxes, ways=ways)


def _columns(picture: Picture) -> dict[str, int]:
    """The longest way to each node; those of a group that need nothing then move next to the first that needs one."""
    before, after = _neighbours(picture.edges)
    column: dict[str, int] = {}

    def depth(key: str) -> int:
        if key not in column:
            column[key] = max((depth(source) + 1 for source in before[key]), default=0)
        return column[key]

    for node in picture.nodes:
        depth(node.key)
    return column | _moved_sources(picture, column, before, after)


def _together(node: Node) -> str:
    """What keeps nodes in one box: their resource group. What is in none stands alone, without a box."""
    return node.group or node.key


def _moved_sources(
    picture: Picture,
    column: Mapping[str, int],
    before: Mapping[str, list[str]],
    after: Mapping[str, list[str]],
) -> dict[str, int]:
    """The columns of what needs nothing: one column a group, so that its box stays narrow."""
    sources: dict[str, list[str]] = defaultdict(list)
    for node in picture.nodes:
        if not before[node.key]:
            sources[_together(node)].append(node.key)
    moved: dict[str, int] = {}
    for group, keys in sources.items():
        limits = [column[target] - 1 for key in keys for target in after[key]]
        others = [column[node.key] for node in picture.nodes if _together(node) == group and before[node.key]]
        moved |= dict.fromkeys(keys, min(limits or others or [0]))
    return moved


def _neighbours(edges: Iterable[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    return before, after


def _placed(picture: Picture, column: Mapping[str, int]) -> tuple[dict[str, Rectangle], dict[str, Rectangle]]:
    """Sweep a few times, each time ordering boxes and nodes by where their neighbours stood; the best sweep wins."""
    before, after = _neighbours(picture.edges)
    groups: dict[str, list[Node]] = defaultdict(list)
    for node in picture.nodes:
        groups[_together(node)].append(node)
    height = {node.key: float(index) for index, node in enumerate(picture.nodes)}
    best: tuple[float, dict[str, Rectangle], dict[str, Rectangle]] | None = None
    for _ in range(SWEEPS):
        wanted = {
            node.key: _mean([height[key] for key in before[node.key] + after[node.key]], height[node.key])
            for node in picture.nodes
        }
        nodes, boxes = _packed(groups, column, wanted)
        length = sum(abs(nodes[edge.source].middle - nodes[edge.target].middle) for edge in picture.edges)
        length += max((box.y + box.height for box in boxes.values()), default=0.0)
        if best is None or length < best[0]:
            best = (length, nodes, boxes)
        height = {key: rectangle.middle for key, rectangle in nodes.items()}
    assert best is not None
    named = {node.group for node in picture.nodes}
    return best[1], {group: box for group, box in best[2].items() if group in named}


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _packed(
    groups: Mapping[str, list[Node]], column: Mapping[str, int], wanted: Mapping[str, float]
) -> tuple[dict[str, Rectangle], dict[str, Rectangle]]:
    """Boxes one below the other, side by side where their columns are apart."""
    order = sorted(groups, key=lambda group: (_mean([wanted[node.key] for node in groups[group]], 0.0), group))
    floor: dict[int, float] = defaultdict(lambda: float(HEADER))
    nodes: dict[str, Rectangle] = {}
    boxes: dict[str, Rectangle] = {}
    for group in order:
        stacks: dict[int, list[Node]] = defaultdict(list)
        for node in sorted(groups[group], key=lambda node: (wanted[node.key], node.name, node.key)):
            stacks[column[node.key]].append(node)
        first, last = min(stacks), max(stacks)
        title = BOX_TITLE if groups[group][0].group else 0
        top = max(floor[index] for index in range(first, last + 1))
        tallest = max(len(stack) for stack in stacks.values())
        inner = tallest * NODE_HEIGHT + (tallest - 1) * NODE_GAP
        for index, stack in stacks.items():
            free = inner - (len(stack) * NODE_HEIGHT + (len(stack) - 1) * NODE_GAP)
            for place, node in enumerate(stack):
                y = top + title + BOX_PADDING + free / 2 + place * (NODE_HEIGHT + NODE_GAP)
                nodes[node.key] = Rectangle(x=_left(index), y=y, width=NODE_WIDTH, height=NODE_HEIGHT)
        boxes[group] = Rectangle(
            x=_left(first) - BOX_PADDING,
            y=top,
            width=_left(last) - _left(first) + NODE_WIDTH + 2 * BOX_PADDING,
            height=inner + title + 2 * BOX_PADDING,
        )
        for index in range(first, last + 1):
            floor[index] = top + boxes[group].height + BOX_GAP
    return nodes, boxes


def _left(column: int) -> float:
    return MARGIN + BOX_PADDING + column * (NODE_WIDTH + COLUMN_GAP)


def _ways(
    edges: Iterable[Edge], nodes: Mapping[str, Rectangle], column: Mapping[str, int]
) -> dict[Edge, tuple[tuple[float, float], ...]]:
    starts = _ports(edges, nodes, outgoing=True)
    ends = _ports(edges, nodes, outgoing=False)
    taken: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for key, rectangle in nodes.items():
        taken[column[key]].append((rectangle.y - LANE, rectangle.y + rectangle.height + LANE))
    ways: dict[Edge, tuple[tuple[float, float], ...]] = {}
    for edge in sorted(edges, key=lambda edge: (column[edge.target] - column[edge.source], starts[edge], ends[edge])):
        source, target = nodes[edge.source], nodes[edge.target]
        points = [(source.x + source.width, starts[edge])]
        for passed in range(column[edge.source] + 1, column[edge.target]):
            share = (passed - column[edge.source]) / (column[edge.target] - column[edge.source])
            y = _free(starts[edge] + (ends[edge] - starts[edge]) * share, taken[passed])
            taken[passed].append((y - LANE, y + LANE))
            points += [(_left(passed) - LANE, y), (_left(passed) + NODE_WIDTH + LANE, y)]
        ways[edge] = (*points, (target.x, ends[edge]))
    return ways


def _ports(edges: Iterable[Edge], nodes: Mapping[str, Rectangle], *, outgoing: bool) -> dict[Edge, float]:
    """Where on its node's side each edge begins or ends: spread over the side, in the order of the other ends."""
    sides: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        sides[edge.source if outgoing else edge.target].append(edge)
    ports: dict[Edge, float] = {}
    for key, side in sides.items():
        side.sort(key=lambda edge: nodes[edge.target if outgoing else edge.source].middle)
        for index, edge in enumerate(side):
            ports[edge] = nodes[key].y + nodes[key].height * (index + 1) / (len(side) + 1)
    return ports


def _free(wanted: float, taken: Iterable[tuple[float, float]]) -> float:
    """The height nearest to the wanted one that is inside of no taken span."""
    spans = sorted(taken)
    candidates = [wanted, *(edge for span in spans for edge in span)]
    free = [y for y in candidates if y > HEADER / 2 and not any(low < y < high for low, high in spans)]
    return min(free, key=lambda y: (abs(y - wanted), y))
