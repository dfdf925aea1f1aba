"""The JSON Schema of a stack file, for editors and for whoever reads it as documentation."""

from __future__ import annotations

from typing import Any

from stacks.settings.model import Settings
from stacks.settings.reading import NAMESPACE, SECRETS, TEXTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DEFAULTED = ("environment", "tier")
"""Settings that follow from the stack's name where the file doesn't say them."""


def json_schema() -> dict[str, Any]:
    """The schema of a whole stack file: Pulumi's own keys, and the settings under `config`.

    A setting may stand with or without `seawall:`: Pulumi adds the project's name where there is none.
    """
    settings = _tidy(Settings.model_json_schema(by_alias=True))
    definitions, properties = settings["$defs"], settings["properties"]
    definitions["secret"] = {
        "type": "object",
        "description": "A value that Pulumi has encrypted.",
        "properties": {"secure": {"type": "string", "description": "The encrypted value."}},
        "required": ["secure"],
        "additionalProperties": False,
    }
    for name, schema in properties.items():
        definitions[name] = _as_written(name, schema)
    written = {key: {"$ref": f"#/$defs/{name}"} for name in properties for key in (f"{NAMESPACE}:{name}", name)}
    required = [name for name in settings["required"] if name not in _DEFAULTED]
    return {
        "$schema": DIALECT,
        "title": "A Seawall stack file (Pulumi.<stack>.yaml)",
        "description": settings["description"],
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": f"Settings of the stack, under {NAMESPACE}:, and of providers under their own names.",
                "properties": written,
                "patternProperties": {f"^(?!{NAMESPACE}:)[A-Za-z0-9_-]+:.+$": {}},
                "additionalProperties": False,
                "allOf": [
                    {"anyOf": [{"required": [f"{NAMESPACE}:{name}"]}, {"required": [name]}]} for name in required
                ],
            },
            **_PULUMIS,
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": definitions,
    }


_PULUMIS: dict[str, Any] = {
    "secretsprovider": {"type": "string", "description": "Where the key that encrypts secrets comes from."},
    "encryptedkey": {"type": "string", "description": "The key that encrypts secrets, itself encrypted."},
    "encryptionsalt": {"type": "string", "description": "Salt of the passphrase that encrypts secrets."},
    "environment": {"type": ["array", "object"], "description": "Pulumi ESC environments."},
}


def _as_written(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A setting's schema as a file may write it: text without quotes, an own form for secrets, true for own keys."""
    if name in SECRETS:
        return {"$ref": "#/$defs/secret", "description": schema["description"]}
    if name in TEXTS and "enum" not in schema and "format" not in schema and name != "expiry":
        return schema | {"type": ["string", "number"]}
    return schema


def _tidy(schema: Any) -> Any:
    """The schema without generated titles, and without defaults that only repeat a section's own."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and isinstance(value, dict | type(None)))
    }
