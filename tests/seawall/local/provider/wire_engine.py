"""The calls that Pulumi's engine makes to a provider, over gRPC, for the resources of a plan in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from seawall.plan import wire
from seawall.plan.model import Plan, Resource
from seawall.plan.values import plain

PROVIDERS = "pulumi:providers:"


@dataclass
class Deployed:
    """What the engine keeps of a resource in its state."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Engine:
    """Deploys plans through providers at the given ports, as the real engine would after running the program."""

    ports: Mapping[str, int]
    config: Mapping[str, str] = field(default_factory=dict)
    state: dict[str, Deployed] = field(default_factory=dict)
    retained: set[str] = field(default_factory=set)
    """What is let go of and left in Azure: `retainOnDelete`."""
    _stubs: dict[str, Any] = field(default_factory=dict)
    _channels: list[Any] = field(default_factory=list)

    def stub(self, resource: Resource, plan: Plan) -> Any:
        """A connection for each provider that the program makes, configured once."""
        package = resource.type.split(":", 1)[0]
        reference = resource.options.provider
        key = reference or package
        if key not in self._stubs:
            explicit = plan.by_urn.get(reference)
            prefix = f"{package}:"
            default = {k.removeprefix(prefix): v for k, v in self.config.items() if k.startswith(prefix)}
            given = plain(explicit.inputs) if explicit else default
            self._stubs[key] = self.connect(package, given)
        return self._stubs[key]

    def connect(self, package: str, settings: Mapping[str, Any]) -> Any:
        channel = grpc.insecure_channel(f"127.0.0.1:{self.ports[package]}")
        self._channels.append(channel)
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
        stub.Configure(provider_pb2.ConfigureRequest(args=wire.encode(dict(settings)), acceptSecrets=True))
        return stub

    def close(self) -> None:
        for channel in self._channels:
            channel.close()

    def check(self, resource: Resource, plan: Plan) -> dict[str, Any]:
        answer = self.stub(resource, plan).Check(
            provider_pb2.CheckRequest(urn=resource.urn, type=resource.type, news=wire.encode(resource.inputs))
        )
        assert not answer.failures, [failure.reason for failure in answer.failures]
        return wire.decode(answer.inputs)

    def preview(self, plan: Plan) -> dict[str, tuple[str, dict[str, Any]]]:
        """The ID and outputs of each resource that would be created."""
        return {resource.urn: self._create(resource, plan, preview=True) for resource in custom(plan)}

    def up(self, plan: Plan) -> dict[str, str]:
        """Create, update, replace and delete; what was done, by URN."""
        done: dict[str, str] = {}
        wanted = list(custom(plan))
        self.retained |= {resource.urn for resource in wanted if resource.options.retain_on_delete}
        for resource in wanted:
            done[resource.urn] = self._step(resource, plan)
        for urn in [urn for urn in reversed(self.state) if urn not in {resource.urn for resource in wanted}]:
            self.delete(urn, plan)
            done[urn] = "delete"
        return done

    def _step(self, resource: Resource, plan: Plan) -> str:
        old = self.state.get(resource.urn)
        inputs = self.check(resource, plan)
        if old is None:
            self.state[resource.urn] = Deployed(*self._placed(resource, plan))
            return "create"
        found = self.diff(resource, plan, old, inputs)
        if found.replaces:
            if found.deleteBeforeReplace:
                self.delete(resource.urn, plan)
            made = Deployed(*self._placed(resource, plan))
            if not found.deleteBeforeReplace:
                self.delete(resource.urn, plan)
            self.state[resource.urn] = made
            return "replace"
        if found.changes == provider_pb2.DiffResponse.DIFF_NONE:
            return "same"
        answer = self.stub(resource, plan).Update(
            provider_pb2.UpdateRequest(
                id=old.id,
                urn=resource.urn,
                type=resource.type,
                olds=wire.encode(old.outputs),
                old_inputs=wire.encode(old.inputs),
                news=wire.encode(inputs),
            )
        )
        self.state[resource.urn] = Deployed(old.id, inputs, wire.decode(answer.properties))
        return "update"

    def _placed(self, resource: Resource, plan: Plan) -> tuple[str, dict[str, Any], dict[str, Any]]:
        id, outputs = self._create(resource, plan, preview=False)
        return id, self.check(resource, plan), outputs

    def _create(self, resource: Resource, plan: Plan, *, preview: bool) -> tuple[str, dict[str, Any]]:
        inputs = self.check(resource, plan)
        answer = self.stub(resource, plan).Create(
            provider_pb2.CreateRequest(
                urn=resource.urn, type=resource.type, properties=wire.encode(inputs), preview=preview
            )
        )
        return answer.id, wire.decode(answer.properties)

    def diff(self, resource: Resource, plan: Plan, old: Deployed, inputs: dict[str, Any]) -> Any:
        return self.stub(resource, plan).Diff(
            provider_pb2.DiffRequest(
                id=old.id,
                urn=resource.urn,
                type=resource.type,
                olds=wire.encode(old.outputs),
                old_inputs=wire.encode(old.inputs),
                news=wire.encode(inputs),
            )
        )

    def read(self, resource: Resource, plan: Plan, *, id: str = "") -> Any:
        """A refresh of what is in the state; an import where an ID is given."""
        known = self.state.get(resource.urn)
        request = provider_pb2.ReadRequest(id=id or (known.id if known else ""), urn=resource.urn, type=resource.type)
        if known and not id:
            request.inputs.CopyFrom(wire.encode(known.inputs))
            request.properties.CopyFrom(wire.encode(known.outputs))
        return self.stub(resource, plan).Read(request)

    def delete(self, urn: str, plan: Plan) -> None:
        old = self.state.pop(urn)
        if urn in self.retained:
            return
        token = urn.split("::")[2].rsplit("$", 1)[-1]
        resource = plan.by_urn.get(urn) or Resource(urn=urn, type=token, name="gone")
        self.stub(resource, plan).Delete(
            provider_pb2.DeleteRequest(id=old.id, urn=urn, type=token, properties=wire.encode(old.outputs))
        )


def custom(plan: Plan) -> Iterator[Resource]:
    """What providers are asked for: neither components nor providers."""
    return (resource for resource in plan.resources if resource.custom and not resource.type.startswith(PROVIDERS))


@contextmanager
def engine(ports: Mapping[str, int], config: Mapping[str, str] | None = None) -> Iterator[Engine]:
    running = Engine(ports, config or {})
    try:
        yield running
    finally:
        running.close()
