"""The picture of a plan: what it shows, and that no line of it runs over a node."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from seawall.plan.graph import Edge, Node, Picture, mermaid, picture, svg
from seawall.plan.graph.layout import layout
from seawall.plan.graph.picture import words
from seawall.plan.model import Plan, Resource

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
STACK = "urn:pulumi:dev::seawall::pulumi:pulumi:Stack::seawall-dev"


def resource(token: str, name: str, group: str = "", parent: str = STACK, needs: tuple[str, ...] = ()) -> Resource:
    where = f"{SUBSCRIPTION}/resourceGroups/{group}" if group else SUBSCRIPTION
    kind = token.rpartition(":")[2]
    id = where if kind == "ResourceGroup" else f"{where}/providers/Microsoft.Any/{kind}/{name}"
    urn = f"urn:pulumi:dev::seawall::{token}::{name}"
    return Resource(urn=urn, type=token, name=name, id=id, parent=parent, dependencies=needs)


def component(kind: str, name: str) -> Resource:
    token = f"seawall:components:{kind}"
    return Resource(urn=f"urn:pulumi:dev::seawall::{token}::{name}", type=token, name=name, parent=STACK)


def plan_of(*resources: Resource) -> Plan:
    stack = Resource(urn=STACK, type="pulumi:pulumi:Stack", name="seawall-dev")
    return Plan(stack="dev", resources=(stack, *resources))


@pytest.fixture
def platform() -> Plan:
    """A vault and a workspace as components, in groups of their own, and a budget in none."""
    home, learning = component("ResourceGroup", "security"), component("ResourceGroup", "ml")
    vault, workspace = component("KeyVault", "vault"), component("Workspace", "ws")
    group = resource("azure-native:resources:ResourceGroup", "rg-security", "rg-security", home.urn)
    ml = resource("azure-native:resources:ResourceGroup", "rg-ml", "rg-ml", learning.urn)
    kv = resource("azure-native:keyvault:Vault", "kv-1", "rg-security", vault.urn, (group.urn,))
    endpoint = resource("azure-native:network:PrivateEndpoint", "pep-kv", "rg-network", vault.urn, (kv.urn,))
    mlw = resource("azure-native:machinelearningservices:Workspace", "mlw-1", "rg-ml", workspace.urn, (kv.urn, ml.urn))
    budget = resource("azure-native:consumption:Budget", "budget", "", STACK, (kv.urn,))
    return plan_of(home, group, learning, ml, vault, kv, endpoint, workspace, mlw, budget)


GROUPS = ("", "rg-1", "rg-2", "rg-3", "rg-4")


def random_picture(seed: int) -> Picture:
    chance = random.Random(seed)
    nodes = [
        Node(key=f"k{i}", kind="Kind", name=f"name-{i}", group=chance.choice(GROUPS), resources=i)
        for i in range(chance.randrange(2, 30))
    ]
    edges = tuple(
        Edge(source=nodes[a].key, target=nodes[b].key, weight=1)
        for a in range(len(nodes))
        for b in range(a + 1, len(nodes))
        if chance.random() < 0.12
    )
    return Picture(title="t", subtitle="s", nodes=tuple(nodes), edges=edges)


def test_a_component_is_one_node_with_its_resources_counted(platform: Plan) -> None:
    """A component with two resources is one node that says two, under its main resource's name and group."""
    nodes = {node.name: node for node in picture(platform).nodes}
    assert (nodes["kv-1"].kind, nodes["kv-1"].group, nodes["kv-1"].resources) == ("Key vault", "rg-security", 2)


def test_a_resource_group_is_a_box_and_not_a_node(platform: Plan) -> None:
    """What only makes a resource group that holds others doesn't appear as a node."""
    assert {node.name for node in picture(platform).nodes} == {"kv-1", "mlw-1", "budget"}


def test_a_role_assignment_is_part_of_what_it_is_on() -> None:
    """A component that only extends a vault is counted with the vault, and its needs are the vault's."""
    identity = resource("azure-native:managedidentity:UserAssignedIdentity", "id-1", "rg")
    vault = resource("azure-native:keyvault:Vault", "kv-1", "rg")
    grant = component("RoleAssignment", "grant")
    assignment = Resource(
        urn="urn:pulumi:dev::seawall::azure-native:authorization:RoleAssignment::grant",
        type="azure-native:authorization:RoleAssignment",
        name="grant",
        id=f"{vault.id}/providers/Microsoft.Authorization/roleAssignments/1",
        parent=grant.urn,
        dependencies=(identity.urn, vault.urn),
    )
    drawn = picture(plan_of(grant, identity, vault, assignment))
    assert {(node.name, node.resources) for node in drawn.nodes} == {("id-1", 1), ("kv-1", 2)}
    assert [(edge.source, edge.target) for edge in drawn.edges] == [(identity.urn, vault.urn)]


def test_a_component_without_one_main_resource_keeps_its_own_name() -> None:
    """A component of two equal resources is shown under the name that the program gave it."""
    zones = component("PrivateZones", "dns")
    one = resource("azure-native:privatedns:PrivateZone", "z1", "rg", zones.urn)
    two = resource("azure-native:privatedns:PrivateZone", "z2", "rg", zones.urn)
    assert [node.name for node in picture(plan_of(zones, one, two)).nodes] == ["dns"]


def test_what_spans_the_platform_is_in_no_resource_group() -> None:
    """A component with resources in four groups, access control for one, stands in the subscription."""
    access = component("AccessControl", "access")
    grants = [resource("azure-native:a:Grant", f"g{i}", f"rg-{i}", access.urn) for i in range(4)]
    assert [(node.name, node.group) for node in picture(plan_of(access, *grants)).nodes] == [("access", "")]


def test_dependencies_of_resources_become_arrows_of_components(platform: Plan) -> None:
    """The workspace's need of the vault is an arrow from the vault's component to the workspace's."""
    drawn = picture(platform)
    names = {node.key: node.name for node in drawn.nodes}
    assert {(names[e.source], names[e.target]) for e in drawn.edges} == {("kv-1", "mlw-1"), ("kv-1", "budget")}


def test_an_arrow_that_a_longer_way_tells_is_left_out() -> None:
    """Of a→b, b→c and a→c the last says nothing new."""
    a = resource("azure-native:a:A", "a", "g")
    b = resource("azure-native:b:B", "b", "g", needs=(a.urn,))
    c = resource("azure-native:c:C", "c", "g", needs=(a.urn, b.urn))
    assert [(e.source, e.target) for e in picture(plan_of(a, b, c)).edges] == [(a.urn, b.urn), (b.urn, c.urn)]


def test_components_that_need_parts_of_each_other_are_drawn() -> None:
    """The lighter direction of a cycle between components is left out, so that the picture still has a direction."""
    left, right = component("Left", "left"), component("Right", "right")
    l1 = resource("azure-native:a:A", "l1", "g", left.urn)
    r1 = resource("azure-native:a:A", "r1", "g", right.urn, (l1.urn,))
    r2 = resource("azure-native:b:B", "r2", "g", right.urn, (l1.urn,))
    l2 = resource("azure-native:b:B", "l2", "g", left.urn, (r1.urn,))
    drawn = picture(plan_of(left, right, l1, r1, r2, l2))
    assert [(e.source, e.target, e.weight) for e in drawn.edges] == [(left.urn, right.urn, 2)]


def test_many_loose_resources_are_drawn_by_type() -> None:
    """Of twenty resources of one type outside of any component, one node stands for all."""
    accounts = [resource("azure-native:storage:StorageAccount", f"st{i}", "rg") for i in range(20)]
    nodes = picture(plan_of(*accounts)).nodes
    assert [(node.kind, node.resources) for node in nodes] == [("20 of Storage account", 20)]


def test_an_empty_plan_is_an_empty_picture() -> None:
    """A stack without resources gives a valid picture that says so."""
    root = ElementTree.fromstring(svg(picture(plan_of())))
    assert "0 resources" in "".join(root.itertext())


@pytest.mark.parametrize("seed", range(40))
def test_no_nodes_overlap_and_no_line_runs_over_a_node(seed: int) -> None:
    """In any picture, nodes are apart, boxes are apart, and the level stretch of a line is clear of every node."""
    drawn = random_picture(seed)
    places = layout(drawn)
    for rectangles in (list(places.nodes.values()), list(places.boxes.values())):
        for i, a in enumerate(rectangles):
            for b in rectangles[i + 1 :]:
                beside = a.x + a.width <= b.x or b.x + b.width <= a.x
                assert beside or a.y + a.height <= b.y or b.y + b.height <= a.y
    for way in places.ways.values():
        assert all(a[0] < b[0] for a, b in pairwise(way)), "a line goes from left to right"
        for (x, y), (further, _) in zip(way[1:-1:2], way[2:-1:2], strict=True):
            crossed = [n for n in places.nodes.values() if n.x < further and x < n.x + n.width]
            assert not any(n.y < y < n.y + n.height for n in crossed)


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_is_well_formed_and_the_same_each_time(seed: int) -> None:
    """The SVG parses as XML, has a node for each node and a path for each arrow, and doesn't change from run to run."""
    drawn = random_picture(seed)
    text = svg(drawn)
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{space}rect[@class='node']")) == len(drawn.nodes)
    assert len(root.findall(f".//{space}path[@class='edge']")) == len(drawn.edges)
    assert text == svg(random_picture(seed))


def test_what_is_in_no_resource_group_has_no_box() -> None:
    """Boxes are resource groups; a budget of the subscription stands by itself."""
    inside = Node(key="a", kind="Kind", name="a", group="rg", resources=1)
    outside = Node(key="b", kind="Kind", name="b", group="", resources=1)
    assert set(layout(Picture(title="t", subtitle="s", nodes=(inside, outside), edges=())).boxes) == {"rg"}


def test_names_are_escaped_in_both_formats() -> None:
    """A name with the formats' own characters harms neither."""
    node = Node(key="k", kind='A "kind"', name="<&>", group="g", resources=1)
    drawn = Picture(title="a & b", subtitle="s", nodes=(node,), edges=())
    assert "&lt;&amp;&gt;" in svg(drawn)
    assert ElementTree.fromstring(svg(drawn)) is not None
    assert "#quot;kind#quot;" in mermaid(drawn)


def test_mermaid_has_a_subgraph_for_each_group(platform: Plan) -> None:
    """The flowchart goes from left to right, boxes groups, and has the picture's arrows."""
    text = mermaid(picture(platform))
    assert "flowchart LR" in text
    assert re.findall(r'subgraph g\d+\["(.*?)"\]', text) == ["rg-security", "rg-ml"]
    assert text.count("-->") == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [("KeyVault", "Key vault"), ("PrivateDnsZones", "Private DNS zones"), ("DevOpsAccess", "DevOps access")],
)
def test_class_names_are_told_in_words(name: str, told: str) -> None:
    """A class name reads as words, its acronyms in capitals."""
    assert words(name) == told
