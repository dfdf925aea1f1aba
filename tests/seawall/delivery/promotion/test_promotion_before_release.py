"""A release asks whether its model was let into the environment: by the version's stamp, and the audit record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seawall.delivery.documents import FileErrors, load
from seawall.delivery.promotion import admission, stamps
from seawall.delivery.promotion.audit import Event, Record
from tests.seawall.delivery.control.releasing import release

RECORD = Record(
    event=Event.PROMOTED,
    model="claims-fraud",
    version="7",
    source="registry",
    target="prod",
    digest="ab" * 32,
    by="mara@larkspur.example",
    at="2026-12-01T10:00:00Z",
)
TAGS = stamps.stamps(RECORD)
MODEL = {"from": "registry", "name": "claims-fraud", "version": "7"}
SHARED = release(model=MODEL)


def fault(environment: str = "prod", **given: object) -> str:
    """What is against a release; `given`: another release file, other tags, other records."""
    wanted, tags = given.get("wanted", SHARED), given.get("tags", TAGS)
    records = given.get("records", [RECORD])
    first = admission.unstamped(wanted, environment, tags)  # type: ignore[arg-type]
    return first or admission.unrecorded(wanted, environment, tags, records)  # type: ignore[arg-type]


def test_a_stamped_and_recorded_version_is_let_in() -> None:
    assert fault() == ""


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tags": {}}, "claims-fraud:7 was not promoted to prod"),
        ({"environment": "test"}, "claims-fraud:7 was not promoted to test, only to prod"),
        ({"records": []}, "name a promotion to prod that its audit record doesn't have"),
        ({"records": [replace(RECORD, event=Event.ALLOWED)]}, "that its audit record doesn't have"),
        ({"records": [replace(RECORD, by="ben@larkspur.example")]}, "that its audit record doesn't have"),
        ({"tags": {**TAGS, stamps.DIGEST: "cd" * 32}}, "name is of claims-fraud:7, SHA-256 abababababab"),
        ({"wanted": release(model={**MODEL, "version": "8"})}, "name is of claims-fraud:7"),
        ({"tags": {"seawall-promoted-prod": "yes", stamps.DIGEST: RECORD.digest}}, "was not promoted to prod"),
        ({"wanted": release()}, "claims-fraud:7 of the workspace of prod was promoted by nobody"),
        ({"wanted": release(promotion="recipe")}, "no recipe of claims-fraud was promoted to prod"),
    ],
)
def test_what_was_not_let_in_is_told(given: dict[str, object], sentence: str) -> None:
    """No stamp, one of another environment, version or bytes, one that nobody has on record, one written by hand."""
    assert sentence in fault(**given)  # type: ignore[arg-type]


def test_a_model_trained_anew_needs_its_recipe() -> None:
    """The file says so; a recipe of this model for this environment is on record."""
    recipe = replace(RECORD, version="3", details={"recipe": "recipes/claims-fraud/3-abab.json"})
    assert fault(wanted=release(promotion="recipe"), records=[recipe]) == ""
    assert fault(wanted=release(promotion="recipe"), records=[replace(recipe, target="test")]) != ""
    assert fault(wanted=release(promotion="recipe"), records=[replace(recipe, model="claims-triage")]) != ""


def test_models_are_made_in_dev_and_a_file_may_ask_for_none() -> None:
    """Nothing is asked in dev unless the file asks; elsewhere the file has to say that nothing is."""
    assert fault("dev", tags={}, records=[]) == ""
    assert fault("dev", wanted=release(model=MODEL, promotion="model"), tags={}) != ""
    assert fault("prod", wanted=release(promotion="none"), tags={}, records=[]) == ""


def test_what_to_do_is_said_with_the_model_and_the_environment() -> None:
    """A command to copy for the registry's version, and the setting for one that is trained anew."""
    assert "`seawall model promote claims-fraud:7 --from registry --to prod`" in admission.remedy(SHARED, "prod")
    assert "promotion: recipe" in admission.remedy(release(), "prod")
    retrains = admission.remedy(release(promotion="recipe"), "prod")
    assert "seawall model promote claims-fraud:VERSION --from dev --to prod" in retrains


def test_a_recipe_is_of_no_registry_model(tmp_path: Path) -> None:
    """What the registry has was not trained anew: the file says one or the other."""
    (tmp_path / "release.yaml").write_text(
        "endpoint: fraud-online\nmodel: {name: claims-fraud, version: 7}\npromotion: recipe\n"
        "instance: {type: Standard_DS3_v2}\n"
    )
    with pytest.raises(FileErrors, match="from: workspace"):
        load(tmp_path / "release.yaml", "prod")
