"""Batch endpoints: jobs that score a folder or a table in mini-batches."""
