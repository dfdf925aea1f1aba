"""The examination of an environment: is everything there that `up` needs, before anything is changed?

Each check is a small function from a `Case` to findings; `examining.examine` runs them side by side. What a cloud is
asked goes through one port, so that the same checks examine Azure and the local one.
"""
