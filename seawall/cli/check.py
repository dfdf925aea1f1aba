"""`seawall check ENV`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import HERE, Cwd, Json, Out, environment_names
from seawall.cli.project import PROJECT_FILE, Project
from seawall.cli.screen import PIPED_WIDTH, Screen

if TYPE_CHECKING:
    from policies import Context, Report
    from policies.remedies import Fix
    from policies.reports import Locator
    from seawall.plan.model import Plan


class Format(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class Subject:
    """What is checked: a plan, how strictly, and where its resources come from."""

    plan: Plan
    context: Context
    root: Path
    """The project; the current folder where a file is checked outside of one."""
    file: Path | None = None
    """The file of the plan or state; None for an environment."""


def command(
    env: Annotated[
        str | None,
        typer.Argument(
            metavar="[ENV]",
            help="The environment: the ENV of stacks/Pulumi.ENV.yaml. With a file, whose limits hold.",
            autocompletion=environment_names,
        ),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Check a plan that `seawall plan` has written.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="Check what `pulumi stack export` has written.")
    ] = None,
    format: Annotated[Format | None, typer.Option("--format", help="The form of the report.")] = None,
    out: Out = None,
    fix_preview: Annotated[
        bool, typer.Option("--fix-preview", help="Show what would mend violations, where that is unambiguous.")
    ] = False,
    checkov: Annotated[
        bool, typer.Option("--checkov", help="Ask checkov as well. The first time, it is installed into .seawall.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> None:
    """Check ENV, a plan or a state against every guardrail, without touching any cloud.

    The same rules and the same verdict as in `preview` and `up`. Each violation says what is wrong, on which resource,
    and how to mend it. Exits with 1 where a mandatory rule is broken, or where a check of checkov's fails that
    policies/checkov_suppressions.yaml doesn't answer; advice is told and let through. A file is checked with the limits
    of the environment that it is of, or of ENV; where the project has none such, as production and with the strictest.

    \b
    Example:
      seawall check prod
      seawall check prod --checkov --format sarif --out prod.sarif
      seawall check --plan plan.json --fix-preview
      seawall check prod --json | jq '.guardrails.stacks[].violations[].rule'
    """
    _refuse_contradictions(env, plan, state, format, json)
    screen = Screen.of_process(json=json or (format not in (None, Format.TEXT) and out is None))
    subject = _subject(env, plan, state, cwd, screen)
    from seawall.cli import gate

    today = datetime.now(UTC).date()
    report = _report(subject, today, screen, checkov=checkov)
    fixes, mended = _fixes(subject, report, today) if fix_preview else (None, None)
    document: dict[str, Any] = {}
    if json:
        document = {"environment": report.stack, "guardrails": gate.document([report])}
        document |= {"fixes": [fix.to_json() for fix in fixes]} if fixes is not None else {}
    if format in (None, Format.TEXT):
        _tell(screen if out is None else None, report, fixes, mended, out, screen)
    else:
        _write(screen, Format(format), subject, report, fixes, out)
    gate.refuse([report], document)
    if json:
        screen.result(document)


def _refuse_contradictions(
    env: str | None, plan: Path | None, state: Path | None, format: Format | None, json: bool
) -> None:
    if plan and state:
        raise BadInput("--plan and --state are two things to check: name one")
    if not (env or plan or state):
        raise BadInput("nothing to check: name an environment, --plan FILE or --state FILE")
    if json and format:
        raise BadInput("--json and --format are two forms of the answer: name one")


def _subject(env: str | None, plan: Path | None, state: Path | None, cwd: Path, screen: Screen) -> Subject:
    """What the arguments name. Raises `BadInput` where it can't be read or planned."""
    file = plan or state
    if file is None:
        project = Project.of(str(env), cwd)
        from seawall.cli import planning

        return Subject(planning.plan(project, str(env), screen), _context(project, str(env)), project.root)
    from seawall.plan import files
    from seawall.plan import state as states
    from seawall.plan.errors import PlanErrors

    try:
        read = states.read(file) if state else files.read(file)
    except PlanErrors as errors:
        raise BadInput(errors.errors, hint=_other_kind(file, is_state=bool(state))) from None
    inside = _project(cwd)
    name = env or read.stack
    if inside and (env or name in inside.environments):
        return Subject(read, _context(inside, inside.environment(name)), inside.root, file)
    if env:
        Project.find(cwd)  # raises: there is no project, and so no such environment
    from policies import Context

    screen.warn(f"{name} is no environment of this project: guarded as production, with the strictest limits")
    return Subject(read, Context(), inside.root if inside else cwd.resolve(), file)


def _project(cwd: Path) -> Project | None:
    here = cwd.resolve()
    return Project.find(cwd) if any((folder / PROJECT_FILE).is_file() for folder in (here, *here.parents)) else None


def _other_kind(file: Path, *, is_state: bool) -> str:
    """A hint where a file is the other kind of the two: their first bytes tell."""
    try:
        with file.open("rb") as opened:
            start = opened.read(4096)
    except OSError:
        return ""
    if is_state:
        return "It looks like a plan: check it with --plan." if b'"stack"' in start and b'"resources"' in start else ""
    return "It looks like an exported stack: check it with --state." if b'"deployment"' in start else ""


def _context(project: Project, env: str) -> Context:
    from policies.config import InvalidConfig
    from seawall.cli import planning
    from stacks.guardrails import context_of
    from stacks.settings.errors import SettingsErrors

    try:
        return context_of(planning.configured(project, env), env)
    except InvalidConfig as invalid:
        raise BadInput(invalid.errors) from None
    except SettingsErrors as errors:
        raise BadInput([str(error) for error in errors.errors]) from None


def _report(subject: Subject, today: date, screen: Screen, *, checkov: bool) -> Report:
    from policies import InvalidFile, check

    try:
        report = check(subject.plan, subject.context, today)
        if not checkov:
            return report
        from seawall.checkov import CheckovError
        from seawall.checkov.merging import with_checkov

        try:
            with screen.working("Asking checkov"):
                return with_checkov(report, subject.plan, subject.root, screen.err.print)
        except CheckovError as error:
            raise BadInput(str(error)) from None
    except InvalidFile as invalid:
        raise BadInput(invalid.errors) from None


def _fixes(subject: Subject, report: Report, today: date) -> tuple[tuple[Fix, ...], Report]:
    """What would mend violations, and the report on the plan with all of it done."""
    from policies import check
    from policies.remedies import fixes, mended_plan

    found = fixes(report, subject.plan, subject.context, today)
    return found, check(mended_plan(subject.plan, found), subject.context, today)


def _tell(
    console: Screen | None,
    report: Report,
    fixes: Sequence[Fix] | None,
    mended: Report | None,
    out: Path | None,
    screen: Screen,
) -> None:
    """The report for people: on the screen, or in a file."""
    from rich.console import Console
    from rich.text import Text

    from seawall.cli import files, findings, gate

    told = [*findings.lines(report)]
    if fixes is not None and mended is not None:
        told += [*findings.fix_lines(fixes), *([findings.after(report, mended)] if fixes else [])]
    told.append(Text.assemble(("Guardrails ", "bold"), (f"{report.stack}: ", "bold"), gate.verdict(report)))
    if console is None:
        text = StringIO()
        Console(file=text, width=PIPED_WIDTH, highlight=False).print(Text("\n").join(told), soft_wrap=True)
        files.write(screen, text.getvalue().encode(), out, f"the report on {report.stack}")
    else:
        console.say(Text("\n").join(told))
    for line in gate.unusable_exemptions(report):
        screen.warn(line)


def _write(
    screen: Screen, format: Format, subject: Subject, report: Report, fixes: Sequence[Fix] | None, out: Path | None
) -> None:
    from policies.reports import FORMATS, nowhere
    from seawall.cli import files

    locate = _locator(subject, report) if format is Format.SARIF else nowhere
    text = FORMATS[format.value](report, fixes, locate)
    files.write(screen, text.encode(), out, f"the report on {report.stack}")


def _locator(subject: Subject, report: Report) -> Locator:
    from seawall.cli import locations

    if subject.file is None:
        return locations.in_stack_file(subject.root, subject.plan.stack)
    excused = [*(each.violation for each in report.exempted), *(each.violation for each in report.suppressed)]
    return locations.in_plan_file(subject.file, subject.root, {each.urn for each in (*report.violations, *excused)})
