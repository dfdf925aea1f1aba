"""Pages of tables: for a terminal or a pipe, as Markdown, or as an HTML file that needs nothing besides itself."""

from __future__ import annotations

import html
import sys
from collections.abc import Sequence

from seawall.cli.screen import Screen


class Page:
    """A page of tables; this one is for a terminal or a pipe."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def title(self, text: str) -> None:
        self.screen.say(text, "bold")

    def heading(self, text: str) -> None:
        self.screen.say()
        self.screen.say(text, "bold")

    def table(self, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        from rich.box import SIMPLE
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE, pad_edge=False, show_edge=False)
        for name in head:
            table.add_column(name, overflow="fold")
        for line in lines:
            table.add_row(*map(Text, line))
        self.screen.say(table)

    def lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.screen.say(line)

    def close(self) -> None:
        """Ends the page."""


class MarkdownPage(Page):
    def title(self, text: str) -> None:
        self._write(f"# {text}\n")

    def heading(self, text: str) -> None:
        self._write(f"\n## {text}\n")

    def table(self, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        for cells in (head, ["---"] * len(head), *lines):
            self._write("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")

    def lines(self, lines: Sequence[str]) -> None:
        self._write("\n" + "\n".join(f"- {line}" for line in lines))

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")


class HtmlPage(Page):
    """A page that needs nothing besides itself."""

    def title(self, text: str) -> None:
        self._write(
            f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html.escape(text)}</title>\n'
            "<style>body{font-family:sans-serif}table{border-collapse:collapse}th,td{border:1px solid #999;"
            "padding:.3em .6em;text-align:left;vertical-align:top}</style></head>\n"
            f"<body>\n<h1>{html.escape(text)}</h1>"
        )

    def heading(self, text: str) -> None:
        self._write(f"<h2>{html.escape(text)}</h2>")

    def table(self, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        self._write("<table>\n<thead>" + _row("th", head) + "</thead>\n<tbody>")
        for line in lines:
            self._write(_row("td", line))
        self._write("</tbody>\n</table>")

    def lines(self, lines: Sequence[str]) -> None:
        self._write("<ul>\n" + "\n".join(f"<li>{html.escape(line)}</li>" for line in lines) + "\n</ul>")

    def close(self) -> None:
        self._write("</body>\n</html>")

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"
