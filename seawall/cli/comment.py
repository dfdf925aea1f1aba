"""`seawall comment FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.exits import BadInput
from seawall.cli.hosting import DryRun, Repository, Url
from seawall.cli.options import Json
from seawall.cli.screen import Screen

VERDICT = "Seawall"
"""The name under which the verdict stands at a commit: what a branch's protection requires."""


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The comment, as `seawall review --out` writes it.")],
    repository: Repository = "",
    pull_request: Annotated[
        int, typer.Option("--pull-request", metavar="NUMBER", help="The pull request. In its own job: known.")
    ] = 0,
    head: Annotated[
        str,
        typer.Option("--head", metavar="OWNER:BRANCH", help="Find the pull request by its branch, with --commit."),
    ] = "",
    commit: Annotated[str, typer.Option("--commit", metavar="SHA", help="The newest commit of the pull request.")] = "",
    verdict: Annotated[
        str,
        typer.Option("--verdict", metavar="RESULT", help="Keep it on the commit: `success`, or anything else."),
    ] = "",
    url: Url = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Put FILE on a pull request as one comment, which the next run edits instead of adding another.

    The comment is found by the mark in its first line, and only if the token's own user wrote it. What the pull request
    changes of policies, personas, pipelines and the machinery is named in it, as the host says and not as FILE does.
    Where there is no FILE, because the review failed, the comment says that. With --verdict the commit gets a status
    named Seawall, which a branch's protection can require. The token is GITHUB_TOKEN or SYSTEM_ACCESSTOKEN.

    \b
    Example:
      seawall review --out comment.md; seawall comment comment.md --dry-run
      seawall comment comment.md --repository larkspur-insurance/ml-platform --pull-request 7
    """
    from seawall.cli import hosting

    screen = Screen.of_process(json=json)
    where = hosting.here(repository, url)
    text = _text(file, where.run_url)
    number = pull_request or _number(where.pull_request)
    if not number and not (head and commit) and not dry_run:
        raise BadInput("which pull request is not known: name it with --pull-request, or --head and --commit")
    if verdict and not commit:
        raise BadInput("--verdict is kept on a commit: name it with --commit")
    if dry_run:
        screen.say(text)
        screen.result({"dryRun": True, "text": text})
        return
    from seawall.pipelines import guarded
    from seawall.pipelines.host import Verdict
    from seawall.review.comment import MARKER, with_note

    with hosting.opened(where) as host:
        number = number or host.pull_request(head, commit)
        note = guarded.note(host.touched(number))
        done = host.put_comment(number, MARKER, with_note(text, note))
        if verdict:
            passed = verdict.lower() in ("success", "succeeded")
            words = "guardrails let this change pass" if passed else "this change can't be merged: see the comment"
            found = Verdict(name=VERDICT, passed=passed, told=words, url=done.url or where.run_url)
            host.put_verdict(number, commit, found)
    screen.say(f"Comment on pull request {number} of {hosting.told(where)}: {done.what}. {done.url}")
    if where.outputs:
        with where.outputs.open("a", encoding="utf-8") as outputs:
            outputs.write(f"pull-request={number}\n")
    screen.result({"pullRequest": number, "comment": done.what, "url": done.url, "guardsTouched": bool(note)})


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _text(file: Path, run_url: str) -> str:
    from seawall.review.comment import MARKER, failed

    if not file.exists():
        return failed(run_url)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: can't be read: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    if not text.startswith(MARKER):
        raise BadInput(
            f"{file}: is no review: its first line isn't {MARKER}", hint="`seawall review --out FILE` writes one."
        )
    return text
