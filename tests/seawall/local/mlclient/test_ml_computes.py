"""Computes, usages and sizes of machines through azure-ai-ml."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_cluster_is_made_changed_and_deleted(ml: Any) -> None:
    """At its least size it has no nodes."""
    from azure.ai.ml.entities import AmlCompute

    made = ml.compute.begin_create_or_update(
        AmlCompute(name="cpu-small", size="STANDARD_DS3_v2", min_instances=0, max_instances=2)
    ).result()
    assert (made.type, made.max_instances) == ("amlcompute", 2)
    made.max_instances = 4
    assert ml.compute.begin_update(made).result().max_instances == 4
    assert list(ml.compute.list_nodes("cpu-small")) == []
    assert "cpu-small" in [each.name for each in ml.compute.list()]
    ml.compute.begin_delete("cpu-small").result()
    assert "cpu-small" not in [each.name for each in ml.compute.list()]


def test_a_compute_instance_stops_and_starts(ml: Any) -> None:
    """Its state is what was done to it last."""
    from azure.ai.ml.entities import ComputeInstance

    ml.compute.begin_create_or_update(ComputeInstance(name="ci-clients", size="Standard_DS3_v2")).result()
    states = []
    for turn in (ml.compute.begin_stop, ml.compute.begin_start, ml.compute.begin_restart):
        turn("ci-clients").result()
        states.append(ml.compute.get("ci-clients").state)
    assert [str(getattr(state, "value", state)) for state in states] == ["Stopped", "Running", "Running"]
    ml.compute.begin_delete("ci-clients").result()


def test_a_cluster_is_not_stopped(ml: Any) -> None:
    """Clusters start and stop by themselves."""
    from azure.core.exceptions import HttpResponseError

    with pytest.raises(HttpResponseError, match="compute instances"):
        ml.compute.begin_stop("cpu-cluster").result()


def test_usages_and_sizes_say_what_a_region_has(ml: Any) -> None:
    """A family's usage has a limit; a size has its family's vCPUs."""
    usages = {each.name["value"]: each for each in ml.compute.list_usage()}
    sizes = {each.name: each for each in ml.compute.list_sizes()}
    assert usages["standardDSv2Family"].limit > 0
    assert sizes["Standard_DS3_v2"].family == "standardDSv2Family"
    assert vars(sizes["Standard_DS3_v2"])["vCPUs"] == 4
