"""Settings as the text of a stack file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

_HEAD = (
    "# Written by `seawall import` from what exists. What can't be told from there has its default: look it over.",
)


def stack_file(settings: Mapping[str, Any]) -> str:
    """The text of a stack file: plain values first, then a paragraph for each section."""
    plain = {key: value for key, value in settings.items() if not isinstance(value, (Mapping, list))}
    sections = {key: value for key, value in settings.items() if key not in plain}
    blocks = [_block(plain), *(_block({key: value}) for key, value in sections.items())]
    return "\n".join([*_HEAD, "config:", "\n".join(block for block in blocks if block)])


def _block(values: Mapping[str, Any]) -> str:
    if not values:
        return ""
    named = {f"seawall:{key}": value for key, value in values.items()}
    text = yaml.dump(named, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"  {line}\n" if line.strip() else "\n" for line in text.splitlines())


class _Dumper(yaml.SafeDumper):
    """Lists stand below their key, further in, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # Pulumi's YAML takes more for numbers and truth than PyYAML: whatever isn't plainly text is quoted.
    quoted = not value[:1].isalpha() or value.lower() in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
    address = value.replace(".", "").replace("/", "").isdigit() and value.count(".") == 3
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if quoted and not address else None)


_Dumper.add_representer(str, _text)
