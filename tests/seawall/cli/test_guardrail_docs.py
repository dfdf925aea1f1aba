"""The pages that are made from the rules."""

from __future__ import annotations

import re

import pytest

from policies.packs import PACKS, RULES
from seawall.cli.guardrail_docs import DOMAINS, compliance_page, guardrails_page


def test_every_rule_stands_under_its_group_with_all_that_is_said_of_it():
    """Title, why, fix, levels and references of each rule are on the page, once, in the section of its pack."""
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", guardrails_page(), re.MULTILINE | re.DOTALL))
    assert list(sections) == list(PACKS)
    for group, pack in PACKS.items():
        told = dict(re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", sections[group], re.MULTILINE | re.DOTALL))
        assert list(told) == [rule.id for rule in pack]
        for rule, levels in pack.items():
            text = told[rule.id]
            said = [rule.title, " ".join(rule.why.split()), rule.fix, f"In production {levels.production}"]
            said += [*rule.references.mcsb, *rule.references.checkov, *rule.references.psrule]
            assert [one for one in said if one not in text] == [], rule.id


def test_every_rule_has_a_row_under_each_of_its_controls():
    """A rule stands under each control that it serves, or among those without one."""
    controls, _, rest = compliance_page().partition("## Without a control")
    without = rest.partition("## What Azure")[0]
    for rule in RULES:
        row = f"[`{rule.id}`](guardrails.md#{rule.id})"
        for control in rule.references.mcsb:
            assert f"| {control} | {row} |" in controls
        assert (row in without) == (not rule.references.mcsb)
    titles = re.findall(r"^## (.+)$", controls, re.MULTILINE)
    assert titles == [title for title in DOMAINS.values() if title in titles]


def test_every_azure_policy_is_told_with_its_effect_or_why_it_is_left_out():
    """Each policy that a rule refers to is in one of two tables, and where it does less than its rule, it says why."""
    _, _, azure = compliance_page().partition("## What Azure")
    assigned, _, left = azure.partition("Not assigned:")
    rows = re.findall(r"^\| \[[^\n]+\]\([^)]+\) \| `([^`]+)` \| ([^\n]*) \|$", azure, re.MULTILINE)
    assert len(rows) == sum(len(rule.references.azure_policy) for rule in RULES)
    assert "| `storage-network` | audit | audit | models are shared" in assigned
    assert "| `storage-network` | deny | audit |  |" in assigned
    assert all(reason.strip() for _, reason in re.findall(r"^\| \[.+\| `([^`]+)` \| (.*) \|$", left, re.MULTILINE))


def test_a_control_of_an_unknown_domain_is_an_error(monkeypatch):
    """A reference to a control that the benchmark doesn't have is not passed over."""
    known = {domain: title for domain, title in DOMAINS.items() if domain != "NS"}
    monkeypatch.setattr("seawall.cli.guardrail_docs.DOMAINS", known)
    with pytest.raises(ValueError, match="NS"):
        compliance_page()
