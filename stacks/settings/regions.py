"""What regions lack. Source: https://learn.microsoft.com/azure/reliability/regions-list"""

WITHOUT_ZONES = frozenset(
    {
        "australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth",
        "germanynorth", "jioindiacentral", "jioindiawest", "koreasouth", "northcentralus", "norwaywest",
        "southafricawest", "southindia", "swedensouth", "switzerlandwest", "uaecentral", "ukwest", "westcentralus",
        "westindia", "westus",
    }
)  # fmt: skip
"""Regions without availability zones."""

WITHOUT_PAIR = frozenset(
    {
        "austriaeast", "belgiumcentral", "chilecentral", "indonesiacentral", "israelcentral", "italynorth",
        "malaysiawest", "mexicocentral", "newzealandnorth", "polandcentral", "qatarcentral", "spaincentral",
    }
)  # fmt: skip
"""Regions without a paired region, where storage has no geo-redundancy."""
