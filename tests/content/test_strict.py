"""The strict YAML reader: scalars stay strings, keys stay single, every problem has a line."""

from pathlib import Path

import pytest

from bot.content.strict import Block, Fields, Row, line_of, parse_yaml, read_yaml


def test_every_scalar_stays_what_was_typed() -> None:
    data, problems = parse_yaml("a: 9:30\nb: no\nc: 0800-0432\nd: 116111\ne: ~\nf:\n", "x.yaml")
    assert problems == []
    assert data == {"a": "9:30", "b": "no", "c": "0800-0432", "d": "116111", "e": "~", "f": ""}


def test_every_node_knows_its_line() -> None:
    data, _ = parse_yaml("a: 1\nb:\n  - x\n  - {c: 1,\n     d: 2}\n", "x.yaml")
    row = data["b"]
    assert isinstance(row, Row)
    inner = row[1]
    assert isinstance(inner, Block)
    assert (line_of(data, "b"), line_of(row, 1), line_of(inner, "d")) == (2, 4, 5)
    assert line_of(data, "nowhere") == 1


def test_every_duplicate_key_is_reported_and_the_first_value_kept() -> None:
    data, problems = parse_yaml("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n", "x.yaml")
    assert [p[: len("x.yaml:2:")] for p in problems] == ["x.yaml:2:", "x.yaml:5:"]
    assert data["a"] == "1"


@pytest.mark.parametrize(
    ("text", "start", "word"),
    [
        ("a: b: c\n", "x.yaml:1:", "quotes"),
        ("a:\n\t- b\n", "x.yaml:2:", "tabs"),
        ("a: [x\n", "x.yaml:", "quotes"),
        ("a: &x 1\nb: *x\n", "x.yaml:1:", "write the text out"),
        ("a: !!int 3\n", "x.yaml:1:", "quotes"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:", "file of its own"),
        ("a: \x00\n", "x.yaml:1:", "remove it"),
        ("? [a]\n: b\n", "x.yaml:1:", "quotes"),
        ("- a\n", "x.yaml:1:", "key: value"),
        ("", "x.yaml:1:", "nothing to read"),
        ("[" * 5000, "x.yaml:1:", "deep"),
    ],
)
def test_what_cannot_be_read_is_said_with_line_and_advice(text: str, start: str, word: str) -> None:
    _, problems = parse_yaml(text, "x.yaml")
    assert problems[0].startswith(start)
    assert word in problems[0]


def test_a_file_that_is_missing_or_not_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    assert "UTF-8" in read_yaml(tmp_path / "latin.yaml", "latin.yaml")[1][0]
    assert "cannot be read" in read_yaml(tmp_path / "none.yaml", "none.yaml")[1][0]


def test_fields_report_everything_at_once_with_advice() -> None:
    data, problems = parse_yaml("kind: fod\nlist: {a: 1}\nnmae: x\nJa, ik wil: y\n", "x.yaml")
    fields = Fields(data, "x.yaml", problems)
    fields.one_of("kind", ("food", "home"))
    fields.texts("list")
    fields.text("name", needed=True)
    fields.done()
    assert problems == [
        "x.yaml:1: 'kind: fod' is not known; do you mean 'food'?",
        "x.yaml:2: 'list' must be a list of texts; write 'list: [one, two]'",
        "x.yaml:1: 'name' is missing; add 'name: ...'",
        "x.yaml:3: 'nmae' is not a key here; do you mean 'name'?",
        "x.yaml:4: 'Ja, ik wil' is not a key here; "
        "a text with , { } or : in it needs quotes around it",
    ]


def test_fields_give_inner_mappings_and_lists() -> None:
    data, problems = parse_yaml("a: {x: {t: 1}, y: {t: 2}}\nb: [{t: 3}, 4]\nc: 5\n", "x.yaml")
    fields = Fields(data, "x.yaml", problems)
    assert [(name, inner.text("t")) for name, inner in fields.named("a")] == [
        ("x", "1"),
        ("y", "2"),
    ]
    assert [inner.text("t") for inner in fields.each("b")] == ["3"]
    assert fields.inner("c") is None
    assert [p[:9] for p in problems] == ["x.yaml:2:", "x.yaml:3:"]
