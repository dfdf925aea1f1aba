"""Exemptions: what they take out of a report, and when they are worth nothing."""

from __future__ import annotations

from typing import Any

import pytest
from guarded import HOST_RULES, PRODUCTION, TODAY, cluster, exemption, plan_of, platform, workspace

from policies import Context, Exemption, Kind, Report, check
from policies.exemptions import problems
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN


def checked(
    *resources: Resource, exemptions: tuple[Exemption, ...] = (), context: Context = PRODUCTION, **more: Any
) -> Report:
    return check(plan_of(*resources), context, TODAY, exemptions=exemptions, **{"rules": HOST_RULES, **more})


def public_cluster() -> Resource:
    return cluster(properties__properties__enableNodePublicIp=True)


def test_an_exemption_takes_a_violation_out_and_shows_it() -> None:
    """What is exempted refuses nothing, and stands in the report with who, why and until when."""
    report = checked(*platform()[:3], public_cluster(), *platform()[4:], exemptions=(exemption(),))
    assert report.violations == ()
    assert report.to_json()["exempted"] == [
        {
            **report.exempted[0].violation.to_json(),
            "exemption": {
                "resource": "cluster",
                "reason": "The licence server takes calls from public addresses only.",
                "owner": "ml-platform@larkspur.example",
                "approval": "https://larkspur.example/approvals/17",
                "expires": "2027-01-31",
            },
        }
    ]
    assert report.summary["exempted"] == 1
    assert [entry["used"] for entry in report.exemptions["active"]] == [1]


@pytest.mark.parametrize(
    ("changes", "state", "line"),
    [
        ({"expires": "2026-11-20"}, "expired", "has expired"),
        ({"expires": "2027-02-20"}, "tooLong", "expires more than 90 days from now"),
        ({"rule": "ml-compute-no-public-ipp"}, "unknownRule", "names a rule that doesn't exist"),
        ({"resource": "train-gpu-*"}, "orphaned", "covers nothing"),
    ],
)
def test_an_exemption_that_is_worth_nothing_is_reported(changes: dict[str, Any], state: str, line: str) -> None:
    """Expired, too long, for an unknown rule or for nothing: it exempts nothing, and says so."""
    report = checked(workspace(), public_cluster(), exemptions=(exemption(**changes),))
    assert "ml-compute-no-public-ip" in {violation.rule for violation in report.violations}
    assert report.exempted == ()
    assert len(report.exemptions[state]) == 1
    assert [problem for problem in problems(report.exemptions) if line in problem] == list(problems(report.exemptions))


def test_an_exemption_holds_on_its_last_day_and_90_days_ahead() -> None:
    """The bounds themselves are within."""
    for expires in ("2026-11-21", "2027-02-19"):
        assert checked(workspace(), public_cluster(), exemptions=(exemption(expires=expires),)).exempted


def test_a_second_exemption_of_the_same_is_reported() -> None:
    """One of two equal exemptions is enough; the other is a duplicate."""
    report = checked(workspace(), public_cluster(), exemptions=(exemption(), exemption(resource="CLUSTER")))
    assert len(report.exempted) == 1
    assert [len(report.exemptions[state]) for state in ("active", "duplicate")] == [1, 1]


def test_an_exemption_of_another_stack_is_no_concern() -> None:
    """It neither exempts nor is it an orphan here."""
    report = checked(workspace(), public_cluster(), exemptions=(exemption(stack="dev"),))
    assert report.exempted == ()
    assert all(not entries for entries in report.exemptions.values())


@pytest.mark.parametrize("pattern", ["CLUST*", "urn:*::cluster", "*/workspaces/mlw-ml/computes/cluster"])
def test_an_exemption_names_resources_by_name_urn_or_id(pattern: str) -> None:
    """Patterns take any case and match the whole name."""
    assert len(checked(workspace(), public_cluster(), exemptions=(exemption(resource=pattern),)).exempted) == 1
    assert checked(workspace(), public_cluster(), exemptions=(exemption(resource="cluste"),)).exempted == ()


def test_an_unknown_can_be_exempted() -> None:
    """Whoever approved the exception of a resource approved it whatever its value turns out to be."""
    unknown = cluster(properties__properties__enableNodePublicIp=UNKNOWN)
    assert [each.violation.kind for each in checked(workspace(), unknown, exemptions=(exemption(),)).exempted] == [
        Kind.UNKNOWN
    ]
