"""How a trained model gets from one environment to the next: gates, approvals, the copy itself, and its audit.

A registry holds the one copy of a model version that every environment uses. `--to registry` copies it there from a
workspace and holds both sides' bytes against each other; `--to test` and `--to prod` admit that copy to an environment.
Each step asks the gates of a policy file first, and leaves a record of what was decided, by whom, about which bytes.
Source: Azure Machine Learning docs, how-to-share-models-pipelines-across-workspaces-with-registries.
"""
