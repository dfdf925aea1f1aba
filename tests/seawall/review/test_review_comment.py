"""The comment on a pull request: what a reviewer needs first, always short enough, never anything but text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt

from policies import Context, check
from seawall.plan.model import Options, Plan, Resource
from seawall.plan.values import Secret
from seawall.review import access, cost
from seawall.review.comment import MARKER, Review, rendered
from seawall.review.comparison import compared
from tests.stack_plans import stack_plan

TODAY = date(2026, 11, 21)
GITHUB_LIMIT = 65_536
"""Characters of a comment. Source: GitHub REST API, issues, create a comment."""


def account(name: str, **inputs: Any) -> Resource:
    token = "azure-native:storage:StorageAccount"
    given = {"accountName": f"st{name}", "resourceGroupName": "rg", "location": "westeurope", **inputs}
    return Resource(
        urn=f"urn:pulumi:dev::seawall::{token}::{name}",
        type=token,
        name=name,
        id=f"/subscriptions/1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st{name}",
        inputs=given,
    )


def plan_of(*resources: Resource) -> Plan:
    return Plan(stack="dev", project="seawall", resources=resources)


def review(before: Plan, after: Plan, context: Context | None = None) -> Review:
    context = context or Context()
    report = check(after, context, TODAY, exemptions=())
    known = {(v.rule, v.urn) for v in check(before, context, TODAY, exemptions=()).violations}
    return Review(
        environment="dev",
        diff=compared(before, after),
        report=report,
        new=frozenset((v.rule, v.urn) for v in report.violations) - known,
        access=access.compared(before, after, {"b24988ac": "Contributor"}),
        cost=cost.compared(before, after, context),
    )


def tables(comment: str) -> list[list[list[str]]]:
    """The rendered tables, as rows of cells: what a browser would show."""
    found: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(comment):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and token.level > 2:
            found[-1][-1].append(token.content)
    return found


def row_of(comment: str, word: str) -> Sequence[str]:
    """The row of a table of changes, or of the first one, that begins with a word."""
    rows = [row for table in tables(comment) for row in table if len(row) == 4 or table is tables(comment)[0]]
    return next(row for row in [*rows, *tables(comment)[0]] if word in row[0])


class TestSize:
    """Three resources or three thousand: it fits."""

    @pytest.mark.parametrize("number", [3, 300, 3000])
    def test_the_comment_stays_under_github_s_limit(self, number: int) -> None:
        before = plan_of(*(account(f"a{n}") for n in range(number)))
        after = plan_of(*(account(f"a{n}", tags={"owner": "x" * 200, "n": str(n)}) for n in range(number)))
        comment = rendered([review(before, after)])
        assert len(comment) < GITHUB_LIMIT
        assert len(comment.encode()) < GITHUB_LIMIT
        assert comment.startswith(MARKER)
        assert comment.rstrip().endswith("</sub>")

    def test_what_does_not_fit_is_counted_and_refusals_are_kept(self) -> None:
        after = plan_of(*(account(f"a{n}", publicNetworkAccess="Enabled") for n in range(3000)))
        comment = rendered([review(plan_of(), after)])
        assert "rows more" in comment
        assert "can't be merged" in comment
        assert comment.index("Guardrails in dev") < comment.index("rows more")

    def test_small_changes_show_everything(self) -> None:
        before = plan_of(account("one"), account("two"), account("three"))
        after = plan_of(account("one", kind="StorageV2"), account("two", location="northeurope"), account("four"))
        comment = rendered([review(before, after)])
        assert row_of(comment, "StorageAccount one")[1:] == ["kind", "", "StorageV2"]
        assert row_of(comment, "StorageAccount two")[1:] == ["location", "westeurope", "northeurope"]
        assert "Deleted in dev: 1" in comment
        assert "Created in dev: 1" in comment
        assert "rows more" not in comment


class TestVerdict:
    """What a reviewer reads first."""

    def test_a_public_storage_account_can_t_be_merged(self) -> None:
        """The violation that the change brings stands there with its remedy; older ones are folded away."""
        old = account("old", publicNetworkAccess="Enabled")
        comment = rendered([review(plan_of(old), plan_of(old, account("fresh", publicNetworkAccess="Enabled")))])
        assert "can't be merged" in comment
        row = next(
            row for table in tables(comment) for row in table if "storage-network" in row and "fresh" in row[2]
        )
        assert row[0] == "mandatory"
        assert row[4]

    def test_nothing_changed_says_so(self) -> None:
        plan = plan_of()
        comment = rendered([review(plan, plan)], commit="0123456789abcdef")
        assert "nothing changes" in comment
        assert "0123456789ab" in comment

    def test_several_environments_share_one_comment(self) -> None:
        reviews = [review(plan_of(), plan_of(account("one"))), review(plan_of(), plan_of())]
        reviews[1] = Review(
            **{f: getattr(reviews[1], f) for f in reviews[1].__dataclass_fields__} | {"environment": "prod"}
        )
        comment = rendered(reviews)
        assert comment.count(MARKER) == 1
        assert row_of(comment, "prod")[2] == "no change"


class TestText:
    """Whatever a plan holds is shown as text."""

    @pytest.mark.parametrize(
        "value", ["<script>alert(1)</script>", "| a | b |", "`x`", "[x](http://evil.example)", "@everyone", "**bold**"]
    )
    def test_markup_in_a_plan_is_no_markup_in_the_comment(self, value: str) -> None:
        comment = rendered([review(plan_of(account("one")), plan_of(account("one", kind=value)))])
        html = MarkdownIt("commonmark", {"html": True}).enable("table").render(comment)
        assert "<script" not in html
        assert "href" not in html
        assert "<strong>bold" not in html
        assert len(row_of(comment, "StorageAccount one")) == 4

    def test_a_mention_calls_nobody(self) -> None:
        """GitHub would send everybody mentioned a mail."""
        comment = rendered([review(plan_of(account("one")), plan_of(account("one", kind="@larkspur/everyone")))])
        assert "@larkspur" not in comment

    def test_secrets_are_masked(self) -> None:
        before, after = (plan_of(account("one", tags={"key": Secret(word)})) for word in ("first", "second"))
        comment = rendered([review(before, after)])
        assert "first" not in comment
        assert "second" not in comment


class TestComparison:
    """What differs between two plans."""

    def test_the_same_plan_has_no_changes(self) -> None:
        plan = stack_plan("dev")
        assert not compared(plan, plan).changed

    def test_a_renamed_resource_is_not_created_anew(self) -> None:
        old = account("one")
        new = msgspec.structs.replace(
            old, urn=old.urn.replace("::one", "::primary"), name="primary", options=Options(aliases=(old.urn,))
        )
        diff = compared(plan_of(old), plan_of(new))
        assert {change.op.value for change in diff.resources} == {"same"}
        assert diff.resources[0].renamed_from == old.urn

    def test_access_that_moves_is_given_and_taken(self) -> None:
        def assigned(principal: str) -> Resource:
            token = "azure-native:authorization:RoleAssignment"
            inputs = {"principalId": principal, "roleDefinitionId": "/x/b24988ac", "scope": "/subscriptions/1"}
            return Resource(urn=f"urn:pulumi:dev::seawall::{token}::a", type=token, name="a", inputs=inputs, id="/a")

        found = access.compared(plan_of(assigned("old")), plan_of(assigned("new")), {"b24988ac": "Contributor"})
        assert [(g.who, g.role) for g in found.given] == [("a (new)", "Contributor")]
        assert [(g.who, g.role) for g in found.taken] == [("a (old)", "Contributor")]

    def test_cost_shows_what_becomes_dearer(self) -> None:
        """Of a cluster that may have more nodes, both prices and the sum."""
        before = stack_plan("dev")
        after = edited(before, "cluster-cpu", lambda inputs: scaled(inputs, 8))
        found = cost.compared(before, after, Context())
        (line,) = found.lines
        assert line.name == "cluster-cpu"
        assert line.before is not None
        assert line.after == pytest.approx(2 * line.before)
        assert found.after - found.before == pytest.approx(line.before)
        assert f"(+{line.before:,.0f})" in found.told


def edited(plan: Plan, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plan:
    resources = tuple(
        msgspec.structs.replace(r, inputs=change(r.inputs)) if r.name == name and r.custom else r
        for r in plan.resources
    )
    return msgspec.structs.replace(plan, resources=resources)


def scaled(inputs: dict[str, Any], most: int) -> dict[str, Any]:
    settings = {**inputs["properties"]["properties"]["scaleSettings"], "maxNodeCount": most}
    inner = {**inputs["properties"]["properties"], "scaleSettings": settings}
    return {**inputs, "properties": {**inputs["properties"], "properties": inner}}
