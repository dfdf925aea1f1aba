"""Which host names are Azure's, and what answers under each."""

from __future__ import annotations

from typing import Literal

Kind = Literal["arm", "token", "blob", "metrics", "data", "scoring", "unknown", "elsewhere"]
"""What answers; `unknown` is a host of Azure that isn't simulated, `elsewhere` is none of Azure's."""

_EXACT: dict[str, Kind] = {
    "management.azure.com": "arm",
    "management.core.windows.net": "arm",
    "localhost": "arm",
    "127.0.0.1": "arm",
    "[::1]": "arm",
    "login.microsoftonline.com": "token",
    "login.windows.net": "token",
    "login.microsoft.com": "token",
    "sts.windows.net": "token",
    "api.loganalytics.io": "metrics",
    "api.loganalytics.azure.com": "metrics",
    "graph.microsoft.com": "unknown",
    "dc.services.visualstudio.com": "unknown",
}
_SUFFIXES: tuple[tuple[str, Kind], ...] = (
    (".blob.core.windows.net", "blob"),
    (".inference.ml.azure.com", "scoring"),
    (".metrics.monitor.azure.com", "metrics"),
    (".api.loganalytics.io", "metrics"),
    (".api.loganalytics.azure.com", "metrics"),
    (".api.azureml.ms", "data"),
    (".experiments.azureml.net", "data"),
    (".experiments.azureml.net", "data"),
    (".azure.com", "unknown"),
    (".azure.net", "unknown"),
    (".windows.net", "unknown"),
    (".azureml.ms", "unknown"),
    (".azureml.net", "unknown"),
    (".azurecr.io", "unknown"),
    (".azure-api.net", "unknown"),
    (".azurewebsites.net", "unknown"),
    (".microsoftonline.com", "unknown"),
    (".loganalytics.io", "unknown"),
    (".opinsights.azure.com", "unknown"),
    (".visualstudio.com", "unknown"),
    (".azure.us", "unknown"),
    (".usgovcloudapi.net", "unknown"),
    (".microsoftonline.us", "unknown"),
    (".azure.cn", "unknown"),
    (".chinacloudapi.cn", "unknown"),
)
"""In this order. Source: Azure docs, the services' addresses; how-to-access-azureml-behind-firewall."""


def kind_of(host: str) -> Kind:
    """What answers under a host name, with or without a port."""
    name = host.lower().rstrip(".")
    if not name.endswith("]"):
        name = name.rpartition(":")[0] if name.rpartition(":")[2].isdecimal() and ":" in name else name
    found = _EXACT.get(name)
    if found:
        return found
    return next((kind for suffix, kind in _SUFFIXES if name.endswith(suffix)), "elsewhere")
