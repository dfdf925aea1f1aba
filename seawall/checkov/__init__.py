"""checkov beside our own rules: a second opinion on a plan, and on the project's own workflows and Dockerfiles.

It runs as a command from an environment of its own, since its pins contradict those of Pulumi.
"""

from __future__ import annotations


class CheckovError(Exception):
    """checkov can't be had or can't be run; the message is a line for people."""
