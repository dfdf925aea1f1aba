"""The components as a Pulumi package, for programs in TypeScript, Go, Java, C# and YAML.

The components stay what they are: frozen dataclasses in, outputs out. What the package says of them (its schema) and
what it makes of a program's inputs is read from their annotations and docstrings.

Pulumi's own `component_provider_host` isn't used, since its analyzer takes neither annotations that are text, nor
closed sets of values, dates and unions, and can state neither defaults nor secrets. What it stands on is:
`pulumi.provider.Provider`, served by `pulumi.provider.main`.

A program asks for `seawall:index:Workspace`; the resource registers itself as in Python, so that its URN and those of
its children say `seawall:components:Workspace`. A stack may therefore move from one language to another, with the same
names and parents, and no resource of it is replaced.
"""
