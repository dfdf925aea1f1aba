"""What makes a Pulumi program on azure-native start fast, under the real engine and under ours.

Three costs dominate such a program: garbage collection, whose full passes walk the hundred thousands of objects of a
large SDK again and again; the aliases to old API versions that the SDK puts on every resource (4 to 60 of them, each
some Outputs) and that no current engine reads; and SDK packages that import all their resources for the sake of one.

Collection must be off before Pulumi is imported: a program's first two lines are `import gc` and `gc.disable()`.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pulumi

_frozen = False


def drop_version_aliases() -> None:
    """Register the transformation that drops azure-native's aliases to old API versions from all resources.

    To be called first in a program. A stack that was built with versioned modules
    (`pulumi_azure_native.storage.v20230101`) must not call it: it needs those aliases, or its resources are replaced.
    A second call does nothing: the offline engine calls it for programs that don't.
    """
    import pulumi
    from pulumi.runtime.settings import get_root_resource

    root = get_root_resource()
    if root is None or without_version_aliases not in root._transformations:
        pulumi.runtime.register_stack_transformation(without_version_aliases)


def without_version_aliases(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """The resource with the aliases that a person gave it, and without those of type alone that azure-native adds."""
    aliases = args.opts.aliases
    if not aliases or not args.type_.startswith("azure-native:"):
        return None
    import pulumi

    kept = [alias for alias in aliases if not _of_version(alias)]
    if len(kept) == len(aliases):
        return None
    opts = args.opts._copy()
    opts.aliases = kept or None
    return pulumi.ResourceTransformationResult(props=args.props, opts=opts)


def _of_version(alias: Any) -> bool:
    import pulumi

    return (
        isinstance(alias, pulumi.Alias)
        and isinstance(alias.type_, str)
        and alias.type_.startswith("azure-native:")
        and alias.name is ...
        and alias.parent is ...
        and alias.stack is ...
        and alias.project is ...
    )


def resume_collection() -> None:
    """Turn garbage collection on again, past what the SDK's import and the first program left behind.

    What is frozen is never looked at again, so only the first call freezes: a process that plans many times would
    otherwise keep each plan's garbage.
    """
    global _frozen
    if not _frozen:
        gc.freeze()
        _frozen = True
    gc.enable()


def import_in_parts(*packages: str) -> None:
    """Let SDK packages that import all their resources at once (azuread, azuredevops) import those in use alone.

    `pulumi_azuread.Group` then loads `pulumi_azuread.group`; a name that no module is named after loads the whole
    package, as without this. What goes missing is the package's entry for references to its resources from components
    in other languages. To be called before the packages are imported; those that are imported already stay as they are.
    """
    for name in packages:
        spec = importlib.util.find_spec(name) if name not in sys.modules else None
        if spec is not None:
            package = importlib.util.module_from_spec(spec)
            package.__class__ = _InParts  # type: ignore[assignment]  # a module may take another class (PEP 549)
            sys.modules[name] = package


class _InParts(ModuleType):
    """A package whose `__init__` runs when a name is asked for that none of its modules has."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self.__spec__ is None or self.__spec__.loader is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        for part in (name, re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()):
            if importlib.util.find_spec(f"{self.__name__}.{part}") is not None:
                module = importlib.import_module(f"{self.__name__}.{part}")
                # A function is named as its module is, and comes before it.
                if hasattr(module, name):
                    setattr(self, name, getattr(module, name))
                    return getattr(module, name)
                if part == name:
                    return module
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)
