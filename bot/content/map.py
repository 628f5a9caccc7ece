"""A conversation as a drawing: where each box stands, and along which points a line runs.

Pure. Layers from top to bottom by grandalf (Sugiyama); what it cannot place by itself (two lines
between the same boxes, a step that leads to itself) is drawn once, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grandalf.graphs import Edge, Graph, Vertex  # type: ignore[import-untyped]
from grandalf.layouts import SugiyamaLayout, VertexViewer  # type: ignore[import-untyped]
from grandalf.routing import EdgeViewer, route_with_lines  # type: ignore[import-untyped]

from bot.content.outline import Entry

WIDTH, HEIGHT = 210, 78
"""Of a box, in units of the drawing."""

ACROSS, DOWN, MARGIN = 24, 44, 12
ROUNDS = 12
"""Of sorting the boxes of each layer, so that few lines cross."""


@dataclass(frozen=True, slots=True)
class Box:
    """A step, or an end (another conversation, or ``end``), with its upper left corner."""

    id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A way from one box to another, as points; ``ways`` are the ways it stands for."""

    start: str
    end: str
    ways: tuple[str, ...]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is placed already."""

    boxes: dict[str, Box]
    points: dict[tuple[str, str], tuple[tuple[float, float], ...]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines, and how large the whole is."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def drawing(entries: Iterable[Entry]) -> Drawing:
    """Lay out the steps of a conversation. What nothing leads to stands beside the rest."""
    ways = _ways(entries := tuple(entries))
    names = dict.fromkeys([*(entry.id for entry in entries), *(end for _, end in ways)])
    vertices = {name: _vertex(name) for name in names}
    edges = [_edge(vertices[a], vertices[b]) for a, b in ways if a != b]
    graph = Graph(list(vertices.values()), edges)
    left = float(MARGIN)
    found = _Found({}, {})
    for part in graph.C:
        left += _place(part, entries[0].id, left, found) + ACROSS
    boxes, points = found.boxes, found.points
    lines = tuple(
        Line(a, b, tuple(named), points[a, b]) for (a, b), named in ways.items() if a != b
    )
    height = max(box.y for box in boxes.values()) + HEIGHT + MARGIN
    return Drawing(tuple(boxes.values()), lines, left, height)


def _ways(entries: Iterable[Entry]) -> dict[tuple[str, str], list[str]]:
    """Return the ways between each two boxes; what ends has a box for each end."""
    found: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        for way in entry.onward:
            target = way.target
            end = f"/{target.conversation}" if target.conversation else target.step
            found.setdefault((entry.id, end), []).append(way.way)
    return found


def _vertex(name: str) -> Any:
    vertex = Vertex(name)
    vertex.view = VertexViewer(w=WIDTH, h=HEIGHT)
    return vertex


def _edge(start: Any, end: Any) -> Any:
    edge = Edge(start, end)
    edge.view = EdgeViewer()
    return edge


def _place(part: Any, first: str, left: float, found: _Found) -> float:
    """Lay out what hangs together, to the right of what was laid out before; return its width."""
    vertices, edges = list(part.sV), [(edge, *_ends(edge)) for edge in part.sE]
    roots = [v for v in vertices if v.data == first or not v.e_in()] or vertices[:1]
    layout = SugiyamaLayout(part)
    layout.xspace, layout.yspace = ACROSS, DOWN
    layout.route_edge = route_with_lines
    layout.init_all(roots=roots)
    layout.draw(ROUNDS)
    sides = [v.view.xy[0] - WIDTH / 2 for v in vertices]
    sides += [x for edge, _, _ in edges for x, _ in edge.view._pts]
    across = left - min(sides)
    down = MARGIN - min(v.view.xy[1] for v in vertices) + HEIGHT / 2

    def moved(x: float, y: float) -> tuple[float, float]:
        return round(float(x + across), 1), round(float(y + down), 1)

    for v in vertices:
        x, y = moved(*v.view.xy)
        found.boxes[v.data] = Box(v.data, x - WIDTH / 2, y - HEIGHT / 2)
    for edge, start, end in edges:
        route = [moved(*point) for point in edge.view._pts]
        upside_down = abs(route[0][1] - found.boxes[start].y) > abs(
            route[-1][1] - found.boxes[start].y
        )
        found.points[start, end] = tuple(reversed(route) if upside_down else route)
    corners = [v.view.xy[0] + WIDTH / 2 for v in vertices]
    corners += [x for edge, _, _ in edges for x, _ in edge.view._pts]
    return float(max(corners) + across - left)


def _ends(edge: Any) -> tuple[str, str]:
    return edge.v[0].data, edge.v[1].data
