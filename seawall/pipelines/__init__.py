"""What pipelines need beyond the platform's own commands: approvals, sticky comments, issues, what is handed over.

Nothing here knows a workflow: each part is a command that works on a laptop as well.
"""
