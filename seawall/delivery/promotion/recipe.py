"""What is promoted where a model's data may not leave their environment: how the model is made, not the model.

The recipe names the repository and commit of the training code, the environment (which is shared with the registry),
and the training data by the name and version that the target has them under. The target's own pipeline trains by it,
and registers what comes out there. Code goes by its commit, the one thing that every environment can read and none can
change: a workspace's code assets can't be read from another's private network.
"""

from __future__ import annotations

import json

from seawall.delivery.promotion.facts import Facts
from seawall.delivery.promotion.gates import RECIPE_TAGS


def path(facts: Facts) -> str:
    """Where the recipe lies, beside the audit record of the target."""
    return f"recipes/{facts.model.name}/{facts.model.version}-{facts.digest[:12]}.json"


def document(facts: Facts, registry: str) -> bytes:
    """The recipe as JSON, the same for the same facts."""
    tags = {name: facts.tags.get(name, "").strip() for name in RECIPE_TAGS}
    environment, _, version = facts.environment.partition(":")
    content = {
        "model": facts.model.name,
        "trainedFirstAs": facts.model.version,
        "digestOfThatModel": facts.digest,
        "code": {"repository": tags["git-repository"], "commit": tags["git-commit"]},
        "environment": f"azureml://registries/{registry}/environments/{environment}/versions/{version}",
        "data": f"azureml:{tags['training-data']}",
    }
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
