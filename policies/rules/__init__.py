"""The rules, one module a service or concern. `policies.packs` says which there are and what each does."""
