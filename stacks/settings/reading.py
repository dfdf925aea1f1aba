"""From a stack file, or from Pulumi's configuration, to settings; or to everything that is wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stacks.settings.base import OPAQUE
from stacks.settings.checking import Finding, checked
from stacks.settings.document import Document, read
from stacks.settings.errors import Place, SettingsError, SettingsErrors, dotted, shortened, shown
from stacks.settings.explain import unknown_key
from stacks.settings.model import Settings

NAMESPACE = "seawall"

FILE_KEYS = ("config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment")
"""Keys of a stack file. Source: pulumi/sdk, `workspace/project.go`, ProjectStack."""

TEXTS = frozenset(
    {
        "organisation", "workload", "environment", "tier", "subscription", "tenant", "location", "dataClassification",
        "owner", "costCenter", "expiry", "alertWebhook",
    }
)  # fmt: skip
"""Settings whose value is text: Pulumi hands every other one on as JSON."""

SECRETS = frozenset({"alertWebhook"})
"""Settings that are secrets, encrypted in the file."""

_SAME_AS = {"azure-native:subscriptionId": "subscription", "azure-native:tenantId": "tenant"}
_STACK = re.compile(r"Pulumi\.(.+)\.ya?ml")
_KEYS = tuple(str(field.alias) for field in Settings.model_fields.values())


def load(path: Path, stack: str | None = None) -> Settings:
    """The settings in a stack file. `stack` is the stack's name where the file's doesn't say it (`Pulumi.dev.yaml`).

    Raises SettingsErrors with everything that is wrong, each with its YAML path and line.
    """
    document = read(path)
    named = _STACK.fullmatch(path.name)
    reader = _File(document)
    raw = reader.raw()
    settings, findings = checked(_with_defaults(raw, stack or (named[1] if named else path.stem)), reader.wrong)
    errors = [*document.errors, *reader.errors, *(reader.located(finding) for finding in findings)]
    if settings is not None:
        errors += reader.missing_files(settings, path.parent)
    if errors or settings is None:
        raise SettingsErrors(sorted(dict.fromkeys(errors), key=lambda error: error.line or 0))
    return settings


def from_config(get: Callable[[str], str | None], stack: str) -> Settings:
    """The settings in Pulumi's configuration; `get` is `pulumi.Config("seawall").get`, `stack` the stack's name.

    Raises SettingsErrors as `load` does, without lines. Keys that aren't settings can't be seen here: `load` refuses
    them.
    """
    given = {key: text for key in _KEYS if (text := get(key)) is not None}
    raw = {key: text if key in TEXTS else _json(text) for key, text in given.items()}
    settings, findings = checked(_with_defaults(raw, stack))
    if findings or settings is None:
        raise SettingsErrors(
            SettingsError(dotted(_place(finding.place)), finding.got, finding.expected) for finding in findings
        )
    return settings


def _with_defaults(raw: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """What is said, and what follows from it where nothing is said."""
    full = {"environment": stack, **raw}
    full.setdefault("tier", "preproduction" if full["environment"] == "dev" else "production")
    network = full.get("network")
    if isinstance(network, dict) and network.get("mode") == "hubAndSpoke":
        full["network"] = {"hub": {}, **network}
    return full


def _json(text: str) -> Any:
    """The value of a setting that isn't text; the text itself where it is no JSON, and an error later."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _place(place: Place, written: Mapping[str, str] | None = None) -> Place:
    """A place in the file for one in the settings. `written` has keys as the file writes them."""
    if not place:
        return ("config",)
    key = str(place[0])
    return ("config", (written or {}).get(key, f"{NAMESPACE}:{key}"), *place[1:])


class _File:
    """One stack file on its way to settings: what it says, and what is wrong before the settings are looked at.

    `wrong` has the places whose values couldn't be read.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.written: dict[str, str] = {}
        self.wrong: set[Place] = set()
        self.errors: list[SettingsError] = []

    def raw(self) -> dict[str, Any]:
        """The settings as the program would see them, as JSON values by key."""
        self._file_keys()
        config = self.document.values.get("config", {})
        if not isinstance(config, dict):
            self._note(("config",), shown(config), "a mapping of settings")
            config = {}
        self._same_as(config)
        raw = {}
        for written, value in config.items():
            key = self._key(written)
            if key is not None:
                self.written[key] = written
                value = self._value(key, value)
                if (key,) not in self.wrong:
                    raw[key] = value
        return raw

    def located(self, finding: Finding) -> SettingsError:
        place = _place(finding.place, self.written)
        text = self.document.texts.get(place) if finding.is_value else None
        return self.document.fault(place, shortened(text) if text else finding.got, finding.expected)

    def missing_files(self, settings: Settings, folder: Path) -> Iterator[SettingsError]:
        for index, environment in enumerate(settings.environments):
            if environment.conda_file is not None and not (folder / environment.conda_file).is_file():
                place = _place(("environments", index, "condaFile"), self.written)
                yield self.document.fault(place, shown(environment.conda_file), f"a file in {folder}")

    def _file_keys(self) -> None:
        for key in self.document.values:
            if key not in FILE_KEYS:
                hint = "it under config" if key.split(":")[-1] in _KEYS else unknown_key(key, FILE_KEYS)
                self._note((key,), "an unknown key", hint)
        if "config" not in self.document.values:
            self._note((), "no key config", "the settings under config")

    def _key(self, written: str) -> str | None:
        """The setting that a key of `config` names; None for another namespace's, and for an unknown one."""
        namespace, colon, key = written.rpartition(":")
        if colon and namespace not in (NAMESPACE, f"{NAMESPACE}:config"):
            if not re.fullmatch(r"[\w-]+(:config)?", namespace):
                self._note(("config", written), "an unknown key", "a key such as seawall:location")
            return None
        if key not in _KEYS:
            self._note(("config", written), "an unknown key", unknown_key(key, _KEYS, key))
            return None
        if key in self.written:
            self._note(("config", written), "the same setting twice", f"it once; {self.written[key]} is it too")
            return None
        return key

    def _value(self, key: str, value: Any) -> Any:
        place = ("config", self.written[key])
        if _is_secret(value):
            if key in SECRETS:
                return f"{OPAQUE}{value['secure']}"
            self._refuse((key,), "a secret", "it in clear: Seawall reads it before anything is decrypted")
        elif key in SECRETS:
            advice = f"a secret: pulumi config set --secret {NAMESPACE}:{key}"
            self._refuse((key,), "a value in clear", advice)
        elif key in TEXTS:
            return self._as_text(key, value, place)
        elif isinstance(value, str) and value[:1] in ("{", "["):
            return _json(value)
        else:
            self._nested_secrets(value, (key,))
        return value

    def _as_text(self, key: str, value: Any, place: Place) -> Any:
        """Pulumi hands the text of a scalar on, and of what it took the scalar for: 007 becomes 7."""
        if value is None:
            return ""
        if isinstance(value, dict | list):
            return value
        text = value if isinstance(value, str) else json.dumps(value)
        written = self.document.texts.get(place)
        if written is not None and written != text and key != "expiry":
            self._refuse((key,), written, f"it in quotes: Pulumi takes it for {text}")
        return text

    def _nested_secrets(self, value: Any, place: Place) -> None:
        if _is_secret(value):
            expected = (
                "no secret: within a section it would reach the program in clear; secrets are settings of their own"
            )
            self._refuse(place, "a secret", expected)
        elif isinstance(value, dict):
            for key, inner in value.items():
                self._nested_secrets(inner, (*place, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self._nested_secrets(inner, (*place, index))

    def _same_as(self, config: Mapping[str, Any]) -> None:
        """A provider's own configuration may repeat the subscription and tenant, not contradict them."""
        for other, key in _SAME_AS.items():
            ours = config.get(f"{NAMESPACE}:{key}", config.get(key))
            theirs = config.get(other)
            if isinstance(ours, str) and theirs is not None and str(theirs).lower() != ours.lower():
                self._note(("config", other), shown(theirs), f"{ours}, as {NAMESPACE}:{key}")

    def _refuse(self, place: Place, got: str, expected: str) -> None:
        self.wrong.add(place)
        self._note(_place(place, self.written), got, expected)

    def _note(self, place: Place, got: str, expected: str) -> None:
        self.errors.append(self.document.fault(place, got, expected))


def _is_secret(value: Any) -> bool:
    """What Pulumi takes for a secret. Source: pulumi/sdk, `resource/config/object.go`, isSecureValue."""
    return isinstance(value, dict) and list(value) == ["secure"] and isinstance(value["secure"], str)
