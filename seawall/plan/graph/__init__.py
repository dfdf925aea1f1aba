"""A plan as a picture that a person understands.

Nodes are components, with the number of resources that each stands for; boxes are resource groups; an arrow leads from
what is needed to what needs it, so the picture reads from left to right as a deployment goes.
"""

from seawall.plan.graph.mermaid import mermaid
from seawall.plan.graph.picture import Edge, Node, Picture, picture
from seawall.plan.graph.svg import svg

__all__ = ["Edge", "Node", "Picture", "mermaid", "picture", "svg"]
