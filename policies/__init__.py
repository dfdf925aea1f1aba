"""What may never happen: rules, the packs that set their levels, exemptions, and the hosts that run them."""

from policies.context import Classification, Context, Tier
from policies.exemptions import Exemption, read_exemptions
from policies.files import InvalidFile
from policies.host import check
from policies.report import Exempted, Kind, Report, Violation
from policies.rule import Level, Severity

__all__ = [
    "Classification",
    "Context",
    "Exempted",
    "Exemption",
    "InvalidFile",
    "Kind",
    "Level",
    "Report",
    "Severity",
    "Tier",
    "Violation",
    "check",
    "read_exemptions",
]
