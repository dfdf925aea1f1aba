"""The pages hold what they say: links lead somewhere, commands and options exist, samples are accepted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from seawall.cli.app import app
from stacks.settings import load
from tests.examples.test_bootstrap_example import planned

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
GUIDE = (
    "README", "local-azure", "bootstrap", "environments", "pull-requests", "promotion", "releases", "break-glass",
    "upgrade", "tear-down", "how-it-works",
)  # fmt: skip
"""The pages in the order of the index."""

TWO_SCREENS = 110
"""Lines."""

FOLDERS = "stacks|components|rbac|policies|seawall|tests|docs|examples|bench|requirements|azure-pipelines|[.]github"
NAMED = re.compile(rf"(?:{FOLDERS})/[\w./*-]*")
PLACEHOLDER = re.compile(r"ENV|NAME|FILE")
WRITTEN = {"stacks/schema.json", "docs/dev.svg", "components/.venv"}
"""What a command on the page writes."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text_of(page))


def blocks(page: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text_of(page)) if language in languages]


def spans(page: Path) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def shell_lines(page: Path) -> Iterator[str]:
    """The lines of shell samples, continued ones joined, and the first line of a shown terminal."""
    for body in blocks(page, "sh"):
        yield from body.replace("\\\n", " ").splitlines()
    for body in blocks(page, "text"):
        yield from (line[2:] for line in body.splitlines() if line.startswith("$ "))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?)\s*$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        found.add(re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-"))
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text_of(page)))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link's file exists, and has the heading that the link names."""
    dead = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    assert not dead


def commands_in(line: str) -> Iterator[list[str]]:
    """The arguments of each `seawall` in a line of shell."""
    words = shlex.split(re.sub(r"(2?>{1,2})\s*", r" \1 ", line), comments=True)
    current: list[str] | None = None
    for word in [*words, ";"]:
        word, ends = word.removesuffix(";"), word.endswith(";") or word in ("|", "||", "&&", ">", ">>", "2>")
        if current is not None and word and not (ends and word in ("|", "||", "&&", ">", ">>", "2>")):
            current.append(word)
        if current is None and re.fullmatch(r"(\S*/)?seawall", word) and not ends:
            current = []
        if ends and current is not None:
            yield current
            current = None


def command_of(arguments: list[str]) -> tuple[Any, list[str]]:
    """The command that arguments begin with, and the rest of them. Fails where there is none."""
    command: Any = typer.main.get_command(app)
    rest = list(arguments)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        assert rest[0] in command.commands, f"there is no `seawall {' '.join(arguments)}`"
        command = command.commands[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_line_is_one_that_seawall_takes(page: Path) -> None:
    """Each line of a shell sample parses as the program parses it: commands, options, arguments."""
    for line in shell_lines(page):
        for inner in re.findall(r"\$\((seawall [^)]*)\)", line):
            line = line.replace(f"$({inner})", "")
            command_of(shlex.split(inner)[1:])
        for arguments in commands_in(line):
            command, rest = command_of(arguments)
            try:
                command.make_context("seawall", rest)
            except typer.TyperException as error:
                pytest.fail(f"{line}: {error.format_message()}")
            except typer.Exit:
                pass  # --help


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_the_text_exists_with_its_options(page: Path) -> None:
    """What stands between backticks as `seawall …` names a command, and options that it has."""
    for span in spans(page):
        words = span.split()
        if words[0].rpartition("/")[2] != "seawall" or "…" in words[1:2]:
            continue
        command, rest = command_of(words[1:])
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        unknown = [word for word in rest if word.startswith("-") and word not in {*known, "--help", "-h", "--version"}]
        assert not unknown, f"`{span}`"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_target_of_make_exists(page: Path) -> None:
    """`make NAME` on a page is a target of the Makefile."""
    makefile = text_of(ROOT / "Makefile").replace("$(VENV)", ".venv")
    targets = set(re.findall(r"^([\w./-]+):", makefile, re.MULTILINE))
    lines = [*shell_lines(page), *(span for span in spans(page) if span.startswith("make "))]
    for line in lines:
        found = re.match(r"make ([^#&|;]*)", line)
        named = [word for word in (found[1].split() if found else ()) if "=" not in word]
        assert set(named) <= targets, line


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_exists(page: Path) -> None:
    """A path in the text, or in a shell sample, is of something that is there. ENV, NAME and `*` stand for any."""
    # An example's own page speaks of its own folder.
    named = [span for span in spans(page) if NAMED.fullmatch(span)]
    named += [word for line in shell_lines(page) for word in line.split() if NAMED.fullmatch(word)]
    missing = [
        path
        for path in named
        if path not in WRITTEN and not any(ROOT.glob(PLACEHOLDER.sub("*", path).rstrip("/")))
    ]
    assert not missing


def merged(into: Any, part: Any) -> Any:
    if isinstance(into, dict) and isinstance(part, dict):
        return {**into, **{key: merged(into.get(key), value) for key, value in part.items()}}
    return part


def samples() -> Iterator[Any]:
    for page in PAGES:
        for number, body in enumerate(blocks(page, "yaml"), 1):
            if "seawall:" in body or "bootstrap:" in body:
                yield pytest.param(body, id=f"{name_of(page)}-{number}")


@pytest.mark.parametrize("sample", list(samples()))
def test_every_sample_of_a_stack_file_is_accepted(sample: str, tmp_path: Path) -> None:
    """A whole file by itself; one that begins with `# part of FILE` in the place of what FILE has."""
    part = re.match(r"# part of (\S+)\n", sample)
    document = yaml.safe_load(sample)
    if part is None:
        (tmp_path / "Pulumi.sample.yaml").write_text(sample)
        load(tmp_path / "Pulumi.sample.yaml")
        return
    file = ROOT / part[1]
    whole = yaml.safe_load(file.read_text())
    if file.parent.name == "bootstrap":
        assert planned(file.name.split(".")[1], **{key.split(":")[1]: value for key, value in document.items()})
        return
    whole["config"] = merged(whole["config"], document)
    copy = tmp_path / file.name
    copy.write_text(yaml.safe_dump(whole, sort_keys=False))
    load(copy)


def test_the_index_has_every_page() -> None:
    """docs/README.md links to each page beside it, the guide's in their order; README.md links to it."""
    linked = [target.partition("#")[0] for target in LINK.findall(text_of(DOCS / "README.md"))]
    pages = {name_of(page).removeprefix("docs/") for page in DOCS.rglob("*.md")} - {"README.md"}
    assert pages <= set(linked)
    order = [Path(target).stem for target in dict.fromkeys(linked) if Path(target).stem in GUIDE]
    assert order == list(GUIDE[1:])
    assert "docs/README.md" in LINK.findall(text_of(ROOT / "README.md"))


@pytest.mark.parametrize("name", GUIDE)
def test_a_page_of_the_guide_fits_on_two_screens(name: str) -> None:
    """Whoever has to act reads a short page."""
    assert len(text_of(DOCS / f"{name}.md").splitlines()) <= TWO_SCREENS
