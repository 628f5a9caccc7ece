"""Trees, parts, rebase and diff: byte for byte, and by key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.releases.diff import _pieces, change_id, changed_parts, compare_files, compare_texts
from bot.releases.entries import take_entries
from bot.releases.parts import take_apart
from bot.releases.rebase import WHOLE, Conflict, merge, rebase
from bot.releases.tree import is_content, read_files, release_id, tree_of, write_files
from tests.conftest import ROOT, Content

FILE = "conversations/eten.yaml"
TEXTS = st.dictionaries(
    st.sampled_from(["one", "two", "three", "four"]),
    st.text(st.sampled_from("abc é"), min_size=1).map(lambda t: f"x{t}x"),
    min_size=1,
)


def yaml(values: dict[str, str]) -> bytes:
    lines = [f"  {key}: '{text}'  # about {key}\n" for key, text in values.items()]
    return ("# top\nsteps:\n" + "".join(lines) + "# end\n").encode()


def test_the_release_of_this_repository_is_read_whole_and_written_back_byte_for_byte(
    tmp_path: Path,
) -> None:
    files = read_files(ROOT)
    assert FILE in files
    assert "locales/ar/LC_MESSAGES/lucht.po" in files
    assert "directory/postcodes.csv" in files
    write_files(tmp_path, files)
    assert read_files(tmp_path) == files
    assert release_id(tree_of(read_files(tmp_path))) == release_id(tree_of(files))


def test_writing_removes_files_that_are_no_longer_of_the_release_and_leaves_others(
    tmp_path: Path,
) -> None:
    write_files(tmp_path, {FILE: b"a", "conversations/old.yaml": b"b"})
    (tmp_path / "conversations" / "README.md").write_text("stays")
    write_files(tmp_path, {FILE: b"c"})
    assert read_files(tmp_path) == {FILE: b"c"}
    assert (tmp_path / "conversations" / "README.md").exists()


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "conversations", "conversations/", "bot/app.py", "../x.yaml"),
        *("conversations/../../x.yaml", "conversations/./x.yaml", "conversations//x.yaml"),
        *("conversations/x.py", "conversations/.x.yaml", "conversations/x.yaml/", "locales/x\n.po"),
        *("conversations/x.yaml\0", "conversations\\x.yaml", f"conversations/{'x' * 200}.yaml"),
    ],
)
def test_no_path_leads_out_of_the_release(path: str, tmp_path: Path) -> None:
    assert not is_content(path)
    with pytest.raises(ValueError, match="no file of a release"):
        write_files(tmp_path, {path: b""})
    assert not list(tmp_path.iterdir())


@given(st.dictionaries(st.sampled_from(["a.yaml", "b.yaml", "c.csv"]), st.binary(max_size=8)))
def test_the_name_of_a_release_depends_on_its_files_alone(files: dict[str, bytes]) -> None:
    backwards = dict(reversed(files.items()))
    assert release_id(tree_of(files)) == release_id(tree_of(backwards))
    changed = {**files, "a.yaml": files.get("a.yaml", b"") + b"!"}
    assert release_id(tree_of(files)) != release_id(tree_of(changed))


def test_every_file_of_this_repository_is_put_together_as_it_was() -> None:
    for path, content in read_files(ROOT).items():
        text = content.decode()
        parts = take_apart(path, text)
        assert parts.put({}) == text
        if path.startswith("conversations/") or path.endswith(".po"):
            assert parts.spans, path


@given(TEXTS, TEXTS, TEXTS)
def test_two_changes_by_key_give_the_same_file_in_either_order(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    """What both changed differently is a conflict, named by its key; all else is in the result."""
    one = {key: ours.get(key, text) for key, text in base.items()}
    other = {key: theirs.get(key, text) for key, text in base.items()}
    changed = {k: {v[k] for v in (one, other)} - {base[k]} for k in base}
    clash = {f"steps.{key}" for key, values in changed.items() if len(values) > 1}
    first = merge(FILE, yaml(base), yaml(one), yaml(other))
    second = merge(FILE, yaml(base), yaml(other), yaml(one))
    assert set(first[1]) == set(second[1]) == clash
    if not clash:
        wanted = {key: next(iter(changed[key]), base[key]) for key in base}
        assert first[0] == second[0] == yaml(wanted)


def test_a_new_step_and_a_mended_sentence_come_together() -> None:
    base = yaml({"one": "a", "two": "b"})
    longer = yaml({"one": "a", "two": "b", "three": "c"})
    mended = yaml({"one": "A", "two": "b"})
    wanted = yaml({"one": "A", "two": "b", "three": "c"})
    assert merge(FILE, base, longer, mended) == (wanted, ())
    assert merge(FILE, base, mended, longer) == (wanted, ())


def test_two_new_steps_are_a_conflict_of_the_whole_file() -> None:
    base, one = yaml({"one": "a"}), yaml({"one": "a", "two": "b"})
    other = yaml({"one": "a", "three": "c"})
    assert merge(FILE, base, one, other) == (one, (WHOLE,))


GUIDE = "directory/services/lokaal/gm0150.yaml"
HEAD = "# Deventer\nservices:\n"


def guide(*entries: str, head: str = HEAD) -> bytes:
    return (head + "\n".join(entries)).encode()


def entry(name: str, status: str = "active", *rows: str) -> str:
    more = "".join(f"      - {{fields: [{row}], year: 2026}}\n" for row in ("name", *rows))
    return f"  # about {name}\n  - id: {name}\n    status: {status}\n    provenance:\n{more}"


ONE, TWO, THREE, FOUR = (entry(name) for name in ("one", "two", "three", "four"))


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ((entry("one", "active", "url"), TWO), (ONE, entry("two", "closed")), None),
        ((ONE, TWO, THREE), (ONE, TWO, FOUR), (ONE, TWO, THREE, FOUR)),
        ((ONE, THREE, TWO), (FOUR, ONE, TWO), (FOUR, ONE, THREE, TWO)),
        ((ONE,), (entry("one", "closed"), TWO), (entry("one", "closed"),)),
        ((ONE, entry("two", "closed")), (THREE, ONE, TWO), (THREE, ONE, entry("two", "closed"))),
        ((TWO,), (ONE, TWO, THREE), (TWO, THREE)),
    ],
)
def test_two_people_keep_two_entries_of_one_file(
    ours: tuple[str, ...], theirs: tuple[str, ...], wanted: tuple[str, ...] | None
) -> None:
    """Whatever is added, confirmed, closed or taken away: never the file as a whole."""
    wanted = wanted or (ours[0], theirs[1])
    merged, keys = merge(GUIDE, guide(ONE, TWO), guide(*ours), guide(*theirs))
    assert (merged, keys) == (guide(*wanted), ())


def test_two_people_at_one_entry_are_named_by_its_id() -> None:
    base = guide(ONE, TWO)
    ours, theirs = (guide(entry("one", "active", row), TWO) for row in ("url", "phones"))
    assert merge(GUIDE, base, ours, theirs) == (ours, ("one",))
    assert merge(GUIDE, base, guide(TWO), theirs)[1] == ("one",)
    assert merge(GUIDE, base, theirs, guide(TWO))[1] == ("one",)
    closed, renamed = guide(entry("one", "closed"), TWO), guide(ONE.replace("2026", "2025"), TWO)
    both = guide(entry("one", "closed").replace("2026", "2025"), TWO)
    assert merge(GUIDE, base, closed, renamed) == (both, ())


def test_every_file_of_the_directory_is_put_together_as_it_was() -> None:
    for path, content in read_files(ROOT).items():
        found = take_entries(path, content.decode())
        if path.startswith("directory/services/"):
            assert found, path
        if found:
            text = found.with_blocks(found.head, list(found.blocks.values()))
            assert text == content.decode(), path


def test_a_number_in_a_list_that_moved_is_no_place() -> None:
    """An item put before another must not get what was meant for that one."""
    base = b"steps:\n  a:\n    - {to: x}\n    - {to: x}\n"
    ours = b"steps:\n  a:\n    - {to: x}\n    - {to: y}\n"
    theirs = b"steps:\n  a:\n    - {to: x}\n    - {to: x}\n    - {to: x}\n"
    assert merge(FILE, base, ours, theirs) == (ours, ("steps.a.2.to",))


@given(st.sampled_from([None, b"a", b"b", b"c"]), st.sampled_from([None, b"a", b"b"]))
def test_who_changed_nothing_takes_what_the_other_made(
    base: bytes | None, theirs: bytes | None
) -> None:
    assert merge("directory/x.csv", base, base, theirs) == (theirs, ())
    assert merge("directory/x.csv", base, theirs, base) == (theirs, ())
    assert merge("directory/x.csv", base, theirs, theirs) == (theirs, ())


def test_a_rebased_draft_changes_the_same_as_before() -> None:
    """So its approval stands; in a file that changed as a whole it does not."""
    base = {FILE: yaml({"one": "a", "two": "b"})}
    edits = {FILE: yaml({"one": "A", "two": "b"})}
    moved = {FILE: yaml({"one": "a", "two": "B"})}
    rebased = rebase(base, edits, moved)
    assert rebased.edits == {FILE: yaml({"one": "A", "two": "B"})}
    assert change_id(base, edits) == change_id(moved, rebased.edits)
    other = {FILE: yaml({"one": "Z", "two": "b"})}
    assert change_id(base, edits) != change_id(base, other)
    conflict = rebase(base, edits, {FILE: yaml({"one": "!", "two": "b"})})
    assert conflict.conflicts == (Conflict(FILE, "steps.one"),)


def test_an_edit_that_is_already_there_is_no_longer_an_edit() -> None:
    base, ours = {FILE: b"a: 1\n"}, {FILE: b"a: 2\n"}
    assert rebase(base, ours, ours).edits == {}


@given(TEXTS, TEXTS)
def test_a_change_of_values_is_named_by_key(base: dict[str, str], new: dict[str, str]) -> None:
    after = {key: new.get(key, text) for key, text in base.items()}
    found = changed_parts(FILE, yaml(base), yaml(after))
    assert found == {
        f"steps.{k}": (f"'{base[k]}'", f"'{after[k]}'") for k in base if base[k] != after[k]
    }


def test_a_comment_or_a_key_that_changes_is_more_than_values() -> None:
    base = yaml({"one": "a"})
    assert changed_parts(FILE, base, base.replace(b"# top", b"# goto: /elsewhere")) is None
    assert changed_parts(FILE, base, base.replace(b"one:", b"two:")) is None


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_a_diff_holds_both_sides_whole(old: list[str], new: list[str]) -> None:
    pieces = list(_pieces(old, new))
    assert "".join(text for kind, text in pieces if kind != "in") == "".join(old)
    assert "".join(text for kind, text in pieces if kind != "out") == "".join(new)


def test_files_and_texts_are_compared(small: Content) -> None:
    changes = compare_files({"a": b"1\n2\n", "b": b"x"}, {"a": b"1\n3\n", "c": b"y"})
    assert [(c.path, c.kind) for c in changes] == [
        ("a", "changed"),
        ("b", "removed"),
        ("c", "added"),
    ]
    assert changes[0].pieces == (("same", "1\n"), ("out", "2\n"), ("in", "3\n"))
    catalog = small.release.catalog
    assert compare_texts(catalog, catalog) == ()
