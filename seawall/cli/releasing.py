"""From the words on the command line to a release at work: file, environment, port, lease, controller."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.cli import planning, targets
from seawall.cli.exits import BadInput, CloudFault, ExitCode, Stop
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.cli.signing_in import sign_in_locally

if TYPE_CHECKING:
    from seawall.delivery.clock import Clock
    from seawall.delivery.commands import Command
    from seawall.delivery.controller import Controller, Look
    from seawall.delivery.document import Release
    from seawall.delivery.events import Listener
    from seawall.delivery.port import Caller, CloudError, Lease, Port
    from seawall.delivery.state import State
    from seawall.delivery.strategy import ReleasePlan
    from seawall.delivery.target import Target
    from seawall.plan.model import Plan

LAG = timedelta(minutes=3)
"""How long Azure Monitor takes until it knows all of a moment.
Source: Azure Monitor docs, data-platform-metrics: platform metrics are there within three minutes."""
LOCAL_GLANCE = timedelta(milliseconds=250)


class NotReleased(Stop):
    """The release came to an end, and it isn't the new version that answers."""

    code = ExitCode.REFUSED


class Interrupted(Stop):
    """Someone stopped the controller; the release stays where it is."""

    code = ExitCode.INTERRUPTED


@dataclass(frozen=True)
class Wanted:
    """What a release file asks for in an environment, read and checked; no cloud was asked."""

    project: Project
    env: str
    file: Path
    local: bool
    release: Release
    released: ReleasePlan
    plan: Plan
    target: Target

    @property
    def command(self) -> str:
        """The command line's tail, for hints."""
        return f"{self.file} --env {self.env}{' --local' if self.local else ''}"


def wanted(file: Path, env: str, local: bool, cwd: Path, store: Path | None, screen: Screen) -> Wanted:
    """Read the release file and plan its environment. Raises `BadInput` with everything that is wrong."""
    project = Project.of(env, cwd, store)
    release = _read(project, file, env, local)
    from seawall.delivery.planning import planned

    plan = planning.plan(project, env, screen)
    target = targets.target(project, env, release.endpoint, screen, plan)
    if not target.storage_account:
        raise BadInput(f"the workspace of {env} has no storage account, which keeps the lease of its endpoints")
    return Wanted(project, env, file, local, release, planned(release, file.resolve().parent), plan, target)


def _read(project: Project, file: Path, env: str, local: bool) -> Release:
    from seawall.delivery.documents import load
    from seawall.delivery.source import FileErrors

    try:
        return load(file, env, local=local)
    except FileErrors as errors:
        hint = f"Nothing was changed. Mend {file}, and see with `seawall release plan` what it comes to."
        raise BadInput([str(error) for error in errors.errors], hint=hint) from None


def open_port(wanted: Wanted) -> Port:
    """The port to the cloud: Azure, or the local one in the same words. Tests put their own here."""
    if wanted.local:
        sign_in_locally(wanted.project)
    from seawall.delivery.azure_port import AzurePort

    return AzurePort(wanted.target)


@contextmanager
def cloud(wanted: Wanted) -> Iterator[Port]:
    """The port, closed at the end. What the cloud refuses becomes a message and an exit code."""
    from seawall.delivery.controller import NoRelease
    from seawall.delivery.decide import Refused
    from seawall.delivery.port import CloudError, LeaseLost, LeaseTaken

    port: Any = None
    try:
        port = open_port(wanted)
        yield port
    except LeaseTaken as taken:
        hint = f"`seawall release status {wanted.command}` shows it; pause, promote and abort reach its controller."
        raise CloudFault(str(taken), hint=hint, document={"holder": taken.holder}) from None
    except LeaseLost as lost:
        raise CloudFault(str(lost), hint=_stays(wanted)) from None
    except Refused as refused:
        again = "--again begins it once more." if "begin it again" in str(refused) else ""
        raise NotReleased(str(refused), hint=f"Nothing was changed. {again}".strip()) from None
    except NoRelease as error:
        raise CloudFault(str(error), hint=_stays(wanted)) from None
    except CloudError as error:
        raise CloudFault(str(error), hint=_mending(wanted, error)) from None
    finally:
        if port is not None:
            port.close()


def _mending(wanted: Wanted, error: CloudError) -> str:
    """What to do about an error of the cloud's, where it says that nobody was let in or that nothing is there."""
    where = " --local" if wanted.local else ""
    if error.code == "AuthenticationFailed" and not wanted.local:
        return "Nothing was changed. Sign in with `az login`; --local works on the Azure of this machine instead."
    if error.code == "NotFound" and error.status == 404:
        return f"Nothing was changed. `seawall up {wanted.env}{where}` brings it up."
    return _stays(wanted)


def _stays(wanted: Wanted) -> str:
    return f"The traffic stays as it is. To go on: seawall release start {wanted.command}"


def clock() -> Clock:
    """The time of controllers. Tests put their own here."""
    from seawall.delivery.clock import SystemClock

    return SystemClock()


def seen(port: Port) -> Look:
    """The endpoint as it is."""
    from seawall.delivery.controller import look

    return look(port)


@contextmanager
def controller(
    wanted: Wanted, port: Port, listen: Listener, *, by: Caller, given: Command | None = None
) -> Iterator[Controller]:
    """A controller that holds the endpoint's lease for as long as it works."""
    from seawall.delivery import lease as leases
    from seawall.delivery.controller import GLANCE, Controller
    from seawall.delivery.events import Warned
    from seawall.delivery.performing import Performing

    held: Lease = port.lease({**leases.holder(str(wanted.file.name)), "caller": by.name})
    performing = Performing(
        port,
        wanted.target,
        wanted.release,
        wanted.file.resolve().parent,
        tags=own_tags(wanted),
        clock=clock(),
        lag=timedelta(0) if wanted.local else LAG,
    )
    one = Controller(
        port=port,
        plan=wanted.released,
        performer=performing,
        lease=held,
        listen=listen,
        clock=performing.clock,
        given=given,
        glance=LOCAL_GLANCE if wanted.local else GLANCE,
    )

    def notify(state: State, why: str) -> None:
        problem = performing.notify(state, why)
        if problem:
            listen(Warned(one.clock.now(), problem))

    one.notify = notify
    try:
        with terminable(wanted):
            yield one
    finally:
        held.release()


def own_tags(wanted: Wanted) -> dict[str, str]:
    """What everything in the environment carries, as its endpoint does: whose it is, and who pays."""
    from seawall.plan.values import plain

    endpoint = targets.endpoint_of(wanted.plan, wanted.target.endpoint)
    return {key: str(value) for key, value in (plain(endpoint.inputs).get("tags") or {}).items()}


@contextmanager
def terminable(wanted: Wanted) -> Iterator[None]:
    """Ctrl-C, and the SIGTERM with which pipelines end a job, stop the controller and nothing else."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("stopped; the release is under way, and nobody watches it", hint=_stays(wanted)) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def identity(by: Caller, approvers: tuple[str, ...] = ()) -> str:
    """What a person is called in a command: the name by which a release file knows them, where it does."""
    known = {one.casefold() for one in approvers}
    return by.oid if by.oid.casefold() in known and by.name.casefold() not in known else by.name


def approvers(release: Release) -> tuple[str, ...]:
    hooks = (*release.hooks.before_traffic, *release.hooks.before_promotion)
    return tuple(one for hook in hooks if hook.approval for one in hook.approval.approvers)
