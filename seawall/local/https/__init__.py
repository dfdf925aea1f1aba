"""The local Azure over HTTPS: real clients reach it under Azure's own host names."""
