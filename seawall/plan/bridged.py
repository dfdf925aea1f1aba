"""A provider that Pulumi bridges from Terraform, answering out of its table of types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seawall.plan.errors import PlanErrors
from seawall.plan.inputs import Checker
from seawall.plan.kinds import Asked, Function, Kind
from seawall.plan.provider import Configuration, Known, Registered, Registration
from seawall.plan.resealing import resealed
from seawall.plan.values import Secret, plain


class Bridged:
    """The answers of one bridged provider."""

    def __init__(
        self, package: str, kinds: Iterable[Kind], functions: Mapping[str, Function], config: Mapping[str, str]
    ) -> None:
        self.package = package
        self._kinds = {kind.token: kind for kind in kinds}
        self._functions = functions
        self._configuration = Configuration(package, config)
        self._checker = Checker()

    def register(self, registration: Registration) -> Registered:
        """See `provider.Provider`. An unknown type, and every fault of the inputs, is a fault of the plan."""
        kind = self._kinds.get(registration.token)
        if kind is None:
            names = ", ".join(sorted(known.name for known in self._kinds.values()))
            raise PlanErrors([f"{registration.token} is not supported offline; of {self.package} these are: {names}"])
        inputs = _sealed({**kind.defaults, **registration.inputs}, kind.sensitive)
        clear = plain(inputs)
        faults = [*self._checker.faults(kind.token, clear), *kind.faults(clear)]
        if faults:
            raise PlanErrors(faults)
        asked = Asked(
            inputs=clear,
            known=registration.known,
            configuration=self._configuration,
            provider=registration.provider,
            seed=registration.seed,
        )
        id_ = registration.import_id or kind.id(asked)
        outputs = {**kind.answers(asked, id_), **clear}
        return Registered(inputs, id_, resealed(outputs, inputs))

    def invoke(
        self, token: str, args: Mapping[str, Any], provider: Mapping[str, Any], known: Known
    ) -> dict[str, Any] | None:
        """See `provider.Provider`."""
        function = self._functions.get(token)
        asked = Asked(inputs=plain(dict(args)), known=known, configuration=self._configuration, provider=provider)
        return function(asked) if function else None


def _sealed(inputs: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    for path in paths:
        outer, _, inner = path.partition(".")
        value = inputs.get(outer)
        if isinstance(value, dict) and inner in value and not isinstance(value[inner], Secret):
            inputs = {**inputs, outer: {**value, inner: Secret(value[inner])}}
    return inputs
