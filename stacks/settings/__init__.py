"""The settings of a stack: what an environment is to be, read from its stack file.

`load` reads a file, `from_config` Pulumi's configuration: the same models, the same checks. `checks` has the
combinations that can't be built, each with why.
"""

from stacks.settings.errors import SettingsError, SettingsErrors
from stacks.settings.model import Settings
from stacks.settings.reading import from_config, load
from stacks.settings.schema import json_schema
from stacks.settings.together import check_together

__all__ = ["Settings", "SettingsError", "SettingsErrors", "check_together", "from_config", "json_schema", "load"]
