"""What exists already, brought under the program: a stack file that says it, and the list that Pulumi imports.

`sources` reads what exists, `telling` makes settings of it, `comparing` holds the plan of those settings against it,
`listing` writes Pulumi's import list.
"""
