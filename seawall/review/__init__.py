"""What a change of the platform would do, as one comment on a pull request: resources, guardrails, access, cost."""
