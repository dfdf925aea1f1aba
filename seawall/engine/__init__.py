"""Pulumi's own engine, driven through its Automation API: what `seawall up` and its like use without `--local`.

`command` finds or installs the CLI, `project` says where state and secrets are kept, `stack` previews and updates,
`events` makes the local run's events of the engine's, `explaining` makes one clear message of each of its errors.
"""
