"""The part of the Kusto query language that is there, against plain Python over the same rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.local.monitor.kql import Column, KqlError, Table, Unsupported, run
from seawall.local.monitor.kql.values import shown

NOW = 1_000_000.0
COLUMNS = (
    Column("Time", "datetime"),
    Column("Name", "string"),
    Column("Code", "int"),
    Column("Model", "int"),
    Column("Ms", "real"),
)
ROWS: list[tuple[Any, ...]] = [
    (NOW - 300, "blue", 200, 200, 12.0),
    (NOW - 200, "green", 500, 500, 40.0),
    (NOW - 100, "green", 429, None, 1.0),
    (NOW - 50, "Blue-old", 200, 200, 20.0),
    (NOW - 10, "green", 200, 200, 22.0),
]


def query(text: str, rows: list[tuple[Any, ...]] = ROWS) -> Table:
    return run(text, {"T": Table(COLUMNS, rows)}.get, NOW)


def values(text: str, rows: list[tuple[Any, ...]] = ROWS) -> list[tuple[Any, ...]]:
    return list(query(text, rows).rows)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("Code == 200", [0, 3, 4]),
        ("Code != 200", [1, 2]),
        ('Code != "200" and Code != "100"', [1, 2]),
        ("Code >= 400 and Code < 500", [2]),
        ("Code in (429, 500)", [1, 2]),
        ("Code !in (429, 500)", [0, 3, 4]),
        ("Name == 'blue'", [0]),
        ("Name =~ 'BLUE'", [0]),
        ("Name !~ 'BLUE'", [1, 2, 3, 4]),
        ("Name in~ ('BLUE', 'Green')", [0, 1, 2, 4]),
        ("Name has 'blue'", [0, 3]),
        ("Name !has 'blue'", [1, 2, 4]),
        ("Name has 'blu'", []),
        ("Name contains 'LU'", [0, 3]),
        ("Name contains_cs 'LU'", []),
        ("Name startswith 'B'", [0, 3]),
        ("Name endswith_cs 'old'", [3]),
        ("Time > ago(1m)", [3, 4]),
        ("Time between (ago(200s) .. ago(50s))", [1, 2, 3]),
        ("Time !between (ago(200s) .. now())", [0]),
        ("now() - Time < 1m", [3, 4]),
        ("Code == 200 or Name == 'green' and Ms > 30", [0, 1, 3, 4]),
        ("(Code == 200 or Name == 'green') and Ms > 30", [1]),
        ("not(Code == 200)", [1, 2]),
        ("Model == 200", [0, 3, 4]),
        ("Model != 200", [1]),
        ("isnull(Model)", [2]),
        ("isnotnull(Model) and isnotempty(Name)", [0, 1, 3, 4]),
        ("Ms / 2 > 10.5", [1, 4]),
        ("Code / 100 == 2", [0, 3, 4]),
        ("Ms > 10 and -Ms > -30 // a comment", [0, 3, 4]),
        ("iff(Code == 200, Ms, 0.0) > 20", [4]),
        ("strcat(tolower(Name), '/', tostring(Code)) == 'blue/200'", [0]),
        ("strlen(Name) == 4 and coalesce(Model, 0) == 200", [0]),
        ("Time >= datetime(1970-01-12T13:46:40Z) - 10s", [4]),
        ("true", [0, 1, 2, 3, 4]),
    ],
)
def test_conditions(condition: str, rows: list[int]) -> None:
    """`where` keeps exactly the rows for which the condition holds; null holds nothing."""
    assert values(f"T | where {condition}") == [ROWS[at] for at in rows]


def test_columns_are_made_renamed_and_kept() -> None:
    """`extend` adds or replaces, `project` chooses and names; what has no name is a numbered column."""
    assert query("T | extend Class = Code / 100, Ms = Ms * 1000").columns == (*COLUMNS, Column("Class", "long"))
    found = query("T | project N = Name, Code, Ms + 1, strlen(Name) | take 1")
    assert [(each.name, each.type) for each in found.columns] == [
        ("N", "string"),
        ("Code", "int"),
        ("Column1", "real"),
        ("Column2", "long"),
    ]
    assert list(found.rows) == [("blue", 200, 13.0, 4)]
    assert values("T | distinct Name") == [("blue",), ("green",), ("Blue-old",)]
    assert values("T | distinct *") == ROWS
    assert values("T | count") == [(5,)]


def test_order() -> None:
    """Rows are sorted descending unless said otherwise, null as the smallest; `top` is sort and take."""
    assert [row[4] for row in values("T | order by Ms")] == [40.0, 22.0, 20.0, 12.0, 1.0]
    assert [row[4] for row in values("T | sort by Name asc, Ms asc")] == [20.0, 12.0, 1.0, 22.0, 40.0]
    assert values("T | order by Model asc | project Model | take 1") == [(None,)]
    assert values("T | order by Model | project Model")[-1] == (None,)
    assert values("T | order by Model desc nulls first | project Model | take 1") == [(None,)]
    assert [row[4] for row in values("T | top 2 by Ms asc")] == [1.0, 12.0]
    assert len(values("T | limit 3")) == 3


def test_summaries() -> None:
    """Aggregates by keys, in expressions, several percentiles at once, and over nothing at all."""
    text = (
        "T | summarize n = count(), failed = countif(Code >= 400), share = 100.0 * countif(Code >= 400) / count(),"
        " avg(Ms), max(Time), dcount(Code), percentiles(Ms, 50, 99) by Name | order by Name asc"
    )
    found = query(text)
    assert [column.name for column in found.columns] == [
        *("Name", "n", "failed", "share", "avg_Ms", "max_Time", "dcount_Code", "percentile_Ms_50", "percentile_Ms_99")
    ]
    assert list(found.rows)[2] == ("green", 3, 2, 200 / 3, 21.0, NOW - 10, 3, 22.0, 40.0)
    assert values("T | where Code == 1 | summarize count(), sum(Ms), avg(Ms), percentile(Ms, 95)") == [
        (0, 0, None, None)
    ]
    assert values("T | where Code == 1 | summarize count() by Name") == []
    assert values("T | summarize count() by bin(Time, 1m) | count") == [(4,)]
    assert values("T | summarize by Name | count") == [(3,)]
    assert values("T | summarize sumif(Ms, Code == 200), avgif(Ms, Code == 200), minif(Ms, Code > 200)") == [
        (54.0, 18.0, 1.0)
    ]


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("T | join T on Name", Unsupported, "operator join"),
        ("T | render timechart", Unsupported, "operator render"),
        ("T | mv-expand Name", Unsupported, "operator mv-expand"),
        ("let x = 1; T", Unsupported, "statement let"),
        ("union T, T", Unsupported, "statement union"),
        ("T | where geo_distance(Ms) > 1", Unsupported, "function geo_distance()"),
        ("T | summarize make_list(Name)", Unsupported, "function make_list()"),
        ("U | take 1", KqlError, "resolve table or column expression named 'U'"),
        ("T | where Colour == 'red'", KqlError, "expression named 'Colour'"),
        ("T | summarize Ms by Name", KqlError, "expression named 'Ms'"),
        ("T | where Name > 3", KqlError, "types string and long"),
        ("T | where Code == 'many'", KqlError, "'many' is compared with a number"),
        ("T | where Code", KqlError, "where needs a condition, not a int"),
        ("T | where Code has 'x'", KqlError, "has compares strings"),
        ("T | extend a = Name + 1", KqlError, r"\+ doesn't take a string and a long"),
        ("T | extend a = ago(3)", KqlError, r"ago\(\) takes timespan"),
        ("T | extend a = bin(Time)", KqlError, r"bin\(\) takes 2 arguments"),
        ("T | summarize percentile(Ms, 101)", KqlError, "from 0 to 100"),
        ("T | summarize sum(Name)", KqlError, r"sum\(\) takes"),
        ("T | project Name, Name", KqlError, "Two columns are named Name"),
        ("T | where Time > datetime(tomorrow)", KqlError, "no date or time"),
        ("T | take 1.5", KqlError, "no number of rows"),
        ("T | where", KqlError, "ends too early"),
        ("T where Code == 1", KqlError, "can't be read at 'where' .line 1, column 3."),
        ("T |\nwhere Code === 1", KqlError, "line 2, column 14"),
        ("", KqlError, "empty"),
        ("T" + " | take 1" * 5000, KqlError, "longer than"),
        ("T | where " + "(" * 5000 + "true" + ")" * 5000, KqlError, "nested too deeply"),
    ],
)
def test_what_is_not_there_is_named(text: str, kind: type[KqlError], why: str) -> None:
    """A query that is wrong is refused with what and where; one that uses more of the language with its name."""
    with pytest.raises(kind, match=why):
        query(text)


names = st.sampled_from(["blue", "green", "canary"])
rows_of_any = st.lists(
    st.tuples(
        st.floats(0, 1000).map(lambda value: round(value, 3)),
        names,
        st.sampled_from([200, 429, 500]),
        st.one_of(st.none(), st.sampled_from([200, 500])),
        st.floats(0.1, 1000),
    ),
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(rows=rows_of_any, code=st.sampled_from([200, 429, 500]), width=st.sampled_from([1, 7, 60]))
def test_summarize_is_what_counting_gives(rows: list[tuple[Any, ...]], code: int, width: int) -> None:
    """Counts, sums and percentiles by name and time are those of plain Python."""
    text = (
        f"T | where Code >= {code} | extend At = bin(Time, {width}s)"
        " | summarize n = count(), s = sum(Code), p = percentile(Ms, 90), d = dcount(Model) by Name, At"
        " | order by Name asc, At asc"
    )
    groups: dict[tuple[str, float], list[tuple[Any, ...]]] = {}
    for row in rows:
        if row[2] >= code:
            groups.setdefault((row[1], row[0] // width * width), []).append(row)
    expected = []
    for key in sorted(groups):
        group = groups[key]
        ordered = sorted(row[4] for row in group)
        p90 = min(v for v in ordered if sum(w <= v for w in ordered) >= 0.9 * len(ordered))
        models = {row[3] for row in group if row[3] is not None}
        expected.append((*key, len(group), sum(row[2] for row in group), p90, len(models)))
    assert values(text, rows) == expected


_WORDS = r"""T | where extend by ( ) , == Code Name 'a' 1 1m in between .. and - summarize count() order top not * /
    project = " ' datetime( let"""
words_of_queries = st.sampled_from(_WORDS.split())


@settings(max_examples=300, deadline=None)
@given(st.lists(words_of_queries, max_size=12))
def test_any_text_is_a_query_or_refused(words: list[str]) -> None:
    """No query, whatever it is, raises anything but a refusal."""
    try:
        query(" ".join(words))
    except KqlError as error:
        assert error.message


def test_values_are_written_as_the_query_api_does() -> None:
    """Times in UTC with a Z, timespans as days and clock, everything else as it is."""
    assert shown(0.5, "datetime") == "1970-01-01T00:00:00.500000Z"
    assert shown(90_061.5, "timespan") == "1.01:01:01.5000000"
    assert shown(-61.0, "timespan") == "-00:01:01.0000000"
    assert shown(None, "real") is None
    assert shown("x", "string") == "x"
