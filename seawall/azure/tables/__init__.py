"""The table of ARM resource types, one module for each part of a platform.

A row's type, API version and places agree with Microsoft's published type definitions and with the classes of
pulumi_azure_native 3.29; tests hold them equal, property by property. What replaces a resource follows
pulumi-azure-native (provider/pkg/gen/replacement.go and the specifications' `x-ms-mutability`), but for one thing: a
new location replaces resources here whose specification forgets to say that it can't be updated, as of most of the
network; there azure-native would send an update that Azure refuses.
"""
