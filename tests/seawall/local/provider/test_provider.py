"""The providers over gRPC leave the same store as `up --local`, and answer the engine as the real ones do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest
from wire_engine import PROVIDERS, Engine, custom, engine

from seawall.local.azure import LocalAzure
from seawall.local.deploy import up
from seawall.local.errors import AzureError
from seawall.local.provider.server import PACKAGES, attachment, served
from seawall.plan.model import Plan
from seawall.plan.values import UNKNOWN, Secret, plain
from tests.stack_plans import stack_config, stack_plan


@pytest.fixture(scope="module")
def shared() -> tuple[Plan, dict[str, str]]:
    return stack_plan("shared"), stack_config("shared")


@pytest.fixture(scope="module")
def dev() -> tuple[Plan, dict[str, str]]:
    return stack_plan("dev"), stack_config("dev")


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "provider.db") as local:
        yield local


def resources(azure: LocalAzure) -> dict[str, Any]:
    """What is in Azure, whoever put it there."""
    return azure.snapshot()["resources"]


def edited(plan: Plan, name: str, **inputs: Any) -> Plan:
    """The plan with other inputs of the resource of a name."""
    change = [
        msgspec.structs.replace(r, inputs={**r.inputs, **inputs}) if r.name == name and r.custom else r
        for r in plan.resources
    ]
    return msgspec.structs.replace(plan, resources=tuple(change))


def only(plan: Plan, *kept: Any) -> Plan:
    """The plan with nothing but some resources, and the providers."""
    urns = {resource.urn for resource in kept}
    left = (r for r in plan.resources if r.urn in urns or r.type.startswith(PROVIDERS))
    return msgspec.structs.replace(plan, resources=tuple(left))


def named(plan: Plan, name: str) -> Any:
    return next(resource for resource in custom(plan) if resource.name == name)


class TestWholeStacks:
    """The project's own stacks, from nothing to a second run."""

    def test_the_engine_and_up_leave_equal_stores(
        self, azure: LocalAzure, tmp_path: Path, shared: Any, dev: Any
    ) -> None:
        """Every resource of shared and dev is as `up --local` makes it, and a second run finds nothing to do."""
        with LocalAzure.open(tmp_path / "up.db") as other:
            for plan, config in (shared, dev):
                assert up(plan, other).succeeded
                with served(azure, config) as ports, engine(ports, config) as pulumi:
                    assert set(pulumi.up(plan).values()) == {"create"}
                    assert set(pulumi.up(plan).values()) == {"same"}
            assert resources(azure) == resources(other)

    def test_a_known_preview_shows_what_the_offline_engine_shows(self, azure: LocalAzure, shared: Any) -> None:
        """IDs and outputs of each resource equal the plan's, secrets stay secret, and nothing is made."""
        plan, config = shared
        with served(azure, config) as ports, engine(ports, config) as pulumi:
            for urn, (id, outputs) in pulumi.preview(plan).items():
                assert id == plan.by_urn[urn].id
                assert outputs == plan.by_urn[urn].outputs
        assert resources(azure) == {}

    def test_an_unknown_preview_knows_no_more_than_azure_native(self, azure: LocalAzure, shared: Any) -> None:
        """Inputs show among the outputs, what Azure fills in is unknown, and so is the ID."""
        plan, config = shared
        vault = next(r for r in custom(plan) if r.type == "azure-native:keyvault:Vault")
        with served(azure, config, previews="unknown") as ports, engine(ports, config) as pulumi:
            id, outputs = pulumi.preview(plan)[vault.urn]
        assert id == ""
        assert outputs["location"] == vault.inputs["location"]
        assert outputs["properties"]["enablePurgeProtection"] is True
        assert outputs["properties"]["vaultUri"] is UNKNOWN
        assert outputs["type"] is UNKNOWN


class TestChanges:
    """What a diff says, and what an update does."""

    @pytest.fixture
    def pulumi(self, azure: LocalAzure, shared: Any) -> Iterator[Engine]:
        plan, config = shared
        with served(azure, config) as ports, engine(ports, config) as running:
            running.up(plan)
            yield running

    def test_only_what_was_edited_is_updated(self, pulumi: Engine, azure: LocalAzure, shared: Any) -> None:
        plan = edited(shared[0], "budget", amount=4600)
        done = pulumi.up(plan)
        budget = named(plan, "budget")
        assert {urn for urn, op in done.items() if op != "same"} == {budget.urn}
        assert azure.get(budget.id)["properties"]["amount"] == 4600

    def test_a_fixed_input_replaces_and_the_same_name_goes_first(self, pulumi: Engine, shared: Any) -> None:
        group = named(shared[0], "logs")
        plan = edited(shared[0], "logs", location="northeurope")
        found = pulumi.diff(named(plan, "logs"), plan, pulumi.state[group.urn], named(plan, "logs").inputs)
        assert list(found.replaces) == ["location"]
        assert found.deleteBeforeReplace
        assert found.detailedDiff["location"].kind == found.detailedDiff["location"].UPDATE_REPLACE

    def test_a_refresh_finds_drift(self, pulumi: Engine, azure: LocalAzure, shared: Any) -> None:
        """What was changed behind the stack's back is among the inputs and the outputs that a read gives."""
        from seawall.plan import wire

        budget = named(shared[0], "budget")
        body = azure.get(budget.id)
        azure.put(budget.id, {**body, "properties": {**body["properties"], "amount": 9999}})
        answer = pulumi.read(budget, shared[0])
        assert wire.decode(answer.inputs)["amount"] == 9999
        assert wire.decode(answer.properties)["amount"] == 9999
        untouched = named(shared[0], "logs")
        same = pulumi.read(untouched, shared[0])
        assert wire.decode(same.inputs) == pulumi.state[untouched.urn].inputs

    def test_what_was_deleted_reads_as_gone(self, pulumi: Engine, azure: LocalAzure, shared: Any) -> None:
        budget = named(shared[0], "budget")
        azure.delete(budget.id)
        assert pulumi.read(budget, shared[0]).id == ""

    def test_an_import_finds_inputs_and_outputs(self, pulumi: Engine, shared: Any) -> None:
        from seawall.plan import wire

        logs = named(shared[0], "logs")
        answer = pulumi.read(logs, shared[0], id=logs.id)
        assert answer.id == logs.id
        assert wire.decode(answer.inputs)["retentionInDays"] == logs.inputs["retentionInDays"]
        assert "customerId" not in wire.decode(answer.inputs)

    def test_everything_goes_again(self, pulumi: Engine, azure: LocalAzure, shared: Any) -> None:
        """An empty program deletes what the state has; what can't be deleted by its nature is let go of."""
        for lock in [r for r in custom(shared[0]) if r.type.endswith("ManagementLockByScope")]:
            pulumi.delete(lock.urn, shared[0])
        pulumi.up(only(shared[0]))
        left = {row["id"] for row in resources(azure).values()}
        assert not {id for id in left if "/resourceGroups/" in id}


class TestRefusals:
    """Errors reach the engine in words."""

    def test_faults_of_inputs_come_all_at_once(self, azure: LocalAzure, shared: Any) -> None:
        from pulumi.runtime.proto import provider_pb2

        from seawall.plan import wire

        plan, config = shared
        logs = named(plan, "logs")
        wrong = {**logs.inputs, "retentionInDays": "many", "colour": "blue"}
        with served(azure, config) as ports, engine(ports, config) as pulumi:
            request = provider_pb2.CheckRequest(urn=logs.urn, type=logs.type, news=wire.encode(wrong))
            reasons = [failure.reason for failure in pulumi.stub(logs, plan).Check(request).failures]
        assert len(reasons) == 2
        assert any("colour" in reason for reason in reasons)
        assert any("retentionInDays" in reason for reason in reasons)

    def test_what_exists_already_is_not_written_over(self, azure: LocalAzure, shared: Any) -> None:
        plan, config = shared
        group = next(r for r in custom(plan) if r.type == "azure-native:resources:ResourceGroup")
        azure.put(group.id, {"location": "westeurope"})
        refused = pytest.raises(grpc.RpcError)
        with served(azure, config) as ports, engine(ports, config) as pulumi, refused as caught:
            pulumi.up(only(plan, group))
        assert "cannot create already existing resource" in caught.value.details()

    def test_throttling_is_waited_out(self, azure: LocalAzure, shared: Any) -> None:
        plan, config = shared
        group = next(r for r in custom(plan) if r.type == "azure-native:resources:ResourceGroup")
        azure.fail("PUT", group.id, AzureError("TooManyRequests", "Slow down.", status=429, retry_after=0))
        with served(azure, config) as ports, engine(ports, config) as pulumi:
            pulumi.up(only(plan, group))
        assert azure.get(group.id)

    def test_secrets_stay_secret_in_outputs_and_out_of_the_store(self, azure: LocalAzure, plan: Any) -> None:
        import pulumi
        import pulumi_azure_native as native

        def program() -> None:
            native.resources.ResourceGroup(
                "rg",
                resource_group_name="rg-secret",
                location="westeurope",
                tags={"word": pulumi.Output.secret("opensesame")},
            )

        planned = plan(program)
        config = {"azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001"}
        with served(azure, config) as ports, engine(ports, config) as running:
            running.up(planned)
            outputs = running.state[named(planned, "rg").urn].outputs
        assert isinstance(outputs["tags"]["word"], Secret)
        assert plain(outputs)["tags"]["word"] == "opensesame"
        assert "opensesame" not in str(azure.snapshot())


def test_the_engine_is_told_of_every_port() -> None:
    """`PULUMI_DEBUG_PROVIDERS` names each package with its port."""
    ports = {package: 4000 + number for number, package in enumerate(PACKAGES)}
    assert attachment(ports) == {"PULUMI_DEBUG_PROVIDERS": "azure-native:4000,azuread:4001,azuredevops:4002"}
