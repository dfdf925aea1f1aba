"""A picture as a Mermaid flowchart, which GitHub, GitLab and Azure DevOps draw inside Markdown."""

from __future__ import annotations

from collections import defaultdict

from seawall.plan.graph.picture import Node, Picture


def mermaid(picture: Picture) -> str:
    """The flowchart's text: a subgraph for each resource group. The same picture gives the same text."""
    keys = {node.key: f"n{index}" for index, node in enumerate(picture.nodes)}
    groups: dict[str, list[Node]] = defaultdict(list)
    for node in picture.nodes:
        groups[node.group].append(node)
    lines = [
        "---",
        f"title: {_quoted(f'{picture.title} ({picture.subtitle})')}",
        "---",
        "flowchart LR",
    ]
    for index, (group, nodes) in enumerate(groups.items()):
        inside = [f"    {keys[node.key]}[{_quoted(_label(node))}]" for node in nodes]
        if group:
            inside = [f"  subgraph g{index}[{_quoted(group)}]", *inside, "  end"]
        lines += inside
    lines += [f"  {keys[edge.source]} --> {keys[edge.target]}" for edge in picture.edges]
    return "\n".join(lines) + "\n"


def _label(node: Node) -> str:
    count = f" · {node.resources} resources" if node.resources > 1 else ""
    return f"{node.kind}<br/>{node.name}{count}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
