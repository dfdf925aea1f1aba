"""The local Azure as resource providers for Pulumi's own engine: azure-native, azuread and azuredevops over gRPC.

`answers` says what a provider answers, `servicer` carries it over the wire, `server` runs one port for each package.
The engine attaches to them by `PULUMI_DEBUG_PROVIDERS`, so that neither Pulumi.yaml nor a program knows.
"""
