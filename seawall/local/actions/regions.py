"""What a region offers to a subscription: sizes of machines, usages and quotas of their vCPUs."""

from __future__ import annotations

from typing import Any

from seawall.local.actions.call import ActionCall
from seawall.local.mlservices import quota
from seawall.local.mlservices.vm_sizes import SIZES, families
from seawall.local.response import Response
from seawall.local.services.service import refuse

_LOCATIONS = "microsoft.machinelearningservices/locations"
_TYPES = ["AmlCompute", "ComputeInstance", "ManagedOnlineEndpoint"]


def usages(call: ActionCall) -> Response:
    """Usages - List."""
    return Response(200, {"value": quota.usages(call.store, call.route.subscription, _region(call))})


def quotas(call: ActionCall) -> Response:
    """Quotas - List."""
    return Response(200, {"value": quota.quotas(call.store, call.route.subscription, _region(call))})


def vm_sizes(call: ActionCall) -> Response:
    """Virtual Machine Sizes - List. Prices are left out: they change, and differ by contract."""
    return Response(
        200,
        {
            "value": [
                {
                    "name": size.name,
                    "family": size.family,
                    "vCPUs": size.cores,
                    "gpus": size.gpus,
                    "osVhdSizeMB": 1047552,
                    "maxResourceVolumeMB": int(size.memory * 2048),
                    "memoryGB": round(size.memory, 1),
                    "lowPriorityCapable": True,
                    "premiumIO": "s_" in size.name,
                    "supportedComputeTypes": _TYPES,
                }
                for size in SIZES.values()
            ]
        },
    )


def update_quotas(call: ActionCall) -> Response:
    """Quotas - Update: another limit for each family that is named, for the whole subscription."""
    known, region = {name.lower(): name for name in families()}, _region(call)
    answers: list[dict[str, Any]] = []
    for item in call.body.get("value") or []:
        family = known.get(str(item.get("id", "")).rsplit("/", 1)[-1].lower())
        cores = item.get("limit")
        if family is None or isinstance(cores, bool) or not isinstance(cores, int) or cores < -1:
            raise refuse("BadRequest", f"{item.get('id')!r} with limit {cores!r} is no quota of a family of machines.")
        quota.set_limit(call.store, call.route.subscription, region, family, None if cores == -1 else cores)
        answers.append({**item, "limit": cores, "unit": "Count", "status": "Success"})
    return Response(200, {"value": answers})


def _region(call: ActionCall) -> str:
    return quota.plain(call.route.names[0])


READS = {
    f"{_LOCATIONS}/usages": usages,
    f"{_LOCATIONS}/quotas": quotas,
    f"{_LOCATIONS}/vmsizes": vm_sizes,
}

ACTIONS = {(_LOCATIONS, "updatequotas"): update_quotas}
