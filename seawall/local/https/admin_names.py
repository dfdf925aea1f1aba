"""Under which name the command line asks a running server."""

AUDIENCE = "https://seawall.local"
"""For which the command line makes a token: only who may read the place's keys can."""
PATH = "/_seawall"
"""Below it is what a server answers to the command line, on the loopback address only."""
