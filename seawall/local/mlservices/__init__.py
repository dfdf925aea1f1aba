"""What Azure Machine Learning does besides Resource Manager: sizes and quotas of machines, files of assets, the data
plane of registries on `*.api.azureml.ms`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seawall.local.azure import LocalAzure
    from seawall.local.https.web import App
    from seawall.local.place import Place


def app(place: Place, azure: LocalAzure) -> App:
    """The ASGI application of the data plane, see `data_plane`."""
    from seawall.local.mlservices import data_plane

    return data_plane.app(place, azure)
