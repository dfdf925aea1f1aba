"""The combinations of settings that can't be built, each with why: one function a combination.

What is wrong with a single value is said by its model; here stands what is wrong only together with another one.
"""

from stacks.settings.checks import access, hub, learning, names, network, operations, services
from stacks.settings.checks.base import CHECKS, Check, Fault

__all__ = ["CHECKS", "Check", "Fault", "access", "hub", "learning", "names", "network", "operations", "services"]
