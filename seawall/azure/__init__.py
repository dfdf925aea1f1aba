"""What Azure is: its resource types, IDs, bodies, what it fills in, and what it never lets change.

Pure knowledge: nothing here imports Pulumi, reads a clock or keeps state.
"""
