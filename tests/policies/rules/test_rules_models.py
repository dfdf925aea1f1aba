"""Rules on models and content filters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION, WORKSPACE
from guarded_operations import LIMITED, ai_deployment, content_filter, deployment, serverless

from policies.rules.models import (
    Asset,
    ai_content_filter,
    ai_model_approved,
    asset,
    model_approved_source,
    model_pinned_version,
)
from seawall.plan.values import UNKNOWN

OWN = f"{WORKSPACE}/models/fraud/versions/7"


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("azureml://registries/mlr/models/fraud/versions/7", Asset("mlr", "7")),
        ("azureml://registries/mlr/models/fraud/labels/latest", Asset("mlr", "")),
        ("azureml://registries/mlr/models/fraud/versions/latest", Asset("mlr", "")),
        ("/subscriptions/s/resourceGroups/g/providers/M/registries/mlr/models/m/versions/1", Asset("mlr", "1")),
        (OWN, Asset("", "7")),
        ("azureml://locations/westeurope/workspaces/0/models/fraud/versions/7", Asset("", "7")),
        ("azureml:fraud:7", Asset("", "7")),
        ("azureml:fraud@latest", Asset("", "")),
        ("azureml://datastores/models/paths/fraud.pkl", None),
        ("https://models.example/fraud.pkl", None),
    ],
)
def test_what_the_id_of_an_asset_says(id: str, expected: Asset | None) -> None:
    """A registry's, a workspace's, with or without a version; or no asset at all."""
    assert asset(id) == expected


def test_model_approved_source_refuses_other_registries() -> None:
    """A registry that isn't approved, and every one where none is."""
    foreign = deployment(properties__model="azureml://registries/HuggingFace/models/x/versions/1")
    assert ask(model_approved_source, foreign, context=LIMITED) == [
        "violation mandatory blue: its model comes from registry HuggingFace, which isn't approved"
    ]
    assert len(ask(model_approved_source, deployment(), serverless())) == 2


@pytest.mark.parametrize("model", [GONE, "", "azureml://datastores/models/paths/fraud.pkl", "https://x.example/m.pkl"])
def test_model_approved_source_refuses_what_is_no_asset(model: object) -> None:
    """No model, or a path to a file."""
    assert len(ask(model_approved_source, deployment(properties__model=model), context=LIMITED)) == 1


def test_model_approved_source_refuses_serverless_models_of_the_workspace() -> None:
    """Serverless endpoints serve models of registries alone."""
    assert len(ask(model_approved_source, serverless(properties__modelSettings__modelId=OWN), context=LIMITED)) == 1


def test_model_approved_source_accepts_approved_registries_and_publishers() -> None:
    """In any case; a publisher's own registry; and the workspace's own models."""
    microsoft = serverless(properties__modelSettings__modelId="azureml://registries/azureml-meta/models/l/versions/3")
    published = replace(LIMITED, publishers=frozenset({"Meta"}))
    assert ask(model_approved_source, deployment(), serverless(), context=LIMITED) == []
    assert ask(model_approved_source, microsoft, context=published) == []
    assert ask(model_approved_source, deployment(properties__model=OWN), context=LIMITED) == []


def test_model_approved_source_cannot_tell_before_deployment() -> None:
    """An unknown model."""
    assert len(ask(model_approved_source, deployment(properties__model=UNKNOWN))) == 1


def test_model_pinned_version_refuses_labels() -> None:
    """Of the model, and of the environment."""
    latest = "azureml://registries/mlr-larkspur/models/fraud/labels/latest"
    assert ask(model_pinned_version, deployment(properties__model=latest)) == [
        f"violation mandatory blue: properties.model names no version: {latest}"
    ]
    assert len(ask(model_pinned_version, deployment(properties__environmentId="azureml:scoring@latest"))) == 1


def test_model_pinned_version_refuses_the_workspaces_own_models_in_production() -> None:
    """What production serves was promoted through a registry; preproduction may serve its own."""
    own = deployment(properties__model=OWN)
    assert ask(model_pinned_version, own) == [
        "violation mandatory blue: its model is the workspace's own, not a registry's"
    ]
    assert ask(model_pinned_version, own, context=PREPRODUCTION) == []


def test_model_pinned_version_accepts_versions_of_a_registry() -> None:
    """Model and environment with their versions; an image of its own needs no environment."""
    assert ask(model_pinned_version, deployment(), deployment("green", properties__environmentId=GONE)) == []


def test_model_pinned_version_cannot_tell_before_deployment() -> None:
    """An unknown environment."""
    assert len(ask(model_pinned_version, deployment(properties__environmentId=UNKNOWN))) == 1


def test_ai_model_approved_refuses_models_that_are_not_listed() -> None:
    """Another name, another publisher, and every model where none is listed."""
    for change in ({"properties__model__name": "gpt-3.5"}, {"properties__model__format": "Unknown"}):
        assert len(ask(ai_model_approved, ai_deployment(**change), context=LIMITED)) == 1
    assert ask(ai_model_approved, ai_deployment()) == [
        "violation mandatory gpt: model OpenAI/gpt-4o isn't approved"
    ]


def test_ai_model_approved_refuses_models_that_change_by_themselves() -> None:
    """An absent option upgrades too; so does a model without a version."""
    for option in (GONE, "OnceNewDefaultVersionAvailable", "OnceCurrentVersionExpired"):
        assert len(ask(ai_model_approved, ai_deployment(properties__versionUpgradeOption=option), context=LIMITED)) == 1
    assert ask(ai_model_approved, ai_deployment(properties__model__version=GONE), context=LIMITED) == [
        "violation mandatory gpt: it names no version of its model"
    ]


def test_ai_model_approved_accepts_listed_models_and_publishers() -> None:
    """By publisher and name in any case, or all of a publisher's."""
    assert ask(ai_model_approved, ai_deployment(properties__model__name="GPT-4o"), context=LIMITED) == []
    published = replace(LIMITED, ai_models=frozenset(), publishers=frozenset({"OpenAI"}))
    assert ask(ai_model_approved, ai_deployment(), context=published) == []


def test_ai_model_approved_cannot_tell_before_deployment() -> None:
    """An unknown model."""
    assert len(ask(ai_model_approved, ai_deployment(properties__model=UNKNOWN), context=LIMITED)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"blocking": False},
        {"enabled": False},
        {"severityThreshold": "High"},
        {"source": "Completion"},
        {"name": "Profanity"},
    ],
)
def test_ai_content_filter_refuses_filters_with_a_hole(change: dict[str, object]) -> None:
    """One harm that is only annotated, off, at high severity alone, or left out."""
    filters = content_filter().inputs["properties"]["contentFilters"]
    holed = content_filter(properties__contentFilters=[{**filters[0], **change}, *filters[1:]])
    assert ask(ai_content_filter, holed, ai_deployment()) == [
        "violation mandatory strict: it doesn't block Hate in prompts at severity Medium or lower"
    ]


def test_ai_content_filter_refuses_filters_that_come_too_late() -> None:
    """An asynchronous filter, under its new name and its old one."""
    for mode in ("Asynchronous_filter", "Deferred"):
        assert len(ask(ai_content_filter, content_filter(properties__mode=mode))) == 1


def test_ai_content_filter_refuses_deployments_without_one() -> None:
    """Silence is Azure's default, which is to be named."""
    assert ask(ai_content_filter, ai_deployment(properties__raiPolicyName=GONE)) == [
        "violation mandatory gpt: properties.raiPolicyName isn't set"
    ]


def test_ai_content_filter_accepts_strict_filters_and_microsofts_own() -> None:
    """A filter of the plan without holes, or a built-in one."""
    assert ask(ai_content_filter, content_filter(), ai_deployment()) == []
    assert ask(ai_content_filter, ai_deployment(properties__raiPolicyName="Microsoft.DefaultV2")) == []


def test_ai_content_filter_cannot_tell_of_a_filter_elsewhere() -> None:
    """A filter that isn't in the plan, or is of another account; and an unknown name."""
    message = "unknown mandatory gpt: unknown: what content filter strict, which isn't in this plan, holds back"
    assert ask(ai_content_filter, ai_deployment()) == [message]
    assert ask(ai_content_filter, ai_deployment(), content_filter(accountName="other")) == [message]
    assert len(ask(ai_content_filter, ai_deployment(properties__raiPolicyName=UNKNOWN), content_filter())) == 1
