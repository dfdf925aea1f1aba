"""Rules on nodes, sizes, capacity and logs a day."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION, PRODUCTION, attached, cluster, instance
from guarded_operations import ai_deployment, deployment, log_workspace

from policies.rules.capacity import (
    ai_capacity_cap,
    compute_sku_allowlist,
    log_daily_cap,
    ml_cluster_max_nodes,
    ml_cluster_scale_to_zero,
)
from seawall.plan.values import UNKNOWN

SCALE = "properties__properties__scaleSettings__"


def test_ml_cluster_scale_to_zero_refuses_nodes_that_always_run() -> None:
    """Advice in production, refused in preproduction."""
    kept = cluster(**{f"{SCALE}minNodeCount": 1})
    assert ask(ml_cluster_scale_to_zero, kept) == [
        "violation advisory cluster: minNodeCount is 1: these nodes always run"
    ]
    assert ask(ml_cluster_scale_to_zero, kept, context=PREPRODUCTION) == [
        "violation mandatory cluster: minNodeCount is 1: these nodes always run"
    ]


@pytest.mark.parametrize("idle", [GONE, "soon", "PT2H"])
def test_ml_cluster_scale_to_zero_refuses_nodes_that_stay(idle: object) -> None:
    """No idle time, none that is one, or a longer one than the cap."""
    assert len(ask(ml_cluster_scale_to_zero, cluster(**{f"{SCALE}nodeIdleTimeBeforeScaleDown": idle}))) == 1


def test_ml_cluster_scale_to_zero_accepts_silence_on_the_least() -> None:
    """An absent minNodeCount is none; instances and attached computes have no nodes."""
    silent = cluster(**{f"{SCALE}minNodeCount": GONE})
    assert ask(ml_cluster_scale_to_zero, silent, instance(), attached()) == []


def test_ml_cluster_scale_to_zero_cannot_tell_before_deployment() -> None:
    """Unknown nodes in production are advice, as the rule is."""
    assert ask(ml_cluster_scale_to_zero, cluster(**{f"{SCALE}minNodeCount": UNKNOWN})) == [
        "unknown advisory cluster: unknown: property properties.properties.scaleSettings.minNodeCount can't be known "
        "before deployment"
    ]


def test_ml_cluster_max_nodes_refuses_more_than_the_cap() -> None:
    """In every tier."""
    large = cluster(**{f"{SCALE}maxNodeCount": 21})
    for context in (PRODUCTION, PREPRODUCTION):
        assert ask(ml_cluster_max_nodes, large, context=context) == [
            "violation mandatory cluster: maxNodeCount is 21; the cap is 20"
        ]


def test_ml_cluster_max_nodes_refuses_what_is_no_number() -> None:
    """A text where a number should be."""
    assert len(ask(ml_cluster_max_nodes, cluster(**{f"{SCALE}maxNodeCount": "many"}))) == 1


def test_ml_cluster_max_nodes_accepts_the_cap() -> None:
    """As many as the cap, and the stack's own cap."""
    assert ask(ml_cluster_max_nodes, cluster(**{f"{SCALE}maxNodeCount": 20}), instance()) == []
    wider = replace(PRODUCTION, cluster_node_cap=50)
    assert ask(ml_cluster_max_nodes, cluster(**{f"{SCALE}maxNodeCount": 50}), context=wider) == []


def test_ml_cluster_max_nodes_cannot_tell_before_deployment() -> None:
    """Unknown nodes may be a thousand."""
    assert len(ask(ml_cluster_max_nodes, cluster(**{f"{SCALE}maxNodeCount": UNKNOWN}))) == 1


@pytest.mark.parametrize("size", ["Standard_NC6s_v3", "standard_nd96asr_v4", "Standard_NV12s_v3"])
def test_compute_sku_allowlist_refuses_gpus_even_if_listed(size: str) -> None:
    """GPUs take an exemption, whatever the stack's list says."""
    listed = replace(PRODUCTION, allowed_sizes=("Standard_*",))
    gpu = cluster(properties__properties__vmSize=size)
    for context in (PRODUCTION, listed):
        assert ask(compute_sku_allowlist, gpu, context=context) == [
            f"violation mandatory cluster: {size} has GPUs, which take an exemption"
        ]


def test_compute_sku_allowlist_refuses_sizes_that_are_not_listed() -> None:
    """Of clusters, instances and deployments; a size that isn't set is none."""
    resources = (
        cluster(properties__properties__vmSize="Standard_M128s"),
        instance(properties__properties__vmSize=GONE),
        deployment(properties__instanceType="Standard_HB120rs_v3"),
    )
    assert [line.partition(" isn't")[0] for line in ask(compute_sku_allowlist, *resources)] == [
        "violation mandatory cluster: Standard_M128s",
        "violation mandatory instance: its size, which is not set,",
        "violation mandatory blue: Standard_HB120rs_v3",
    ]


def test_compute_sku_allowlist_accepts_the_families_without_gpus() -> None:
    """General, memory- and compute-optimised sizes; what is attached or runs on Kubernetes isn't asked."""
    kubernetes = deployment("k8s", properties__endpointComputeType="Kubernetes", properties__instanceType="defaultX")
    silent = deployment(properties__instanceType=GONE)
    assert ask(compute_sku_allowlist, cluster(), instance(), silent, kubernetes, attached()) == []


def test_compute_sku_allowlist_cannot_tell_before_deployment() -> None:
    """An unknown size."""
    assert len(ask(compute_sku_allowlist, cluster(properties__properties__vmSize=UNKNOWN))) == 1


def test_ai_capacity_cap_refuses_more_than_the_cap() -> None:
    """In every tier, in thousands of tokens a minute."""
    assert ask(ai_capacity_cap, ai_deployment(sku__capacity=51), context=PREPRODUCTION) == [
        "violation mandatory gpt: sku.capacity is 51; the cap is 50"
    ]


@pytest.mark.parametrize("sku", ["ProvisionedManaged", "GlobalProvisionedManaged", "DataZoneProvisionedManaged"])
def test_ai_capacity_cap_refuses_provisioned_throughput(sku: str) -> None:
    """However little of it."""
    found = ask(ai_capacity_cap, ai_deployment(sku={"name": sku, "capacity": 1}))
    assert found == [
        f"violation mandatory gpt: {sku} is provisioned throughput, which costs by the hour and takes an exemption"
    ]


def test_ai_capacity_cap_accepts_the_cap() -> None:
    """As much as the cap, or Azure's own default."""
    assert ask(ai_capacity_cap, ai_deployment()) == []
    assert ask(ai_capacity_cap, ai_deployment(sku__capacity=GONE)) == []


def test_ai_capacity_cap_cannot_tell_before_deployment() -> None:
    """An unknown capacity."""
    assert len(ask(ai_capacity_cap, ai_deployment(sku__capacity=UNKNOWN))) == 1


def test_log_daily_cap_refuses_logs_without_a_limit() -> None:
    """Advice in preproduction; in production the rule is off."""
    for change in ({"workspaceCapping": GONE}, {"workspaceCapping__dailyQuotaGb": -1}):
        assert ask(log_daily_cap, log_workspace(**change), context=PREPRODUCTION) == [
            "violation advisory logs: workspaceCapping.dailyQuotaGb is not set"
        ]


def test_log_daily_cap_refuses_a_limit_of_nothing() -> None:
    """Zero is no limit that anybody means."""
    assert len(ask(log_daily_cap, log_workspace(workspaceCapping__dailyQuotaGb=0), context=PREPRODUCTION)) == 1


def test_log_daily_cap_accepts_a_limit() -> None:
    """Five gigabytes, or a fraction of one."""
    assert ask(log_daily_cap, log_workspace(), context=PREPRODUCTION) == []
    assert ask(log_daily_cap, log_workspace(workspaceCapping__dailyQuotaGb=0.5), context=PREPRODUCTION) == []


def test_log_daily_cap_cannot_tell_before_deployment() -> None:
    """An unknown limit."""
    unknown = log_workspace(workspaceCapping__dailyQuotaGb=UNKNOWN)
    assert len(ask(log_daily_cap, unknown, context=PREPRODUCTION)) == 1
