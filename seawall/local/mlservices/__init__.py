"""What Azure Machine Learning does besides Resource Manager: sizes and quotas of machines, files of assets, the data
plane of registries on `*.api.azureml.ms`."""
