"""Two pages made from the rules: what the guardrails demand, and which control of which catalogue each one serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from policies.packs import PACKS, Levels
from policies.rule import Rule
from seawall.cli.markdown import NOTE, table

_SOURCES = {
    "psrule": "PSRule for Azure",
    "checkov": "checkov",
    "azurePolicy": "Azure Policy",
    "mcsb": "Microsoft cloud security benchmark",
}

DOMAINS: Mapping[str, str] = {
    "NS": "Network security",
    "IM": "Identity management",
    "PA": "Privileged access",
    "DP": "Data protection",
    "AM": "Asset management",
    "LT": "Logging and threat detection",
    "IR": "Incident response",
    "PV": "Posture and vulnerability management",
    "ES": "Endpoint security",
    "BR": "Backup and recovery",
    "DS": "DevOps security",
    "GS": "Governance and strategy",
    "AI": "Artificial intelligence security",
}
"""The domains of the benchmark, in its order. Source: Azure docs, security/benchmark/azure/overview (version 2)."""


def guardrails_page() -> str:
    """Every rule by its group, with its why, how to mend what breaks it, its levels and its references."""
    parts = [NOTE, "# Guardrails\n"]
    parts.append(
        "Each rule runs on the plan before anything changes. A mandatory violation stops the deployment, an advisory "
        "one is told. [Which control each serves](compliance.md); "
        "[how to add one](recipes/add-a-rule.md).\n"
    )
    parts.append("\n".join(f"- [{group}](#{group}): {len(pack)} rules" for group, pack in PACKS.items()) + "\n")
    for group, pack in PACKS.items():
        parts.append(f"## {group}\n")
        for rule, levels in pack.items():
            parts += _rule(rule, levels)
    return "\n".join(parts)


def _rule(rule: Rule, levels: Levels) -> Iterator[str]:
    references = rule.references.to_json()
    told = "; ".join(f"{_SOURCES[source]}: {', '.join(ids)}" for source, ids in references.items())
    kinds = ", ".join(f"`{kind}`" for kind in rule.types) or "the whole plan"
    yield f"### {rule.id}\n"
    yield f"**{rule.title}** {' '.join(rule.why.split())}\n"
    yield f"To mend it: {rule.fix}{' `seawall check ENV --fix-preview` shows the change.' if rule.remedy else ''}\n"
    yield (
        f"Looks at {kinds}. In production {levels.production}, in preproduction {levels.preproduction}; "
        f"severity {rule.severity}.{f' {told}.' if told else ''}\n"
    )


def compliance_page() -> str:
    """The rules by control of Microsoft's benchmark, and what Azure itself holds a stack's resource groups to."""
    controls = sorted({control for rule, _ in rules() for control in rule.references.mcsb}, key=_order)
    parts = [NOTE, "# Compliance\n"]
    parts.append(
        "By control of the Microsoft cloud security benchmark: the rules that serve it, and the checks of others that "
        "demand the same. Levels are those of production and preproduction.\n"
    )
    for domain, title in DOMAINS.items():
        of_domain = [control for control in controls if control.partition("-")[0] == domain]
        if of_domain:
            parts += [f"## {title}\n", _controls(of_domain), ""]
    rest = [(rule, levels) for rule, levels in rules() if not rule.references.mcsb]
    parts += ["## Without a control\n", "What the benchmark has no control for: cost, conventions, releases.\n"]
    parts += [table(_HEAD[1:], (_row(rule, levels) for rule, levels in rest)), ""]
    return "\n".join([*parts, *_azure_policies()])


_HEAD = ("control", "rule", "levels", "Azure Policy", "checkov", "PSRule for Azure")


def _controls(controls: Iterable[str]) -> str:
    rows = [
        (control, *_row(rule, levels))
        for control in controls
        for rule, levels in rules()
        if control in rule.references.mcsb
    ]
    return table(_HEAD, rows)


def _row(rule: Rule, levels: Levels) -> tuple[str, ...]:
    from stacks.composition.policy_effects import title

    references = rule.references
    return (
        f"[`{rule.id}`](guardrails.md#{rule.id})",
        f"{levels.production} / {levels.preproduction}",
        "<br>".join(title(definition) for definition in references.azure_policy),
        ", ".join(references.checkov),
        ", ".join(references.psrule),
    )


def _azure_policies() -> Iterator[str]:
    """What becomes of each built-in policy that a rule refers to."""
    from components.builtin_policies import builtin_policies
    from stacks.composition.policy_effects import choice, title

    known = builtin_policies()
    assigned, left = [], []
    for rule, levels in rules():
        for definition in rule.references.azure_policy:
            policy = known.get(definition)
            name = f"[{title(definition)}]({quote(policy.source, safe=':/')})" if policy else definition
            production, preproduction = (choice(definition, level) for level in levels)
            if production.effect is None and preproduction.effect is None:
                left.append((name, f"`{rule.id}`", production.reason))
            else:
                effects = [(made.effect or "off").lower() for made in (production, preproduction)]
                assigned.append((name, f"`{rule.id}`", *effects, production.reason or preproduction.reason))
    yield "## What Azure itself holds a stack to\n"
    yield (
        "These built-in policies stand in one initiative, which is assigned to each resource group of a stack: what "
        "bypasses Pulumi is refused or reported as well. A policy refuses where its rule is mandatory, unless the "
        "last column says why it only reports. Some are assigned only where their rule asks something of the stack: "
        "own keys for confidential data, for one.\n"
    )
    yield table(("policy", "rule", "production", "preproduction", "why it only reports, or is left out"), assigned)
    yield "\nNot assigned:\n"
    yield table(("policy", "rule", "why"), left) + "\n"


def _order(control: str) -> tuple[int, int]:
    """Controls by domain and number. Raises ValueError for a control of a domain that the benchmark doesn't have."""
    domain, _, number = control.partition("-")
    return list(DOMAINS).index(domain), int(number)


def rules() -> Sequence[tuple[Rule, Levels]]:
    """By pack, in the packs' order."""
    return [item for pack in PACKS.values() for item in pack.items()]
