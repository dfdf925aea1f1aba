"""Stack files of every kind: each that the settings take can be planned, and what it would send is what Azure takes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings

from tests.stacks.documents import written
from tests.stacks.strategies import settings_documents
from tests.test_platform import faults, planned


# Without shrinking: a plan takes half a second, and the failing file is shown as it is.
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(settings_documents())
def test_every_right_stack_file_plans(azure_types, document):
    """A stack file that is right plans without a fault, and every exported body is valid."""
    with TemporaryDirectory() as folder:
        path = written(Path(folder), document, document["config"]["seawall:environment"])
        plan = planned(path, document["config"]["seawall:environment"])
    assert plan.managed
    assert faults(plan, azure_types) == []
