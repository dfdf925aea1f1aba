from __future__ import annotations

import pulumi
import pytest

from components.data_lake import DataLake, DataLakeArgs, Lifecycle, Zone
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.ml_samples import IDENTITY, KEY, LAKE
from tests.components.samples import LOGS, placed, private_link


def args(**more: object) -> DataLakeArgs:
    return DataLakeArgs(**placed("dlslarkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more}))


def test_a_lake_has_three_zones_by_default(plan, azure_types):
    """A hierarchical account, closed and keyless, a private container a zone, and data that cools after 30 days."""
    planned = plan(lambda: DataLake("lake", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("DataLake", "lake", ""),
        ("storage:StorageAccount", "lake", "DataLake lake"),
        ("storage:BlobServiceProperties", "lake", "DataLake lake"),
        ("storage:BlobContainer", "lake-raw", "DataLake lake"),
        ("storage:BlobContainer", "lake-curated", "DataLake lake"),
        ("storage:BlobContainer", "lake-features", "DataLake lake"),
        ("storage:ManagementPolicy", "lake", "DataLake lake"),
    }
    account = inputs(planned, "storage:StorageAccount")
    assert (account["isHnsEnabled"], account["publicNetworkAccess"]) == (True, "Disabled")
    assert (account["allowSharedKeyAccess"], account["allowBlobPublicAccess"]) == (False, False)
    assert inputs(planned, "storage:BlobContainer", "lake-raw")["publicAccess"] == "None"
    rules = inputs(planned, "storage:ManagementPolicy")["policy"]["rules"]
    assert [rule["definition"]["filters"]["prefixMatch"] for rule in rules] == [["raw/"], ["curated/"], ["features/"]]
    assert rules[0]["definition"]["actions"] == {"baseBlob": {"tierToCool": {"daysAfterModificationGreaterThan": 30}}}


def test_deleted_data_can_be_recovered_but_versions_are_not_kept(plan):
    """Soft delete is on; versioning isn't available with a hierarchical namespace and is not asked for."""
    planned = plan(lambda: DataLake("lake", args(soft_delete_days=14)))
    blobs = inputs(planned, "storage:BlobServiceProperties")
    kept = {"enabled": True, "days": 14}
    assert (blobs["deleteRetentionPolicy"], blobs["containerDeleteRetentionPolicy"]) == (kept, kept)
    assert "isVersioningEnabled" not in blobs


def test_a_hardened_lake_is_linked_for_both_protocols_logged_locked_and_has_its_own_key(plan, azure_types):
    """Endpoints for blob and dfs; account and containers are protected, and the lock waits for the containers."""
    planned = plan(
        lambda: DataLake(
            "lake",
            args(
                zones=[Zone(name="raw")],
                log_analytics_workspace_id=LOGS,
                private_link=private_link(),
                delete_protection=True,
                encryption_key=KEY,
            ),
        )
    )
    judge(planned, azure_types)
    component = "DataLake lake"
    services = ("blob", "file", "queue", "table")
    assert tree(planned) == {
        ("DataLake", "lake", ""),
        ("storage:StorageAccount", "lake", component),
        ("storage:BlobServiceProperties", "lake", component),
        ("storage:BlobContainer", "lake-raw", component),
        ("storage:ManagementPolicy", "lake", component),
        ("monitor:DiagnosticSetting", "lake", component),
        *(("monitor:DiagnosticSetting", f"lake-{service}", component) for service in services),
        *(("PrivateEndpoint", f"lake-{group}", component) for group in ("blob", "dfs")),
        *(("network:PrivateEndpoint", f"lake-{group}", f"PrivateEndpoint lake-{group}") for group in ("blob", "dfs")),
        *(
            ("network:PrivateDnsZoneGroup", f"lake-{group}", f"PrivateEndpoint lake-{group}")
            for group in ("blob", "dfs")
        ),
        ("authorization:ManagementLockByScope", "lake", component),
    }
    account = one(planned, "storage:StorageAccount")
    assert account.inputs["identity"]["userAssignedIdentities"] == [IDENTITY]
    assert account.options.protect and one(planned, "storage:BlobContainer").options.protect
    assert "storage:BlobContainer lake-raw" in waits_for(planned, one(planned, "authorization:ManagementLockByScope"))


def test_each_zone_ages_in_its_own_way(plan, azure_types):
    """A zone cools, is archived and deleted; another stays as it is and has no rule."""
    ages = Lifecycle(cool_after_days=10, archive_after_days=20, delete_after_days=30)
    keeps = Lifecycle(cool_after_days=None)
    zones = [Zone(name="raw", lifecycle=ages), Zone(name="gold", lifecycle=keeps)]
    planned = plan(lambda: DataLake("lake", args(redundancy="GRS", zones=zones)))
    judge(planned, azure_types)
    (rule,) = inputs(planned, "storage:ManagementPolicy")["policy"]["rules"]
    assert rule["name"] == "age-raw"
    assert rule["definition"]["actions"]["baseBlob"] == {
        "tierToCool": {"daysAfterModificationGreaterThan": 10},
        "tierToArchive": {"daysAfterModificationGreaterThan": 20},
        "delete": {"daysAfterModificationGreaterThan": 30},
    }


def test_a_lake_that_keeps_everything_has_no_policy(plan, azure_types):
    """Where no zone ages, there is no lifecycle policy at all."""
    zones = [Zone(name="raw", lifecycle=Lifecycle(cool_after_days=None))]
    planned = plan(lambda: DataLake("lake", args(zones=zones)))
    judge(planned, azure_types)
    assert "storage:ManagementPolicy" not in {kind for kind, _, _ in tree(planned)}


def test_ids_are_known(plan):
    """The lake's, its zones' and its endpoints' IDs are known beforehand."""

    def program() -> None:
        lake = DataLake("lake", args(private_link=private_link()))
        pulumi.export("all", [lake.id, lake.name, lake.zone_ids["raw"]])
        pulumi.export("endpoints", list(lake.private_endpoint_ids))

    planned = plan(program)
    zone = f"{LAKE}/blobServices/default/containers/raw"
    assert planned.outputs["all"] == [LAKE, "dlslarkspur", zone]
    assert one(planned, "storage:BlobContainer", "lake-raw").id == zone
    assert planned.outputs["endpoints"] == ["blob", "dfs"]


def test_zone_redundant_accounts_have_no_archive(plan):
    """Azure archives only in LRS, GRS and RA-GRS accounts: anything else is refused beforehand."""
    archived = Zone(name="raw", lifecycle=Lifecycle(archive_after_days=90))
    with pytest.raises(ValueError, match="ZRS has no archive tier, which raw would move to"):
        args(zones=[archived])
    assert args(zones=[archived], redundancy="LRS").zones == [archived]


@pytest.mark.parametrize(
    "days",
    [
        {"cool_after_days": 30, "delete_after_days": 30},
        {"cool_after_days": 90, "archive_after_days": 30},
        {"cool_after_days": 0},
    ],
)
def test_a_lifecycle_goes_one_way(days):
    """Cool, then archive, then delete, each later than the one before."""
    with pytest.raises(ValueError, match="are not increasing days"):
        Lifecycle(**days)


def test_zones_have_different_names():
    """Two zones of one name would be one container."""
    with pytest.raises(ValueError, match="same name"):
        args(zones=[Zone(name="raw"), Zone(name="raw")])
