"""Our own checks in checkov's form, for the ARM templates and the Terraform of other teams.

    checkov --directory . --external-checks-dir seawall/checkov/checks

Only what checkov lacks: most of its checks on machine learning read Terraform alone, or take an absent property for a
safe one. The modules run in checkov's environment, and import nothing of ours.
"""
