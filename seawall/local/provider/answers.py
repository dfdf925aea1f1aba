"""What a Pulumi provider answers to the engine, from the store of the local Azure: one object for each package.

Names, IDs and outputs come from the same tables as the offline engine's, and writes go through the same door as those
of `up --local`; so a stack that Pulumi deploys here and one that Seawall deploys leave equal stores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from seawall.azure.types import canonical
from seawall.local import kinds
from seawall.local.azure import LocalAzure
from seawall.local.changes import Path, differences, placed
from seawall.local.clock import Clock, SystemClock
from seawall.local.errors import AzureError
from seawall.local.provider.known import StoredResources
from seawall.local.reasons import same_place
from seawall.local.refreshing import VOLATILE
from seawall.local.releases import carried
from seawall.local.routes import parse
from seawall.local.state import Owned, new_origin
from seawall.plan.adopting import adopted_inputs
from seawall.plan.aliases import name_of
from seawall.plan.directory import KINDS
from seawall.plan.errors import PlanErrors
from seawall.plan.model import Resource
from seawall.plan.provider import Registered, Registration
from seawall.plan.providers import providers
from seawall.plan.values import UNKNOWN, Secret, plain, unknown_paths

Previews = Literal["known", "unknown"]
"""What a preview says of outputs: as the offline engine works them out, or unknown as azure-native leaves them."""

ATTEMPTS = 8
FIRST_WAIT = 0.5


@dataclass(frozen=True)
class Target:
    """One resource as the engine names it."""

    urn: str
    token: str
    id: str = ""


@dataclass(frozen=True)
class Diff:
    """How new inputs differ from old ones."""

    changes: tuple[tuple[Path, Any, Any], ...]
    replaces: tuple[str, ...] = ()
    """The inputs that can't be changed in place."""
    delete_first: bool = False
    """Whether the old one has to go before the new one comes, since both have one name."""


@dataclass
class Answers:
    """One package's provider. `config` is the stack's configuration, keys with their namespace.

    The providers of one engine share what they know: an Azure DevOps group asks for the directory's.
    """

    azure: LocalAzure
    package: str
    config: Mapping[str, str]
    known: StoredResources
    previews: Previews = "known"
    clock: Clock = field(default_factory=SystemClock)

    # Inputs ----------------------------------------------------------------------------------------------------------

    def check(self, target: Target, inputs: dict[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
        """The inputs as the provider completes them. Raises `PlanErrors` with every fault.

        Inputs of which something is unknown as yet are checked when all is known.
        """
        if any(unknown_paths(inputs)):
            return inputs
        registered = self._register(target, inputs, settings)
        self.known.remember(_resource(target, registered))
        return registered.inputs

    def diff(self, target: Target, old: dict[str, Any], new: dict[str, Any], settings: Mapping[str, str]) -> Diff:
        """What an update would change, and whether it takes a replacement."""
        changes = tuple(differences(plain(old), plain(new)))
        fixed = kinds.replace_on(canonical(target.token))
        replaces = tuple(dict.fromkeys(str(path[0]) for path, *pair in changes if _is_fixed(path, pair, fixed)))
        moved = self._moves(target, new, settings)
        if moved and not replaces:
            replaces = tuple(dict.fromkeys(str(path[0]) for path, _, _ in changes))
        return Diff(changes, replaces, delete_first=bool(replaces) and not moved)

    def _moves(self, target: Target, new: dict[str, Any], settings: Mapping[str, str]) -> bool:
        """Whether a resource with these inputs is another one; what the cloud gives its ID stays where it is."""
        if canonical(target.token) in KINDS or any(unknown_paths(new)):
            return False
        return self._register(target, new, settings).id.lower() != target.id.lower()

    # Resources -------------------------------------------------------------------------------------------------------

    def previewed(
        self, target: Target, inputs: dict[str, Any], settings: Mapping[str, str]
    ) -> tuple[str, dict[str, Any]]:
        """The ID and the outputs that a preview shows; what it can't know is left out, and so unknown."""
        unknown = any(unknown_paths(inputs))
        try:
            registered = self._register(target, inputs, settings)
        except PlanErrors:
            if not unknown:
                raise
            return target.id, dict.fromkeys(inputs, UNKNOWN)
        if self.previews == "known" and not unknown:
            return target.id or registered.id, registered.outputs
        return target.id, as_azure_native(inputs, registered.outputs)

    def create(self, target: Target, inputs: dict[str, Any], settings: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Make a resource. Raises `AzureError` where it exists already, as the real provider does."""
        registered = self._register(target, inputs, settings)
        record = self._record(target, registered)
        origin = new_origin()
        self._persistently(lambda: self._check_free(record, origin))
        self._recover(record, origin)
        outputs = self._put(record, registered, origin=origin)
        self.known.remember(_resource(target, registered))
        return registered.id, outputs

    def update(self, target: Target, inputs: dict[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
        """Change a resource in place; live traffic and the tags of a release stay as they are."""
        registered = self._register(target, inputs, settings)
        return self._put(self._record(target, registered), registered)

    def read(
        self, target: Target, inputs: dict[str, Any], settings: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The inputs and outputs of a resource as it is now; None where it is gone.

        Known inputs change only where Azure has something else; without any, as for an import, they are all that the
        resource takes.
        """
        live = self._persistently(lambda: self.azure.get(target.id))
        if live is None:
            return None
        token = canonical(target.token)
        bare = Owned(urn=target.urn, type=token, name=name_of(target.urn), id=target.id)
        if not inputs:
            outputs = kinds.outputs_of(bare, live)
            return dict(outputs) if token in KINDS else adopted_inputs(token, target.id, outputs), outputs
        registered = self._register(target, inputs, settings)
        record = self._record(target, registered)
        outputs = kinds.outputs_of(record, live)
        expected = kinds.outputs_of(record, kinds.expected_body(record))
        sealed = self.azure.store.sealer.seal(registered.inputs)
        for path, _, found in differences(expected, outputs):
            if not VOLATILE.intersection(path) and path[0] in sealed:
                inputs, _ = placed(inputs, path, found)
        return inputs, _unsealed(outputs, registered.outputs)

    def delete(self, target: Target) -> None:
        """Delete a resource; what is gone already, or can't be deleted by its nature, is let go of."""
        if self._persistently(lambda: self.azure.get(target.id)) is not None:
            self._persistently(lambda: self.azure.delete(target.id))

    def invoke(self, token: str, args: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any] | None:
        """The result of a function, or None where this Azure doesn't have it."""
        return self._provider(settings).invoke(token, plain(dict(args)), {}, self.known)

    # Within ----------------------------------------------------------------------------------------------------------

    def _provider(self, settings: Mapping[str, str]) -> Any:
        own = {f"{self.package}:{name}": value for name, value in settings.items()}
        return providers({**self.config, **own})[self.package]

    def _register(self, target: Target, inputs: dict[str, Any], settings: Mapping[str, str]) -> Registered:
        asked = Registration(token=canonical(target.token), inputs=inputs, known=self.known, seed=target.urn)
        return self._provider(settings).register(asked)

    def _record(self, target: Target, registered: Registered) -> Owned:
        seal = self.azure.store.sealer.seal
        resource = _resource(target, registered)
        return Owned(
            urn=target.urn,
            type=resource.type,
            name=resource.name,
            id=target.id or registered.id,
            inputs=seal(registered.inputs),
            answers=seal(kinds.planned_answers(resource)),
        )

    def _check_free(self, record: Owned, origin: str) -> None:
        row = self.azure.store.resource(record.id)
        if row is None or row.origin == origin or self.azure.world.exists_by_itself(parse(record.id)):
            return
        raise AzureError("AlreadyExists", f"cannot create already existing resource '{record.id}'", status=409)

    def _recover(self, record: Owned, origin: str) -> None:
        soft = kinds.soft_delete(record.type)
        if soft is None or not self.azure.is_soft_deleted(record.id):
            return
        name, value = soft.recover
        body = kinds.request_body(record)
        asked = {"location": body.get("location"), "properties": {**(body.get("properties") or {}), name: value}}
        self._persistently(lambda: self.azure.put(record.id, asked, origin=origin))

    def _put(self, record: Owned, registered: Registered, *, origin: str = "") -> dict[str, Any]:
        def write() -> dict[str, Any]:
            # Right before the PUT: a release may change its traffic at any time.
            body = carried(kinds.arm_type(record.type), kinds.request_body(record), self.azure.get(record.id))
            return self.azure.put(record.id, body, origin=origin)

        answer = self._persistently(write)
        return _unsealed(kinds.outputs_of(record, answer), registered.outputs)

    def _persistently(self, ask: Callable[[], Any]) -> Any:
        """Ask until Azure answers or refuses for good, as the real provider's client does."""
        wait = FIRST_WAIT
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return ask()
            except AzureError as error:
                if not error.transient or attempt == ATTEMPTS:
                    raise
                self.clock.sleep(wait if error.retry_after is None else error.retry_after)
            self.azure.tick()
            wait *= 2
        raise AssertionError("the last attempt returns or raises")


def _resource(target: Target, registered: Registered) -> Resource:
    return Resource(
        urn=target.urn,
        type=canonical(target.token),
        name=name_of(target.urn),
        id=registered.id,
        inputs=registered.inputs,
        outputs=registered.outputs,
    )


def _is_fixed(path: Path, pair: list[Any], fixed: Any) -> bool:
    return path[0] in fixed and not same_place(path, *pair)


def as_azure_native(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs as azure-native previews them: what is among the inputs as it is there, everything else unknown.

    Source: pulumi/pulumi-azure-native, `crud.PreviewOutputs`.
    """
    return {name: _previewed(inputs[name], value) if name in inputs else UNKNOWN for name, value in outputs.items()}


def _previewed(given: Any, value: Any) -> Any:
    if isinstance(given, dict) and isinstance(value, dict):
        return {**dict.fromkeys(given, UNKNOWN), **as_azure_native(given, value)}
    if isinstance(given, list) and isinstance(value, list) and len(given) == len(value):
        return [_previewed(*pair) for pair in zip(given, value, strict=True)]
    # Some inputs come back in another form, such as a list of identities as an object of what each of them is.
    return UNKNOWN if any(isinstance(given, kind) != isinstance(value, kind) for kind in (dict, list)) else given


def _unsealed(outputs: dict[str, Any], registered: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs with secrets as the program gave them where the store keeps only their digests."""
    return dict(_with_secrets(outputs, registered))


def _with_secrets(value: Any, given: Any) -> Any:
    if isinstance(given, Secret):
        return given
    if isinstance(value, dict) and isinstance(given, Mapping):
        return {name: _with_secrets(part, given.get(name)) for name, part in value.items()}
    if isinstance(value, list) and isinstance(given, list) and len(value) == len(given):
        return [_with_secrets(*pair) for pair in zip(value, given, strict=True)]
    return value
