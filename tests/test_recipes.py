"""The recipes of docs/recipes do what they say: their code is run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from policies import Context, Tier, check, packs
from policies.rules import storage

RECIPES = Path(__file__).parent.parent / "docs" / "recipes"
POLICIES = Path(__file__).parent / "policies"


def blocks(name: str) -> list[str]:
    """The code of a recipe, block by block."""
    return re.findall(r"```python\n(.*?)```", (RECIPES / name).read_text(encoding="utf-8"), re.DOTALL)


def lines(code: str) -> int:
    return sum(1 for line in code.splitlines() if line.strip())


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a module of tests/policies/rules imports."""
    monkeypatch.syspath_prepend(str(POLICIES))
    from asking import ask
    from guarded import PRODUCTION, TODAY, plan_of
    from guarded_services import account
    from mutating import Mutation, sets

    from seawall.plan.values import UNKNOWN

    names = {"ask": ask, "account": account, "UNKNOWN": UNKNOWN, "Mutation": Mutation, "sets": sets}
    return names | {"PRODUCTION": PRODUCTION, "TODAY": TODAY, "plan_of": plan_of}


def test_the_recipe_for_a_rule_makes_a_rule_that_its_tests_hold(harness: dict[str, Any]) -> None:
    """The rule in its module, its level in its pack, its test in both hosts, its mutation: each as the page has it."""
    written, level, test, mutation = blocks("add-a-rule.md")
    module = dict(vars(storage))
    exec(written, module)
    rule = module["storage_no_sftp"]
    assert (rule.id, rule.group, rule.references.mcsb) == ("storage-no-sftp", "data", ("IM-1",))

    pack = dict(vars(packs), storage=SimpleNamespace(storage_no_sftp=rule))
    exec(level, pack)
    assert list(pack["DATA"]) == [rule]
    assert packs.effective(Context(tier=Tier.PREPRODUCTION), pack["DATA"])[rule] == packs.ADVISORY

    exec(test, tests := dict(harness, storage_no_sftp=rule))
    tests["test_storage_takes_no_sftp"]()

    breaking = eval(mutation, harness)
    whole = harness["plan_of"](harness["account"]())
    found = check(breaking.broken(whole), harness["PRODUCTION"], harness["TODAY"], exemptions=(), rules=pack["DATA"])
    assert [violation.rule for violation in found.violations] == [breaking.rule]
    assert check(whole, harness["PRODUCTION"], harness["TODAY"], exemptions=(), rules=pack["DATA"]).violations == ()


def test_a_rule_takes_less_than_ten_lines() -> None:
    """Rule and level together have fewer than ten lines of code, and so has the test."""
    written, level, test, mutation = blocks("add-a-rule.md")
    entry = next(line for line in level.splitlines() if "storage_no_sftp" in line)
    assert lines(written) + lines(entry) < 10
    assert lines(test) + lines(mutation) < 10


def test_a_recipe_names_files_that_exist() -> None:
    """Whatever path a recipe names is one of the project's."""
    root = RECIPES.parent.parent
    for page in RECIPES.glob("*.md"):
        for path in re.findall(r"`((?:policies|tests|components)/[^`]+)`", page.read_text(encoding="utf-8")):
            assert list(root.glob(path)), f"{page.name} names {path}"
