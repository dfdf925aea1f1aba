"""The cloud that Pulumi's engine works on: Azure, or, with --local, the one on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from seawall.cli import planning, runs, summary
from seawall.cli.exits import BadInput, CloudFault, Interrupted
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.engine import backend, command
from seawall.engine.errors import EngineError, EngineInterrupted, EngineMissing
from seawall.engine.stack import EngineStack
from seawall.plan.model import Plan


@dataclass(frozen=True, kw_only=True)
class Where:
    """The cloud that the engine works on."""

    project: Project
    screen: Screen
    local: bool
    unknown: bool = False
    """Whether providers preview as azure-native does, leaving unknown what Azure fills in."""

    @property
    def cloud(self) -> summary.Cloud:
        return summary.LOCAL_BY_PULUMI if self.local else summary.AZURE

    @property
    def name(self) -> str:
        return self.cloud.name

    def tenant(self, name: str) -> str:
        """The tenant that a stack's people and pipelines log in to."""
        return planning.settings(self.project, name).tenant

    @contextmanager
    def stack(self, name: str, plan: Plan | None = None) -> Iterator[EngineStack]:
        """One stack, with providers to attach to where the cloud is the local one.

        Raises `BadInput` where there is no engine, `CloudFault` and `Interrupted` for what goes wrong while it is open.
        """
        try:
            found = command.find()
            with self._backend(name) as kept:
                stack = EngineStack(
                    name,
                    kept,
                    found,
                    policy_pack=self.project.root / "policies",
                    tenant=self.tenant(name),
                    ids={resource.urn: resource.id for resource in plan.resources} if plan else {},
                    told=self._interrupted,
                )
                if lock := stack.free():
                    self.screen.warn(f"{name}: the lock that {lock} left when it was killed is taken off")
                yield stack
        except EngineMissing as missing:
            raise BadInput(str(missing), hint=missing.hint) from None
        except EngineInterrupted as stopped:
            raise Interrupted(str(stopped), hint=stopped.hint) from None
        except EngineError as error:
            raise CloudFault(str(error), hint=error.hint) from None

    @contextmanager
    def _backend(self, name: str) -> Iterator[backend.Backend]:
        if not self.local:
            kept = planning.settings(self.project, name).state
            yield backend.Backend(
                work_dir=self.project.root, url=kept.backend or "", secrets_provider=kept.secrets_provider
            )
            return
        from seawall.local.provider.answers import Previews
        from seawall.local.provider.server import attachment, served

        config = planning.configuration_of(self.project, name)
        previews: Previews = "unknown" if self.unknown else "known"
        with runs.local_azure(self.project) as azure, served(azure, config, previews=previews) as ports:
            folder = self.project.store.with_name("pulumi")
            yield backend.local(self.project.root, folder, attachment(ports))

    def _interrupted(self, times: int) -> None:
        told = {
            1: "stopping: what is under way ends first; Ctrl-C again abandons it",
            2: "abandoned: what was under way stays pending, the next run looks after it",
        }
        self.screen.warn(told.get(times, "killed"))
