"""Operations on an account."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET

from seawall.azure.guid import TENANT
from seawall.local.blob import sas
from seawall.local.blob.call import Answer, http_date
from seawall.local.blob.context import Request
from seawall.local.blob.errors import BlobError
from seawall.local.blob.listing import document, page_of, text_element

_LONGEST = 7 * 24 * 3600.0
"""Seconds that a user delegation key may be valid. Source: Get User Delegation Key, REST reference."""


def account_information(request: Request) -> Answer:
    account = request.account
    headers = {"x-ms-sku-name": account.sku, "x-ms-account-kind": account.kind}
    return Answer(headers=headers | {"x-ms-is-hns-enabled": str(account.hierarchical).lower()})


def service_properties(request: Request) -> Answer:
    """What every account starts with; nothing here can be set."""
    root = ET.Element("StorageServiceProperties")
    logging = ET.SubElement(root, "Logging")
    for name, value in (("Version", "1.0"), ("Delete", "false"), ("Read", "false"), ("Write", "false")):
        text_element(logging, name, value)
    for parent in (logging, *(ET.SubElement(root, name) for name in ("HourMetrics", "MinuteMetrics"))):
        if parent is not logging:
            text_element(parent, "Version", "1.0")
            text_element(parent, "Enabled", "false")
        text_element(ET.SubElement(parent, "RetentionPolicy"), "Enabled", "false")
    ET.SubElement(root, "Cors")
    text_element(ET.SubElement(root, "DeleteRetentionPolicy"), "Enabled", "false")
    text_element(ET.SubElement(root, "StaticWebsite"), "Enabled", "false")
    return document(root)


def list_containers(request: Request) -> Answer:
    call, now = request.call, request.now
    prefix, page = call.query.get("prefix", ""), page_of(call)
    found = request.store.containers(call.account, prefix, page.after, page.size + 1)
    root = ET.Element("EnumerationResults", ServiceEndpoint=f"https://{call.account}.blob.core.windows.net/")
    page.describe(root, prefix)
    listed = ET.SubElement(root, "Containers")
    for container in found[: page.size]:
        element = ET.SubElement(listed, "Container")
        text_element(element, "Name", container.name)
        properties = ET.SubElement(element, "Properties")
        text_element(properties, "Last-Modified", http_date(container.modified))
        text_element(properties, "Etag", container.etag)
        text_element(properties, "LeaseStatus", "locked" if container.lease.locked(now) else "unlocked")
        text_element(properties, "LeaseState", container.lease.state(now))
        for name in ("HasImmutabilityPolicy", "HasLegalHold"):
            text_element(properties, name, "false")
        if "metadata" in page.include:
            metadata = ET.SubElement(element, "Metadata")
            for name, value in container.metadata.items():
                text_element(metadata, name, value)
    page.end(root, found[page.size].name if len(found) > page.size else "")
    return document(root)


def user_delegation_key(request: Request) -> Answer:
    """A key with which a token's bearer signs; it follows from what it states, so nothing is kept."""
    if not request.caller.oid:
        raise BlobError("AuthenticationFailed", "Only authentication scheme Bearer is supported")
    info = request.xml()
    expiry = info.findtext("Expiry", "")
    start = info.findtext("Start", "") or sas.written(request.now)
    try:
        begins, ends = sas.moment(start), sas.moment(expiry)
    except BlobError:
        raise BlobError("InvalidXmlNodeValue", "Start and Expiry are times in ISO 8601.") from None
    if not begins < ends or not request.now < ends <= request.now + _LONGEST:
        raise BlobError("InvalidXmlNodeValue", "The expiry is after the start, and within seven days.")
    stated = {"skoid": request.caller.oid, "sktid": TENANT, "skt": sas.written(begins), "ske": sas.written(ends)}
    stated |= {"sks": "b", "skv": request.call.headers.get("x-ms-version", sas.VERSION)}
    key = request.store.accounts.delegation_key(request.account.name, sas.key_statement(stated))
    root = ET.Element("UserDelegationKey")
    names = ("SignedOid", "SignedTid", "SignedStart", "SignedExpiry", "SignedService", "SignedVersion")
    for name, value in zip(names, stated.values(), strict=True):
        text_element(root, name, value)
    text_element(root, "Value", base64.b64encode(key).decode())
    return document(root)
