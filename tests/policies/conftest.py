"""Makes `guarded` importable for the tests of the rules."""
