"""Whether something soft-deleted still holds a name that the plans need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from seawall.doctor.case import Case, Wanted
from seawall.doctor.finding import Finding, fault, ok, warning

VAULT, WORKSPACE = "Microsoft.KeyVault/vaults", "Microsoft.MachineLearningServices/workspaces"
LOGS, COGNITIVE = "Microsoft.OperationalInsights/workspaces", "Microsoft.CognitiveServices/accounts"
KEPT_DAYS = 14
"""How long a deleted workspace is kept. Source: Azure ML docs, concept-soft-delete."""
ACTIVITY_VERSION = "2015-04-01"


def check(case: Case) -> Iterator[Finding]:
    """A creation under the name of a soft-deleted resource fails until that one is recovered or purged."""
    told: list[Finding] = []
    for one in case.of_type(VAULT, WORKSPACE, LOGS, COGNITIVE):
        if case.there(one.id, one.type.api_version) is not None:
            continue
        look = {VAULT: _vault, WORKSPACE: _workspace, LOGS: _logs, COGNITIVE: _cognitive}[one.type.arm_type]
        told += look(case, one)
    yield from told
    if not told:
        yield ok("nothing soft-deleted is in the way")


def _told(case: Case, what: str, recover: str, purge: str) -> Finding:
    if case.local:
        return warning(f"{what}: `seawall up` brings it back", f"To be rid of it first: {purge}")
    return fault(f"{what}: its name can't be used", f"Bring it back: {recover} Or give it up for good: {purge}")


def vault(case: Case, one: Wanted) -> dict[str, Any] | None:
    """The deleted vault of a wanted one's name, if there is one in the subscription.

    Source: Key Vault REST reference, Vaults - Get Deleted.
    """
    if one.type.arm_type != VAULT:
        return None
    path = f"/subscriptions/{one.subscription}/providers/Microsoft.KeyVault/locations/{one.location}"
    return case.port.get(f"{path}/deletedVaults/{one.name}", one.type.api_version)


def _vault(case: Case, one: Wanted) -> Iterator[Finding]:
    found = vault(case, one)
    if found is None:
        return
    protected = (found.get("properties") or {}).get("purgeProtectionEnabled")
    purge = f"`az keyvault purge --name {one.name} --location {one.location}`."
    if protected:
        purge = "not before its retention ends: it is protected against purging."
    recover = f"`az keyvault recover --name {one.name}`, then import it into the stack."
    yield _told(case, f"key vault {one.name} is soft-deleted", recover, purge)


def _workspace(case: Case, one: Wanted) -> Iterator[Finding]:
    """No API lists soft-deleted workspaces; the activity log says whether one was deleted within its retention.

    Sources: Azure ML docs, concept-soft-delete; Monitor REST reference, Activity Logs - List.
    """
    since = case.machine.now() - timedelta(days=KEPT_DAYS)
    query = {"$filter": f"eventTimestamp ge '{since:%Y-%m-%dT%H:%M:%SZ}' and resourceUri eq '{one.id}'"}
    path = f"/subscriptions/{one.subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    for event in case.port.listed(path, ACTIVITY_VERSION, query):
        operation = str((event.get("operationName") or {}).get("value", ""))
        succeeded = str((event.get("status") or {}).get("value", "")) == "Succeeded"
        if operation.lower() != f"{WORKSPACE}/delete".lower() or not succeeded:
            continue
        at = _time(str(event.get("eventTimestamp", "")))
        until = f" and is kept until {at + timedelta(days=KEPT_DAYS):%d %B %Y} unless it was purged" if at else ""
        purge = f"`az rest --method delete --url '{one.id}?api-version={one.type.api_version}&forceToPurge=true'`."
        recover = "portal, Azure Machine Learning, Recently deleted, Recover; then import it into the stack."
        yield _told(case, f"workspace {one.name} was deleted{until}", recover, purge)
        return


def _logs(case: Case, one: Wanted) -> Iterator[Finding]:
    """A Log Analytics workspace comes back by being made again at the same place, with its old data.

    Source: Azure Monitor docs, delete-workspace; REST reference, Deleted Workspaces - List.
    """
    path = f"/subscriptions/{one.subscription}/providers/Microsoft.OperationalInsights/deletedWorkspaces"
    for found in case.port.listed(path, one.type.api_version):
        if str(found.get("id", "")).lower() == str(one.id).lower():
            yield warning(
                f"Log Analytics workspace {one.name} is soft-deleted: `seawall up` brings it back with its old data",
                f"To begin without them: `az monitor log-analytics workspace delete --force true --ids {one.id}` "
                "after it was recovered.",
            )


def _cognitive(case: Case, one: Wanted) -> Iterator[Finding]:
    """Source: Azure AI services docs, recover-purge-resources; REST reference, Deleted Accounts - List."""
    path = f"/subscriptions/{one.subscription}/providers/Microsoft.CognitiveServices/deletedAccounts"
    for found in case.port.listed(path, one.type.api_version):
        if str(found.get("name") or str(found.get("id", "")).rsplit("/", 1)[-1]).lower() == one.name.lower():
            group = f"--resource-group {one.id.resource_group} --location {one.location} --name {one.name}"
            recover, purge = (f"`az cognitiveservices account {verb} {group}`." for verb in ("recover", "purge"))
            yield _told(case, f"account {one.name} is soft-deleted", recover, purge)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:19])
    except ValueError:
        return None
