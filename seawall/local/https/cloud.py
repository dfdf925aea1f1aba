"""The metadata from which clients learn what a cloud's addresses are.

Source: `GET https://management.azure.com/metadata/endpoints?api-version=2022-09-01`, and what azure-ai-ml, the Azure
CLI and Terraform read of it.
"""

from __future__ import annotations

from typing import Any

NAME = "SeawallLocal"
"""The cloud's name, for `MLClient(..., cloud=NAME)` and `AZUREML_CURRENT_CLOUD`."""
LOGIN = "https://login.microsoftonline.com"
AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
"""For which Resource Manager's tokens are made out; its own address is one as well."""


def metadata(url: str, tenant: str) -> list[dict[str, Any]]:
    """The list of clouds, with this one alone. `url` is where Resource Manager was asked, without a slash."""
    return [
        {
            "name": NAME,
            "portal": "https://portal.azure.com/",
            "authentication": {
                "loginEndpoint": f"{LOGIN}/",
                "audiences": [f"{audience}/" for audience in (*AUDIENCES, url)],
                "tenant": tenant,
                "identityProvider": "AAD",
            },
            "resourceManager": f"{url}/",
            "microsoftGraphResourceId": "https://graph.microsoft.com/",
            "graph": "https://graph.windows.net/",
            "graphAudience": "https://graph.windows.net/",
            "gallery": "https://gallery.azure.com/",
            "batch": "https://batch.core.windows.net/",
            "media": "https://rest.media.azure.net",
            "vmImageAliasDoc": "",
            "sqlManagement": "https://management.core.windows.net:8443/",
            "logAnalyticsResourceId": "https://api.loganalytics.io",
            "suffixes": {
                "storage": "core.windows.net",
                "keyVaultDns": "vault.azure.net",
                "acrLoginServer": "azurecr.io",
                "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
                "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
                "sqlServerHostname": "database.windows.net",
                "azureFrontDoorEndpointSuffix": "azurefd.net",
                "storageSyncEndpointSuffix": "afs.azure.net",
                "mhsmDns": "managedhsm.azure.net",
                "mysqlServerEndpoint": "mysql.database.azure.com",
                "postgresqlServerEndpoint": "postgres.database.azure.com",
                "mariadbServerEndpoint": "mariadb.database.azure.com",
            },
        }
    ]
