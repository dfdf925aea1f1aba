"""Reports for other programs: complete, sorted, the same from run to run, and valid in their forms."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from xml.etree import ElementTree as Xml

from guarded import PRODUCTION, TODAY, cluster, online_endpoint, own_network_workspace, plan_of, workspace

from policies import Exemption, Kind, Level, Report, Severity, Violation, check
from policies.packs import RULES
from policies.report import Suppressed
from policies.reports import FORMATS, Location, nowhere
from policies.reports.markdown import MOST
from policies.rule import References
from seawall.plan.values import UNKNOWN


def exemption(**changes: object) -> Exemption:
    given = {
        "rule": "ml-endpoint-entra-auth", "resource": "fraud", "reason": "The caller moves to tokens in January.",
        "owner": "ml-platform@larkspur.example", "approval": "https://dev.azure.com/larkspur/1",
        "expires": date(2026, 12, 31), **changes,
    }  # fmt: skip
    return Exemption.model_validate(given)


def report(*exemptions: Exemption) -> Report:
    """A refusal, advice, something unknown, and what the exemptions cover."""
    rules = {rule: levels for rule, levels in RULES.items() if rule.id in ASKED}
    resources = (
        own_network_workspace(publicNetworkAccess="Enabled"),
        cluster(properties__disableLocalAuth=UNKNOWN),
        online_endpoint(properties__authMode="Key"),
    )
    return check(plan_of(*resources), PRODUCTION, TODAY, exemptions=exemptions, rules=rules)


ASKED = ("ml-workspace-public-off", "ml-compute-local-auth-off", "ml-endpoint-entra-auth", "ml-user-assigned-identity")


def violation(number: int, **changes: object) -> Violation:
    given = {
        "rule": f"rule-{number % 40:02}", "kind": Kind.VIOLATION, "level": Level.MANDATORY, "severity": Severity.HIGH,
        "urn": f"urn:pulumi:test::seawall::azure-native:storage:StorageAccount::account-{number:03}",
        "type": "azure-native:storage:StorageAccount", "name": f"account-{number:03}",
        "message": f"property {number} | of <b>it</b> isn't `right`\nat all" + " really" * 30, "fix": "Mend it. " * 20,
        "references": References(), **changes,
    }  # fmt: skip
    return Violation(**given)  # type: ignore[arg-type]


def many(count: int) -> Report:
    return dataclasses.replace(report(), violations=tuple(violation(number) for number in range(count)))


def test_every_form_is_the_same_text_for_the_same_plan() -> None:
    """Nothing of a run, such as the time or the order of a set, is in a report."""
    for write in FORMATS.values():
        assert write(report(exemption()), None, nowhere) == write(report(exemption()), None, nowhere)


def test_json_has_the_documented_keys() -> None:
    """The contract with scripts: what a report and each of its violations hold."""
    document = json.loads(FORMATS["json"](report(exemption()), None, nowhere))
    assert list(document) == ["stack", "violations", "exempted", "exemptions", "summary"]
    assert list(document["violations"][0]) == [
        "rule", "level", "severity", "urn", "type", "name", "message", "fix", "references",
    ]  # fmt: skip
    assert document["exempted"][0]["exemption"]["owner"] == "ml-platform@larkspur.example"
    assert document["summary"]["mandatory"] == 2


def test_sarif_has_what_code_scanning_needs() -> None:
    """Rules by index, levels, locations, fingerprints that differ; exempted findings are suppressed, not left out."""
    places = [Location("stacks/Pulumi.test.yaml", 7), Location("components/workspace.py", 30, "component Workspace")]
    log = json.loads(FORMATS["sarif"](report(exemption()), None, lambda violation: places))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules)) and len(run["results"]) == 3
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] and result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "stacks/Pulumi.test.yaml"
        assert location["physicalLocation"]["region"] == {"startLine": 7}
        assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("urn:pulumi:test::")
        assert result["relatedLocations"][0]["message"] == {"text": "component Workspace"}
    assert len({result["partialFingerprints"]["seawall/v1"] for result in run["results"]}) == 3
    by_rule = {result["ruleId"]: result for result in run["results"]}
    assert by_rule["ml-workspace-public-off"]["level"] == "error"
    assert by_rule["ml-compute-local-auth-off"]["properties"]["kind"] == "unknown"
    (suppression,) = by_rule["ml-endpoint-entra-auth"]["suppressions"]
    assert suppression["status"] == "accepted" and "until 2026-12-31" in suppression["justification"]
    assert not any("suppressions" in by_rule[rule] for rule in ("ml-workspace-public-off", "ml-compute-local-auth-off"))


def test_sarif_without_files_still_names_the_resource() -> None:
    """A result whose file isn't known has a logical location, and no physical one that is made up."""
    log = json.loads(FORMATS["sarif"](report(), None, nowhere))
    for result in log["runs"][0]["results"]:
        assert list(result["locations"][0]) == ["logicalLocations"] and "relatedLocations" not in result


def test_sarif_tells_exemptions_without_effect() -> None:
    """An exemption that has expired exempts nothing and is a notification of the run."""
    log = json.loads(FORMATS["sarif"](report(exemption(expires=date(2026, 1, 1))), None, nowhere))
    (told,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert "has expired" in told["message"]["text"]


def test_junit_counts_add_up_and_rules_that_hold_pass() -> None:
    """A mandatory violation fails, what is exempted is skipped with its reason, a rule that holds is a test."""
    root = Xml.fromstring(FORMATS["junit"](report(exemption()), None, nowhere))
    (suite,) = root
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4", "failures": "2", "errors": "0", "skipped": "1",
    }  # fmt: skip
    passed = [case.get("name") for case in suite if len(case) == 0]
    assert passed == ["ml-user-assigned-identity"]
    (skipped,) = suite.findall("testcase/skipped")
    assert "exempted until 2026-12-31" in str(skipped.get("message"))
    failure = suite.find("testcase[@classname='seawall.test.ml-workspace-public-off']/failure")
    assert failure is not None and "publicNetworkAccess is Enabled" in str(failure.get("message"))


def test_junit_shows_advice_without_turning_red() -> None:
    """Advice passes a check, so that it is skipped with its message; a rule that threw is an error."""
    advice = violation(1, level=Level.ADVISORY)
    thrown = violation(2, kind=Kind.ERROR)
    root = Xml.fromstring(FORMATS["junit"](dataclasses.replace(report(), violations=(advice, thrown)), None, nowhere))
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "1", "1")


def test_junit_is_xml_whatever_a_message_holds() -> None:
    """Characters that XML can't write are replaced."""
    odd = violation(1, message="a\x00b\x1b[31m<&>\ud800", name="x\x07")
    root = Xml.fromstring(FORMATS["junit"](dataclasses.replace(report(), violations=(odd,)), None, nowhere))
    assert "a\ufffdb\ufffd[31m<&>\ufffd" in str(root.find("*/*/failure").get("message"))  # type: ignore[union-attr]


def test_markdown_of_300_violations_fits_a_comment() -> None:
    """It stays under 65,536 characters, folds the long table, and counts what it leaves out."""
    text = FORMATS["markdown"](many(300), None, nowhere)
    assert len(text) < 65_536 and len(text.encode()) <= MOST
    assert "<details>" in text and text.count("<details>") == text.count("</details>")
    assert "300 refusals" in text
    rows = text.count("\n| high |")
    assert rows + int(text.partition("… and ")[2].partition(" ")[0] or 0) == 300


def test_markdown_of_many_more_still_fits() -> None:
    """However many there are, the table says how many it doesn't show."""
    text = FORMATS["markdown"](many(5000), None, nowhere)
    assert len(text.encode()) <= MOST and "rows more: `seawall check test` shows everything" in text


def test_markdown_is_a_table_that_nothing_in_a_message_breaks() -> None:
    """Bars, tags, ticks and line ends of a message stay text; resources with the same finding share a row."""
    alike = tuple(violation(number, rule="one", message="a | b\n<img> `c`") for number in range(12))
    text = FORMATS["markdown"](dataclasses.replace(report(), violations=alike), None, nowhere)
    (row,) = [line for line in text.splitlines() if line.startswith("| high")]
    assert row.count("|") == 6 and "a &#124; b &lt;img&gt; &#96;c&#96;" in row
    assert "12, such as storage:StorageAccount account-000" in row


def test_markdown_says_that_all_is_well() -> None:
    """Without violations there is a verdict and no table."""
    text = FORMATS["markdown"](check(plan_of(workspace()), PRODUCTION, TODAY, exemptions=(), rules={}), None, nowhere)
    assert text.startswith("### Guardrails of test: passed") and "|" not in text


def test_suppressed_findings_are_counted_and_shown_with_their_reason() -> None:
    """What another tool says wrongly is in every form, and refuses nothing."""
    wrong = Suppressed(violation(1, rule="CKV_AZURE_1"), "It looks at the wrong property, which is never set.")
    whole = dataclasses.replace(report(), violations=(), suppressed=(wrong,), checkov="3.0.0")
    assert not whole.refused and whole.summary["suppressed"] == 1
    for name, write in FORMATS.items():
        text = write(whole, None, nowhere)
        assert "It looks at the wrong property" in text, name
    assert json.loads(FORMATS["json"](whole, None, nowhere))["suppressed"][0]["rule"] == "CKV_AZURE_1"
