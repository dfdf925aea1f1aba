"""What the managed network of an environment reaches by private endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from seawall.plan.project import plan_project
from stacks.settings.configuration import configuration

ROOT = Path(__file__).parents[2]


def outbound_rules(folder: Path, **changes: Any) -> dict[str, tuple[str, str]]:
    """The name of the target and the group of each outbound rule of dev, with sections of its file changed."""
    document = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    document["config"] |= {f"seawall:{section}": value for section, value in changes.items()}
    path = folder / "Pulumi.dev.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    config = configuration(path)
    plan = plan_project(ROOT, "dev", config.values, secret_keys=config.secrets)
    workspace = next(plan.of_type("azure-native:machinelearningservices:Workspace"))
    rules = workspace.inputs["managedNetwork"].get("outboundRules") or {}
    targets = {name: rule["destination"] for name, rule in rules.items()}
    return {
        name: (target["serviceResourceId"].rpartition("/")[2], target["subresourceTarget"])
        for name, target in targets.items()
    }


def test_it_reaches_the_lake_and_what_batch_jobs_need(tmp_path: Path) -> None:
    """Azure makes endpoints to the workspace's blobs and files alone; the rest is made here."""
    rules = outbound_rules(tmp_path)
    lake, storage = rules["lake-blob"][0], rules["storage-queue"][0]
    assert (lake[:3], storage[:2]) == ("dls", "st")
    assert rules == {
        "lake-blob": (lake, "blob"),
        "lake-dfs": (lake, "dfs"),
        "storage-queue": (storage, "queue"),
        "storage-table": (storage, "table"),
    }


def test_without_a_lake_and_batch_endpoints_it_reaches_nothing_more(tmp_path: Path) -> None:
    """An endpoint that nobody needs costs by the hour."""
    assert outbound_rules(tmp_path, dataLake={"enabled": False}, endpoints={"online": []}) == {}
