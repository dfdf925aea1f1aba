"""Jobs: those that batch endpoints start are read, listed and cancelled as any; nothing else runs here."""

from __future__ import annotations

from seawall.local.actions.call import ActionCall
from seawall.local.response import Response
from seawall.local.services.machine_learning import WORKSPACE
from seawall.local.services.reading import text
from seawall.local.services.service import refuse

JOB = f"{WORKSPACE}/jobs"


def write(call: ActionCall) -> Response | None:
    """A new job is refused with its kind; one that is there may be described anew."""
    if call.store.exists(call.route.id):
        return None
    kind = text(call.body, "properties", "jobType", default="unknown").lower()
    raise refuse(
        "NotImplemented",
        f"The local Azure doesn't run {kind} jobs: {call.route.name} was not started. Batch endpoints start their own.",
        status=501,
    )


def trigger(call: ActionCall) -> Response:
    """Running a schedule's job at once would start one of the kinds that don't run here."""
    row = call.target()
    kind = text(row.body, "properties", "action", "actionType", default="CreateJob")
    name = row.id.rsplit("/", 1)[-1]
    raise refuse("NotImplemented", f"The local Azure doesn't run what schedule {name} starts ({kind}).", status=501)


ACTIONS = {(f"{WORKSPACE}/schedules", "trigger"): trigger}
WRITES = {JOB: write}
