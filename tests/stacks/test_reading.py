"""Stack files that can be used: the project's own, the smallest ones, and what Pulumi and people put into them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.settings import Settings, SettingsErrors, from_config, load
from stacks.settings.configuration import configuration
from stacks.settings.reading import TEXTS
from tests.stacks.documents import HUB, SPOKE, changed, minimal, written

STACKS = Path(__file__).parents[2] / "stacks"
SETTINGS = {name: load(STACKS / f"Pulumi.{name}.yaml") for name in ("shared", "dev", "test", "prod")}


def errors_of(path: Path) -> dict[str, str]:
    with pytest.raises(SettingsErrors) as caught:
        load(path)
    return {error.path: f"{error.got}; {error.expected}" for error in caught.value.errors}


@pytest.mark.parametrize("stack", SETTINGS)
def test_the_program_reads_what_the_file_says(stack):
    """Pulumi's configuration gives the same settings as the file it came from."""
    values = configuration(STACKS / f"Pulumi.{stack}.yaml").values
    assert from_config(lambda key: values.get(f"seawall:{key}"), stack) == SETTINGS[stack]


@pytest.mark.parametrize("stack", ["dev", "prod", "test", "shared"])
def test_the_smallest_file_has_fewer_than_25_lines(tmp_path, stack):
    """Everything but who, where, for whom and how much has a default, in production too."""
    path = written(tmp_path, minimal(), stack)
    assert len(path.read_text().splitlines()) < 25
    assert load(path).environment == stack


def test_defaults_are_closed(tmp_path):
    """What a file doesn't open is private, by identity, recoverable, logged and told to the owner."""
    settings = load(written(tmp_path, minimal(), "dev"))
    assert settings.network.managed.isolation == "allowOnlyApprovedOutbound"
    assert settings.monitoring.private_ingestion and settings.monitoring.retention_days == 90
    assert settings.security.key_vault.purge_protection and not settings.storage.shared_key_access
    assert settings.workspace.datastore_auth == "identity" and settings.workspace.identity == "userAssigned"
    assert settings.alert_receivers == settings.budget_contacts == (settings.owner,)
    assert settings.budget.thresholds.actual and settings.budget.thresholds.forecast
    assert not settings.uses_own_keys


@pytest.mark.parametrize(
    ("environment", "tier"),
    [
        ("dev", "preproduction"),
        ("shared", "production"),
        ("test", "production"),
        ("prod", "production"),
        ("uat", "production"),
    ],
)
def test_the_tier_follows_from_the_environment(tmp_path, environment, tier):
    """Only dev is preproduction unless a file says so."""
    assert load(written(tmp_path, minimal(), environment)).tier == tier


def test_another_environment_may_be_preproduction(tmp_path):
    """A sandbox that isn't called dev says what it is."""
    assert not load(written(tmp_path, minimal(tier="preproduction"), "sandbox")).is_production


def test_a_stack_may_have_another_name_than_its_environment(tmp_path):
    """The environment is part of Azure's names, the stack's name is not."""
    settings = load(written(tmp_path, minimal(environment="prod"), "prod-eu"))
    assert settings.environment == "prod" and settings.is_production


def test_a_stack_name_that_is_no_environment_needs_one(tmp_path):
    """The stack's name stands for the environment only where it can be part of Azure's names."""
    assert "lower-case" in errors_of(written(tmp_path, minimal(), "prod-eu"))["config.seawall:environment"]


def test_the_four_stacks_are_what_they_say():
    """shared is a hub, dev stands alone and open outwards, test and prod are its spokes, prod has its own keys."""
    shared, dev, test, prod = SETTINGS.values()
    assert shared.is_hub and shared.is_shared and not shared.has_data_lake
    assert dev.has_managed_network and dev.network.managed.isolation == "allowInternetOutbound"
    assert test.is_spoke and prod.is_spoke and test.firewall_ip == prod.firewall_ip == shared.firewall_ip
    assert prod.uses_own_keys and prod.data_classification == "confidential"
    assert len(prod.compute.clusters) == 2
    assert len(prod.endpoints.online) == 3 and len(prod.endpoints.batch) == 2
    assert len({settings.subscription for settings in SETTINGS.values()}) == 4
    assert {settings.shared_registry_name for settings in SETTINGS.values()} == {"mlr-larkspur-mlp-shared-weu"}


def test_a_hub_without_a_word_more_has_a_firewall(tmp_path):
    """hubAndSpoke in shared needs nothing but the mode."""
    settings = load(written(tmp_path, minimal(network=HUB), "shared"))
    assert settings.hub.egress == "firewall" and settings.network.hub is not None
    assert str(settings.firewall_ip) == "10.40.0.4"
    assert str(settings.subnets.firewall) == "10.40.0.0/26" and settings.subnets.bastion is None


def test_a_spoke_knows_the_firewall_from_the_hubs_range(tmp_path):
    """The firewall has the first usable address of its subnet, which is computed or named."""
    spoke = minimal(network=SPOKE)
    assert str(load(written(tmp_path, spoke, "test")).firewall_ip) == "10.40.0.4"
    named = changed(spoke, {"network.hub.firewallSubnet": "10.40.2.0/26"})
    assert str(load(written(tmp_path, named, "test")).firewall_ip) == "10.40.2.4"
    nat = changed(spoke, {"network.hub.egress": "nat"})
    assert load(written(tmp_path, nat, "test")).firewall_ip is None


def test_each_zone_has_a_datastore_unless_others_are_named(tmp_path):
    """Data stores follow the data lake's zones."""
    lake = minimal(dataLake={"zones": ["raw", "gold-claims"]})
    stores = load(written(tmp_path, lake)).all_datastores
    assert [(store.name, store.zone) for store in stores] == [("lake_raw", "raw"), ("lake_gold_claims", "gold-claims")]
    assert load(written(tmp_path, changed(lake, {"datastores": []}))).all_datastores == ()
    assert load(written(tmp_path, minimal(dataLake={"enabled": False}))).all_datastores == ()


def test_pulumis_own_keys_are_taken(tmp_path):
    """`pulumi stack init` and ESC add keys of their own, and providers have their namespaces."""
    document = minimal() | {
        "encryptionsalt": "v1:abc",
        "secretsprovider": "azurekeyvault://x",
        "encryptedkey": "abc",
        "environment": ["platform/dev"],
    }
    document["config"]["azure-native:location"] = "westeurope"
    document["config"]["azure-native:subscriptionId"] = "22222222-2222-2222-2222-222222222222"
    document["config"]["other:token"] = {"secure": "v1:abc"}
    assert load(written(tmp_path, document)).location == "westeurope"


def test_a_provider_may_not_contradict_the_settings(tmp_path):
    """azure-native:subscriptionId is the stack's subscription, or it isn't there."""
    document = minimal()
    document["config"]["azure-native:subscriptionId"] = "33333333-3333-3333-3333-333333333333"
    found = errors_of(written(tmp_path, document))
    assert "22222222-2222-2222-2222-222222222222" in found["config.azure-native:subscriptionId"]


def test_keys_without_a_namespace_are_the_projects(tmp_path):
    """Pulumi puts the project's name before a key that has no namespace; one setting in both forms is an error."""
    document = {"config": {key.removeprefix("seawall:"): value for key, value in minimal()["config"].items()}}
    assert load(written(tmp_path, document)).organisation == "larkspur"
    document["config"]["seawall:owner"] = "ml-platform@larkspur.example"
    assert "it once; owner is it too" in errors_of(written(tmp_path, document))["config.seawall:owner"]


def test_settings_beside_config_are_told_where_they_belong(tmp_path):
    """A setting at the file's top is not under config, where Pulumi looks."""
    found = errors_of(written(tmp_path, minimal() | {"seawall:location": "westeurope", "cofig": {}}))
    keys = "config, secretsprovider, encryptedkey, encryptionsalt, environment"
    assert found == {
        "seawall:location": "an unknown key; it under config",
        "cofig": f"an unknown key; 'config'? The keys here are {keys}",
    }


@pytest.mark.parametrize("text", ["config:\n", "config: []\n", "config: x\n"])
def test_config_is_a_mapping(tmp_path, text):
    """Without settings there is one error for config and one for each that is required."""
    found = errors_of(written(tmp_path, text))
    assert found["config"].endswith("a mapping of settings")
    assert "config.seawall:organisation" in found


def test_a_section_may_be_json_text(tmp_path):
    """`pulumi config set seawall:network '{...}'` leaves JSON in the file."""
    document = minimal(network=json.dumps(SPOKE))
    assert load(written(tmp_path, document, "test")).is_spoke


def test_days_may_be_written_without_quotes(tmp_path):
    """Pulumi takes an unquoted day for a time; it is the same day in the settings."""
    text = written(tmp_path, minimal(expiry="2027-06-30")).read_text().replace("'", "")
    assert "expiry: 2027-06-30\n" in text and "start: 2026-12-01\n" in text
    path = written(tmp_path, text)
    settings = load(path)
    assert (str(settings.expiry), str(settings.budget.start)) == ("2027-06-30", "2026-12-01")
    values = configuration(path).values
    assert from_config(lambda key: values.get(f"seawall:{key}"), "dev") == settings


def test_days_as_pulumi_rewrites_them_are_taken(tmp_path):
    """`pulumi config set` writes an unquoted day back as midnight UTC."""
    settings = load(written(tmp_path, minimal(expiry="2027-06-30T00:00:00Z")))
    assert str(settings.expiry) == "2027-06-30"


@pytest.mark.parametrize(
    ("written_as", "taken_for"), [("007", "7"), ("1.10", "1.1"), ("1_000", "1000"), ("0x10", "16")]
)
def test_numbers_that_pulumi_would_change_need_quotes(tmp_path, written_as, taken_for):
    """A cost centre 007 would reach Azure as 7."""
    path = written(tmp_path, minimal())
    path.write_text(path.read_text().replace("CC-4110", written_as))
    expected = f"{written_as}; it in quotes: Pulumi takes it for {taken_for}"
    assert errors_of(path) == {"config.seawall:costCenter": expected}


def test_numbers_that_pulumi_keeps_need_none(tmp_path):
    """A cost centre 4110 stays 4110."""
    path = written(tmp_path, minimal())
    path.write_text(path.read_text().replace("CC-4110", "4110"))
    assert load(path).cost_center == "4110"


def test_secrets_stay_opaque(tmp_path):
    """A secret's value is neither read nor shown."""
    settings = load(written(tmp_path, minimal(alertWebhook={"secure": "v1:ciphertext"})))
    assert settings.alert_webhook is not None
    assert "ciphertext" not in repr(settings) and "ciphertext" not in settings.model_dump_json()


def test_secrets_are_settings_of_their_own(tmp_path):
    """A nested secret would reach the program in clear; a setting that is read before decryption can't be one."""
    document = minimal(
        owner={"secure": "v1:abc"},
        compute={"clusters": [{"name": {"secure": "v1:abc"}, "size": "Standard_DS3_v2", "maxNodes": 1}]},
        alertWebhook="https://hooks.larkspur.example/secret-token",
    )
    found = errors_of(written(tmp_path, document))
    assert "in clear: Seawall reads it before anything is decrypted" in found["config.seawall:owner"]
    assert "reach the program in clear" in found["config.seawall:compute.clusters[0].name"]
    assert "pulumi config set --secret seawall:alertWebhook" in found["config.seawall:alertWebhook"]
    assert len(found) == 3 and "secret-token" not in str(found)


def test_a_decrypted_webhook_is_checked_and_never_shown(tmp_path):
    """The program sees the value in clear: it is a URL over TLS, and no error repeats it."""
    values = configuration(written(tmp_path, minimal())).values
    for value, right in (("https://hooks.larkspur.example/x", True), ("http://hooks.larkspur.example/x", False)):
        get = (values | {"seawall:alertWebhook": value}).get
        if right:
            assert from_config(lambda key, get=get: get(f"seawall:{key}"), "dev").alert_webhook is not None
            continue
        with pytest.raises(SettingsErrors) as caught:
            from_config(lambda key, get=get: get(f"seawall:{key}"), "dev")
        assert (
            str(caught.value) == "config.seawall:alertWebhook: got [secret], expected a URL that starts with https://"
        )


def test_the_program_gets_the_same_errors_without_lines(tmp_path):
    """Values from Pulumi's configuration are checked as those of a file."""
    values = {"organisation": "Larkspur", "network": "{broken", "budget": "", "keepVersionAliases": "perhaps"}
    with pytest.raises(SettingsErrors) as caught:
        from_config(values.get, "dev")
    found = {error.path: error for error in caught.value.errors}
    assert {"organisation", "network", "budget", "keepVersionAliases", "owner"} <= {
        path.removeprefix("config.seawall:") for path in found
    }
    assert all(error.line is None and error.file == "" for error in found.values())


def test_conda_files_stand_beside_the_stack_file(tmp_path):
    """A file that is named is there."""
    document = minimal(
        environments=[{"name": "scoring", "image": "mcr.microsoft.com/azureml/base:1", "condaFile": "conda/a.yaml"}],
        compute={"clusters": [{"name": "cpu", "size": "Standard_DS3_v2", "maxNodes": 1}]},
    )
    (tmp_path / "conda").mkdir()
    (tmp_path / "conda" / "a.yaml").write_text("dependencies: []\n")
    assert load(written(tmp_path, document)).environments[0].conda_file == "conda/a.yaml"


def test_an_image_may_come_from_the_own_registry(tmp_path):
    """The stack's own container registry is approved by itself."""
    registry = SETTINGS["dev"].names.of("container registry")
    image = f"{registry}.azurecr.io/scoring:1"
    document = minimal(environments=[{"name": "scoring", "image": image}])
    assert load(written(tmp_path, document)).environments[0].image == image


def test_text_settings_are_those_whose_schema_is_text():
    """Pulumi hands text on as it is, and everything else as JSON: the list of texts is complete."""
    properties = Settings.model_json_schema(by_alias=True)["properties"]
    optional = {name: schema.get("anyOf", [schema])[0] for name, schema in properties.items()}
    assert {name for name, schema in optional.items() if schema.get("type") == "string"} == TEXTS


def test_settings_are_frozen():
    """Settings are a value: nobody changes them on the way."""
    with pytest.raises(ValueError, match="frozen"):
        SETTINGS["dev"].owner = "someone@larkspur.example"  # type: ignore[misc]


def test_settings_load_no_pulumi():
    """Reading a stack file doesn't load the Pulumi SDK, which takes seconds: errors come at once."""
    program = "import sys, stacks.settings; print([name for name in sys.modules if name.startswith('pulumi')])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=STACKS.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
