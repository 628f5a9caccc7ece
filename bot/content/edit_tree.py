"""The file of a conversation as a tree that keeps comments: finding, putting, taking out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString

from bot.engine.model import END

LONGEST = 2000
"""Characters of one text; the house style asks for far fewer."""

LONGEST_ID = 16
MOST_OPTIONS = 8
_FOLDED_FROM = 60
"""Characters from which a text stands on lines of its own, a sentence a line."""

_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\S)|(?<=[.!?]\") (?=\S)")
_NEVER = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


class EditError(Exception):
    """An edit that cannot be made; ``code`` names the words that say why and what next."""

    def __init__(self, code: str) -> None:
        """Keep the code alone, never somebody's words."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to be added: its kind, its words, and what it needs.

    ``kind`` is say, ask, when, find, card or run; ``choices`` are the answers of a question,
    ``about`` the need of a search or card, or the conversation that is run; ``none`` is run when
    a search finds nothing. ``case`` says for whom something is, name by name; its ``words``, if
    any, are said to them alone.
    """

    kind: str
    words: str = ""
    choices: tuple[str, ...] = ()
    about: str = ""
    none: str = ""
    case: Mapping[str, Sequence[str]] = field(default_factory=dict)


def named_after(new: NewStep) -> str:
    """Return the words of which the id of a new step is made."""
    if new.kind == "when":
        return " ".join(("voor", *(value for values in new.case.values() for value in values)))
    return new.words or new.about


def cleaned(words: str) -> str:
    """Return a text as it may stand in a file: no control signs, no spaces too many."""
    text = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(sign if sign == "\n" or _is_plain(sign) else " " for sign in text)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST].strip()


def _is_plain(sign: str) -> bool:
    # Format characters (zero width joiners, isolates) have a place in some languages.
    return (
        unicodedata.category(sign) not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") and sign != "\ufeff"
    )


def node_of(root: CommentedMap, path: str) -> CommentedMap:
    """Return the step or option that a place names."""
    step, _, option = path.partition(".options.")
    found = step_of(root, step)
    if option:
        options = found.get("options")
        known = options.get(option) if isinstance(options, CommentedMap) else None
        found = known if isinstance(known, CommentedMap) else CommentedMap()
    if not found:
        raise EditError("no_such_text")
    return found


def holder_of(root: CommentedMap, key: str) -> tuple[CommentedMap, str]:
    """Return the mapping in which a text stands, and its name there."""
    if key == "title":
        return root, "title"
    if ".options." in key:
        return node_of(root, key), "text"
    step, _, name = key.partition(".")
    holder = step_of(root, step)
    allowed = {"ask": ("ask", "say"), "find": ("say",), "card": ("say",), "say": ("say",)}
    kind = next((kind for kind in ("ask", "find", "card", "say") if kind in holder), "")
    if name not in allowed.get(kind, ()):
        raise EditError("no_such_text")
    return holder, name


def steps_of(root: CommentedMap) -> CommentedMap:
    steps: CommentedMap = root["steps"]
    return steps


def step_of(root: CommentedMap, step: str) -> CommentedMap:
    found = steps_of(root).get(step)
    if not isinstance(found, CommentedMap):
        raise EditError("no_such_step")
    return found


def ways_of(step: CommentedMap) -> Iterator[str]:
    """Yield every way on which a step leads on."""
    yield from (way for way in ("goto", "else", "none") if way in step)
    cases, options = step.get("when"), step.get("options")
    if isinstance(cases, CommentedSeq):
        yield from (f"when.{number}" for number in range(len(cases)))
    if isinstance(options, CommentedMap):
        yield from (f"options.{name}" for name in options)


def _fork(step: CommentedMap, way: str) -> tuple[CommentedMap, str]:
    """Return the mapping and the key under which the target of a way stands."""
    if way not in ways_of(step):
        raise EditError("no_such_step")
    kind, _, name = way.partition(".")
    if kind == "options":
        return step["options"][name], "goto"
    if kind == "when":
        return step["when"][int(name)], "goto"
    return step, way


def way_of(step: CommentedMap, way: str) -> str:
    holder, key = _fork(step, way)
    return str(holder.get(key, END))


def set_way(step: CommentedMap, way: str, target: str) -> None:
    holder, key = _fork(step, way)
    holder[key] = target


def check_target(root: CommentedMap, target: str) -> None:
    if target != END and not target.startswith("/") and target not in steps_of(root):
        raise EditError("no_such_step")


def onward_of(gone: CommentedMap, step: str, to: str) -> str:
    targets = dict.fromkeys(way_of(gone, way) for way in ways_of(gone))
    targets.pop(step, None)
    if to:
        if to == step:
            raise EditError("where_to")
        return to
    if len(targets) != 1:
        raise EditError("where_to")
    return next(iter(targets))


def remember(root: CommentedMap, gone: str, onward: str) -> None:
    """Lead whoever waits at a former step on; without a step they begin the conversation anew."""
    was = root.get("was")
    if not isinstance(was, CommentedMap):
        if not onward:
            return
        was = CommentedMap()
        was.fa.set_flow_style()
        put(root, "was", was, after=("steps",))
    for former in [name for name, present in was.items() if present == gone]:
        if onward:
            was[former] = onward
        else:
            was.pop(former)
    if onward:
        was[gone] = onward
    if not was:
        root.pop("was")


def forget_in_tests(root: CommentedMap, gone: str) -> None:
    """No test can visit a step that is gone."""
    for test in root.get("tests") or ():
        expect = test.get("expect") if isinstance(test, CommentedMap) else None
        visits = expect.get("visits") if isinstance(expect, CommentedMap) else None
        if isinstance(visits, CommentedSeq) and gone in visits:
            visits.remove(gone)
        elif visits == gone and isinstance(expect, CommentedMap):
            expect.pop("visits")


# -- making things


def made_step(root: CommentedMap, new: NewStep, target: str, name: str, at: int) -> CommentedMap:
    made: CommentedMap
    if new.kind == "run":
        return CommentedMap(run=new.about, goto=target)
    if new.kind == "when":
        made = CommentedMap(when=CommentedSeq([case_of(new.case, target)]))
        made["else"] = target
        return made
    words = needed(new.words)
    if new.kind == "say":
        made = CommentedMap(say=_folded(words), goto=target)
    elif new.kind == "card":
        made = CommentedMap(card=flow_of({"need": new.about}), say=_folded(words), goto=target)
    elif new.kind == "find":
        none = _nothing(root, new.none, target, name, at)
        find = flow_of({"need": new.about, "max": 3})
        made = CommentedMap(find=find, say=_folded(words), none=none, goto=target)
    elif new.kind == "ask":
        made = CommentedMap(ask=_folded(words), options=_choices(new.choices, target))
    else:
        raise EditError("no_such_step")
    return made


def case_of(case: Mapping[str, Sequence[str]], target: str) -> CommentedMap:
    """Return a case of a step that depends on something. Raises `EditError` without any."""
    told = {name: _one_or_more(values) for name, values in case.items() if values}
    if not told:
        raise EditError("no_case")
    return flow_of({"if": flow_of(told), "goto": target})


def _one_or_more(values: Sequence[str]) -> str | CommentedSeq:
    return values[0] if len(values) == 1 else row_of(values)


def _choices(labels: Iterable[str], target: str) -> CommentedMap:
    options = CommentedMap()
    for label in filter(None, map(cleaned, labels)):
        options[fresh_id(label, options)] = flow_of({"text": label, "goto": target})
    if not options:
        raise EditError("no_options")
    if len(options) > MOST_OPTIONS:
        raise EditError("too_many_options")
    return options


def _nothing(root: CommentedMap, run: str, target: str, name: str, at: int) -> str:
    """Return the step for an empty search: one that runs the fallback already, or a new one."""
    steps = steps_of(root)
    for known, step in steps.items():
        same = isinstance(step, CommentedMap) and str(step.get("run", ""))
        if same and PurePosixPath(same).name == PurePosixPath(run).name and step["goto"] == target:
            return str(known)
    taken = {*steps, *(root.get("was") or ()), name}
    fresh = fresh_id(PurePosixPath(run).name, taken)
    steps.insert(at, fresh, CommentedMap(run=run, goto=target))
    return fresh


def fresh_id(words: str, taken: Iterable[str]) -> str:
    """Return an id made of the first words of a text that nothing else has."""
    known = {END, *taken}
    name = _slug(words)
    for number in range(2, 1000):
        if name not in known:
            return name
        ending = f"_{number}"
        name = _slug(words)[: LONGEST_ID - len(ending)].rstrip("_") + ending
    raise EditError("broken_result")


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    parts = [part for part in _NOT_IN_ID.split(plain) if part] or ["stap"]
    name = parts[0][:LONGEST_ID]
    for part in parts[1:]:
        if len(name) + 1 + len(part) > LONGEST_ID:
            break
        name = f"{name}_{part}"
    return name


def needed(words: str) -> str:
    text = cleaned(words)
    if not text:
        raise EditError("no_words")
    return text


def flow_of(values: Mapping[str, Any]) -> CommentedMap:
    made = CommentedMap(values)
    made.fa.set_flow_style()
    return made


def row_of(values: Iterable[str]) -> CommentedSeq:
    made = CommentedSeq(values)
    made.fa.set_flow_style()
    return made


def put_text(holder: CommentedMap, name: str, words: str) -> None:
    before = {"say": ("find", "card"), "ask": ("say", "note")}.get(name, ())
    scalar = scalar_of(holder, words)
    if name in holder:
        holder[name] = scalar
    elif name == "say" and "ask" in holder:
        holder.insert(list(holder).index("ask"), name, scalar)
    else:
        put(holder, name, scalar, after=before)


def change_forms(forms: CommentedMap, words: Mapping[str, str]) -> None:
    for form in ("one", "other"):
        forms[form] = needed(words.get(form, ""))


def drop_text(holder: CommentedMap, name: str) -> None:
    if name != "say" or not ("ask" in holder or "find" in holder):
        raise EditError("no_words")
    holder.pop(name, None)


def put(holder: CommentedMap, name: str, value: Any, after: Sequence[str]) -> None:
    """Put a value at its name; a new one comes after the first of some names that is there."""
    if name in holder:
        holder[name] = value
        return
    known = list(holder)
    place = next((known.index(key) + 1 for key in after if key in known), len(known))
    holder.insert(place, name, value)


def scalar_of(holder: CommentedMap, words: str) -> str:
    return words if holder.fa.flow_style() else _folded(words)


def _folded(words: str) -> str:
    """Return a long text so that it is written with a sentence a line."""
    if len(words) < _FOLDED_FROM or "\n" in words:
        return words
    folded: Any = FoldedScalarString(words)
    folded.fold_pos = [found.start() for found in _SENTENCE_END.finditer(words)]
    words_in_lines: str = folded
    return words_in_lines


def take_out(holder: CommentedMap, name: str) -> None:
    """Remove a key; a comment that stood below it stays, above what follows."""
    comment = holder.ca.items.get(name)
    known = list(holder)
    before = known[known.index(name) - 1] if known.index(name) else ""
    holder.pop(name)
    if comment and before and before not in holder.ca.items:
        holder.ca.items[before] = comment
