"""One run of the stand-in for the Pulumi CLI: preview, up, refresh or destroy."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

from google.protobuf import json_format

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from stand_in import FAILED, Events, Failure, State, option  # noqa: E402

from seawall.plan import wire  # noqa: E402
from seawall.plan.model import Plan, Resource  # noqa: E402
from seawall.plan.project import Project, plan_project  # noqa: E402
from seawall.plan.values import plain  # noqa: E402
from stacks.settings.configuration import configuration  # noqa: E402
from tests.seawall.local.provider.wire_engine import Deployed, Engine, custom  # noqa: E402


class Run:
    """Plans the program, compares it with the state, and does what differs."""

    def __init__(self, what: str, arguments: list[str], state: State, events: Events) -> None:
        self.what, self.arguments, self.state, self.events = what, arguments, state, events
        self.work_dir = Path.cwd()
        self.document = state.read()
        self.deployment = self.document["deployment"]
        self.stops = 0
        self.left: list[dict[str, Any]] = []
        self._kept: dict[str, tuple[Deployed, dict[str, Any]]] = {}
        """By URN, what was written of a resource last: encoding it anew at each step would take most of the time."""
        signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, *_: Any) -> None:
        """As the real one: what is under way ends first, or, the second time, is abandoned and stays pending."""
        self.stops += 1
        end = "terminating" if self.stops > 1 else "cancelling. To terminate immediately, press ^C again."
        self.events.tell(stdoutEvent={"message": f"^C received; {end}\n", "color": "always"})
        if self.stops > 1:
            self.events.close()
            self.state.unlock()
            print("error: update canceled", file=sys.stderr, flush=True)
            os._exit(FAILED)

    # The whole ---------------------------------------------------------------------------------------------------

    def go(self) -> None:
        self.events.tell(preludeEvent={"config": {}})
        plan, config = self._plan()
        ports = dict(pair.split(":") for pair in os.environ["PULUMI_DEBUG_PROVIDERS"].split(","))
        engine = Engine({package: int(port) for package, port in ports.items()}, config)
        engine.state = {r["urn"]: _deployed(r) for r in self.deployment["resources"] if r["custom"]}
        engine.retained = {r["urn"] for r in self.deployment["resources"] if r.get("retainOnDelete")}
        if pending := self.deployment["pending_operations"]:
            self._settle(pending)
        match self.what:
            case "refresh":
                self._refresh(engine, plan)
            case "destroy":
                targets = self._targets(engine)
                self._delete(engine, plan, [urn for urn in reversed(engine.state) if urn in targets])
            case _:
                self._judge(plan, config)
                self._deploy(engine, plan)
        if file := option(self.arguments, "--save-plan"):
            Path(file).write_text(json.dumps(self.ops))
        self.events.tell(
            summaryEvent={
                "maybeCorrupt": False,
                "durationSeconds": 1,
                "resourceChanges": self._counts(),
                "PolicyPacks": {},
            }
        )

    def _targets(self, engine: Engine) -> set[str]:
        """What a run is limited to, else everything; the real one knows only what is in the state."""
        named = {self.arguments[at + 1] for at, word in enumerate(self.arguments) if word == "--target"}
        for urn in named - engine.state.keys():
            raise Failure(f"error: no resource named '{urn}' found")
        for entry in self.deployment["resources"] if self.what == "destroy" and named else ():
            if entry["urn"] not in named and named.intersection(entry.get("dependencies", ())):
                raise Failure(
                    f"error: Resource '{entry['urn']}' will be destroyed but was not specified in --target list. "
                    "Either include resource in --target list or pass --target-dependents to proceed."
                )
        return named or set(engine.state)

    def _plan(self) -> tuple[Plan, dict[str, str]]:
        import yaml

        document = yaml.safe_load((self.work_dir / "Pulumi.yaml").read_text())
        file = self.work_dir / document["stackConfigDir"] / f"Pulumi.{self.state.stack}.yaml"
        config = configuration(file)
        root = Path(Project.read(self.work_dir).program).parent
        if self.what in ("refresh", "destroy"):
            return Plan(stack=self.state.stack, project="seawall", resources=_providers(self.deployment)), {}
        return plan_project(root, self.state.stack, config.values, secret_keys=config.secrets), dict(config.values)

    def _judge(self, plan: Plan, config: dict[str, str]) -> None:
        """What the policy pack would say: the same rules, on the same plan."""
        if "--policy-pack" not in self.arguments:
            return
        from policies import check
        from stacks.guardrails import context_of

        report = check(plan, context_of(lambda key: config.get(f"seawall:{key}"), plan.stack), date(2026, 11, 21))
        for violation in report.violations:
            self.events.tell(
                policyEvent={
                    "resourceUrn": violation.urn,
                    "message": f"<{{%fg 1%}}>{violation.title}\n{violation.message}<{{%reset%}}>",
                    "color": "raw",
                    "policyName": violation.rule,
                    "policyPackName": "seawall",
                    "policyPackVersion": "0.1.0",
                    "policyPackVersionTag": "0.1.0",
                    "enforcementLevel": str(violation.level),
                }
            )
        if report.refused and self.what == "preview":
            raise Failure("error: preview failed")

    # Steps -----------------------------------------------------------------------------------------------------------

    def _deploy(self, engine: Engine, plan: Plan) -> None:
        self.ops: dict[str, str] = {}
        wanted = list(custom(plan))
        engine.retained |= {resource.urn for resource in wanted if resource.options.retain_on_delete}
        expected = option(self.arguments, "--plan")
        allowed = json.loads(Path(expected).read_text()) if expected else None
        for resource in wanted:
            inputs = engine.check(resource, plan)
            op, diff = self._op(engine, resource, plan, inputs)
            self.ops[resource.urn] = op
            if allowed is not None and allowed.get(resource.urn, "none") != op:
                raise Failure(f"error: {op} is not allowed by the plan: no steps were expected for this resource")
            self._tell(resource, op, inputs, engine, diff)
            if self.what == "up" and op != "same":
                self._step(engine, resource, plan, op)
        gone = [urn for urn in reversed(engine.state) if urn not in {resource.urn for resource in wanted}]
        self.ops |= dict.fromkeys(gone, "delete")
        self._delete(engine, plan, gone)
        self._keep(engine, plan)

    def _op(self, engine: Engine, resource: Resource, plan: Plan, inputs: dict[str, Any]) -> tuple[str, Any]:
        old = engine.state.get(resource.urn)
        if old is None:
            return "create", None
        diff = engine.diff(resource, plan, old, inputs)
        if diff.replaces:
            return "replace", diff
        return ("update" if diff.changes == 2 else "same"), diff

    def _step(self, engine: Engine, resource: Resource, plan: Plan, op: str) -> None:
        import grpc

        if self.stops:
            raise Failure("error: update canceled")
        pending = {"resource": _entry(resource), "type": f"{op[:-1]}ing"}
        self.deployment["pending_operations"] = [*self.left, pending]
        self.state.write(self.document)
        try:
            engine._step(resource, plan)
        except grpc.RpcError as error:
            self.deployment["pending_operations"] = self.left
            self._keep(engine, plan)
            meta = self._metadata(resource, op, resource.inputs, engine, None)
            self.events.tell(
                diagnosticEvent={
                    "urn": resource.urn,
                    "message": error.details(),
                    "color": "never",
                    "severity": "error",
                }
            )
            self.events.tell(resOpFailedEvent={"metadata": meta, "status": 0, "steps": 1})
            raise Failure("error: update failed") from None
        self.deployment["pending_operations"] = self.left
        self._keep(engine, plan)
        self.events.tell(resOutputsEvent={"metadata": self._metadata(resource, op, resource.inputs, engine, None)})

    def _delete(self, engine: Engine, plan: Plan, urns: list[str]) -> None:
        self.ops = getattr(self, "ops", {}) | dict.fromkeys(urns, "delete")
        for urn in urns:
            resource = _of(urn, plan)
            self._tell(resource, "delete", {}, engine, None)
            if self.what in ("up", "destroy") and "--preview-only" not in self.arguments:
                self._try_delete(engine, urn, plan)
                self._keep(engine, plan)
                meta = self._metadata(resource, "delete", {}, engine, None)
                self.events.tell(resOutputsEvent={"metadata": meta})

    def _try_delete(self, engine: Engine, urn: str, plan: Plan) -> None:
        import grpc

        held = engine.state[urn]
        try:
            engine.delete(urn, plan)
        except grpc.RpcError as error:
            engine.state[urn] = held
            message = {"urn": urn, "message": error.details(), "color": "never", "severity": "error"}
            self.events.tell(diagnosticEvent=message)
            meta = self._metadata(_of(urn, plan), "delete", {}, engine, None)
            self.events.tell(resOpFailedEvent={"metadata": meta, "status": 0, "steps": 1})
            raise Failure("error: update failed") from None

    def _refresh(self, engine: Engine, plan: Plan) -> None:
        """Each resource has two events: that it is read, and then what came of it."""
        self.ops = {}
        targets = self._targets(engine)
        for urn, old in [item for item in engine.state.items() if item[0] in targets]:
            resource = _of(urn, plan)
            answer = engine.read(resource, plan)
            meta = self._metadata(resource, "refresh", old.inputs, engine, None)
            self.events.tell(resourcePreEvent={"metadata": meta})
            meta = {**meta, "op": "same", "old": meta["new"]}
            if not answer.id:
                del engine.state[urn]
                meta |= {"op": "delete", "new": None}
            else:
                inputs = wire.decode(answer.inputs)
                changed = [key for key in inputs if inputs[key] != old.inputs.get(key)]
                meta |= {"op": "update" if changed else "same", "diffs": changed}
                meta["new"] = {**meta["new"], "inputs": plain(inputs)}
                engine.state[urn] = Deployed(old.id, inputs, wire.decode(answer.properties))
            self.events.tell(resOutputsEvent={"metadata": meta})
        self._keep(engine, plan)

    def _settle(self, pending: list[dict[str, Any]]) -> None:
        """As the real one: pending creations stay until the state is edited; whatever else was pending is forgotten."""
        self.left = [item for item in pending if item["type"] == "creating"]
        self.deployment["pending_operations"] = list(self.left)
        if self.what != "refresh":
            urns = "".join(f"\n  * {item['resource']['urn']}, interrupted while {item['type']}" for item in pending)
            message = f"Attempting to deploy or update resources with pending operations from an earlier run.{urns}"
            self.events.tell(diagnosticEvent={"message": message, "color": "never", "severity": "warning"})

    # State and events --------------------------------------------------------------------------------------------

    def _keep(self, engine: Engine, plan: Plan) -> None:
        if self.what == "preview" or "--preview-only" in self.arguments:
            return
        providers = [r for r in plan.resources if r.type.startswith("pulumi:providers:")]
        kept = {r["urn"]: r for r in self.deployment["resources"] if not r["custom"]}
        kept |= {r.urn: {"urn": r.urn, "type": r.type, "custom": False, "inputs": plain(r.inputs)} for r in providers}
        of = {r.urn: r.options.provider for r in plan.resources}
        before = {r["urn"]: r for r in self.deployment["resources"]}
        for urn, held in engine.state.items():
            if self._kept.get(urn, (None,))[0] is held:
                kept[urn] = self._kept[urn][1]
                continue
            kept[urn] = {
                "urn": urn,
                "type": urn.split("::")[2].rsplit("$", 1)[-1],
                "custom": True,
                "id": held.id,
                "provider": of.get(urn) or before.get(urn, {}).get("provider", ""),
                "dependencies": self._dependencies(urn, plan, before),
                "inputs": json_format.MessageToDict(wire.encode(held.inputs)),
                "outputs": json_format.MessageToDict(wire.encode(held.outputs)),
                "retainOnDelete": urn in engine.retained,
            }
            self._kept[urn] = (held, kept[urn])
        self.deployment["resources"] = list(kept.values())
        self.state.write(self.document)

    def _dependencies(self, urn: str, plan: Plan, before: dict[str, Any]) -> list[str]:
        if self.what in ("refresh", "destroy"):
            return list(before.get(urn, {}).get("dependencies", ()))
        return list(plan.by_urn[urn].dependencies) if urn in plan.by_urn else []

    def _tell(self, resource: Resource, op: str, inputs: dict[str, Any], engine: Engine, diff: Any) -> None:
        self.events.tell(resourcePreEvent={"metadata": self._metadata(resource, op, inputs, engine, diff)})

    def _metadata(self, resource: Resource, op: str, inputs: Any, engine: Engine, diff: Any) -> dict[str, Any]:
        held = engine.state.get(resource.urn)
        shape = {"type": resource.type, "urn": resource.urn, "custom": True, "parent": "", "provider": ""}
        old = {**shape, "id": held.id, "inputs": plain(held.inputs), "outputs": {}} if held else None
        id = held.id if held else ""
        new = None if op == "delete" else {**shape, "id": id, "inputs": plain(inputs), "outputs": {}}
        kinds = {path: {"diffKind": "update", "inputDiff": True} for path in (diff.detailedDiff if diff else ())}
        return {"op": op, "urn": resource.urn, "type": resource.type, "provider": "", "old": old, "new": new,
                "keys": list(diff.replaces) if diff else [], "diffs": list(diff.diffs) if diff else [],
                "detailedDiff": kinds, "logical": True}  # fmt: skip

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for op in self.ops.values():
            counts[op] = counts.get(op, 0) + 1
        return counts


def _of(urn: str, plan: Plan) -> Resource:
    """The resource of a URN, if need be made of the URN alone."""
    token = urn.split("::")[2].rsplit("$", 1)[-1]
    return plan.by_urn.get(urn) or Resource(urn=urn, type=token, name=urn.rsplit("::", 1)[-1])


def _entry(resource: Resource) -> dict[str, Any]:
    """What a state keeps of a resource that isn't made as yet."""
    inputs = json_format.MessageToDict(wire.encode(resource.inputs))
    return {
        "urn": resource.urn,
        "type": resource.type,
        "custom": True,
        "provider": resource.options.provider,
        "inputs": inputs,
    }


def _deployed(entry: dict[str, Any]) -> Deployed:
    from google.protobuf import struct_pb2

    def values(part: dict[str, Any]) -> dict[str, Any]:
        return wire.decode(json_format.ParseDict(part, struct_pb2.Struct()))

    return Deployed(entry["id"], values(entry["inputs"]), values(entry["outputs"]))


def _providers(deployment: dict[str, Any]) -> tuple[Resource, ...]:
    """The providers in a state, and which resource has which, for what has no program to run."""
    from seawall.plan.model import Options

    found = []
    for entry in deployment["resources"]:
        name = entry["urn"].rsplit("::", 1)[-1]
        options = Options(provider=entry.get("provider", ""))
        given = entry["inputs"] if not entry["custom"] else {}
        found.append(Resource(urn=entry["urn"], type=entry["type"], name=name, inputs=given, options=options))
    return tuple(found)
