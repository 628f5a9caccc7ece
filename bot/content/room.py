"""The proof that every record fits: a sealed row has one exact length, a script has none.

The longest way to each question is looked for, whatever a person knows or answers: every branch
may be taken, every search finds the most and the longest ids, every answer is given in its longest
form. So what is found here is never smaller than what a chat can hold. What grows without the
script (message ids, earlier questions, replies that still wait) is bounded in `bot.record`, which
needs what a row has beside `SESSION_BYTES`.

Pure: content in, problems out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

import msgspec

from bot.content.load import Content
from bot.content.strict import problem
from bot.engine.model import (
    Answer,
    Ask,
    Card,
    Conversation,
    Find,
    Run,
    Say,
    Step,
    Target,
    counted,
    targets,
)
from bot.engine.session import (
    SESSION_BYTES,
    Choice,
    Item,
    Position,
    Reply,
    Session,
    Shown,
    Stack,
    Text,
)
from bot.engine.turn import about
from bot.engine.walk import COUNTED
from bot.places import OFFERED
from bot.schemes import KINDS

Way: TypeAlias = tuple[Item, ...]
"""What is said on the way to a question, as keys."""

CODE = "GM0000"
"""As long as the code of any municipality."""

TOPICS = 3


class LoopError(Exception):
    """Steps lead to each other without a question. ``stacks`` is the loop, or what runs itself."""

    def __init__(self, stacks: list[Stack]) -> None:
        super().__init__("a loop")
        self.stacks = stacks


def problems(content: Content) -> Iterator[str]:
    """Yield each question at which a record may not fit; content must have no other problem."""
    try:
        sizes = list(Room(content).sizes())
    except LoopError as loop:
        yield _loop(content, loop.stacks)
        return
    worst: dict[Position, int] = {}
    for stack, size in sizes:
        worst[stack[-1]] = max(size, worst.get(stack[-1], 0))
    for position, size in worst.items():
        if size > SESSION_BYTES:
            text = (
                f"{position.step}: with what is said before it, this question takes {size} bytes "
                f"of a record, {size - SESSION_BYTES} too many; ask something earlier, or use "
                "fewer or shorter options"
            )
            yield _problem(content, position, text)


def _loop(content: Content, stacks: list[Stack]) -> str:
    way = " -> ".join(f"{stack[-1].conversation}.{stack[-1].step}" for stack in stacks)
    text = f"a loop without a question: {way}; put a question in it"
    return _problem(content, stacks[0][-1], text)


def _problem(content: Content, position: Position, text: str) -> str:
    script = content.scripts[position.conversation]
    return problem(script.file, script.lines.get(position.step, 1), text)


class Room:
    """Every place where a chat can stand, and the longest session there."""

    def __init__(self, content: Content) -> None:
        self.release = content.release
        self.frame = content.release.frame

    def sizes(self) -> Iterator[tuple[Stack, int]]:
        """Yield every stack that waits at a question, with the bytes of the longest session there.

        Raises:
            LoopError: a way has no end.
        """
        ways = self._ways()
        greeting = max(self._greetings(ways), key=_bytes)
        for stack, way in ways.items():
            step = self._step(stack)
            if isinstance(step, Ask):
                replies = (*self._asked(stack, step, way), *self._beside, self._record(stack))
                longest = max(replies, key=_bytes)
                said = msgspec.structs.replace(longest, items=(*greeting, *longest.items))
                yield stack, _bytes(self._session(stack, step, said))

    def _greetings(self, ways: Mapping[Stack, Way]) -> Iterator[Way]:
        """Yield what a new chat is told before its first message is answered."""
        waiting, seen = [self._begin(self.frame.start)], set[Stack]()
        while waiting:
            stack = waiting.pop()
            step = self._step(stack)
            if isinstance(step, Ask):
                yield (*ways[stack], *_said(step))
            elif stack not in seen:
                seen.add(stack)
                waiting += [following for following, _ in self._following(stack)]

    def _asked(self, stack: Stack, step: Ask, way: Way) -> Iterator[Reply]:
        back = Choice("!back", Text("engine.way_back"))
        choices = (*self._choices(stack, step), back)
        yield Reply((*way, self._remark, *_said(step)), choices)

    @cached_property
    def _remark(self) -> Text:
        """The one sentence that the engine itself puts before a question, at its longest."""
        return max(map(about, self.release.conversations.values()), key=_bytes)

    def _session(self, stack: Stack, step: Ask, reply: Reply) -> Session:
        names = sorted(self.release.conversations, key=len)[-TOPICS:]
        return Session(
            language=max(self.release.catalog.languages, key=len),
            channel="telegram",
            turn=2**31,
            stack=stack,
            asked=step.fingerprint,
            offered=(CODE,) * OFFERED,
            unclear=9,
            answers=self._answers(stack),
            back=(stack,),
            reply=msgspec.structs.replace(reply, signal="suicide", heard=tuple(names), ended=True),
            counted=tuple(counted(self.release)),
        )

    def _choices(self, stack: Stack, step: Ask) -> Iterator[Choice]:
        here = f"{stack[-1].conversation}.{step.id}"
        for option in step.options.values():
            yield Choice(f"{here}.{option.id}~{step.fingerprint}", Text(option.text))
        for _ in range(OFFERED if step.input == "place" else 0):
            place = Text("engine.place_option", (("place", CODE),))
            yield Choice(f"{here}.{CODE}~{step.fingerprint}", place)

    def _answers(self, stack: Stack) -> dict[str, str]:
        """Every answer at once, each in its longest form."""
        here = {position.conversation for position in stack}
        declared = list(self.frame.answers.values())
        for conversation in self.release.conversations.values():
            kept = conversation.answers.values()
            declared += [a for a in kept if a.keep == "session" or conversation.id in here]
        return {answer.name: _longest(answer) for answer in declared}

    # -- what is said beside the dialogue

    @cached_property
    def _go_on(self) -> tuple[Choice, ...]:
        erase = self.frame.interrupts["erase"].button
        return (Choice("!resume", Text("engine.resume")), Choice("!erase", Text(erase)))

    @cached_property
    def _beside(self) -> list[Reply]:
        return [
            Reply((Text("engine.which_language"),), tuple(self._languages())),
            Reply((Text("engine.did_you_mean"),), tuple(self._topics())),
            *(
                Reply((Shown(line.service, "first"), Text(d.say), Text(d.silent)), self._go_on)
                for d in self.frame.dangers
                for line in d.lines
            ),
        ]

    def _languages(self) -> Iterator[Choice]:
        for code in self.release.catalog.languages:
            yield Choice(f"!language.{code}", Text(f"language.{code}"))

    def _topics(self) -> Iterator[Choice]:
        titled = sorted(self.release.conversations.values(), key=lambda c: len(c.id + c.title))
        for conversation in titled[-TOPICS:]:
            yield Choice(f"!topic.{conversation.id}", Text(conversation.title))
        yield Choice("!resume", Text("engine.none_of_these"))

    def _record(self, stack: Stack) -> Reply:
        told = (text for name, text in self._recorded.items() if name in self._answers(stack))
        chosen = (
            Text("engine.record_counted", (("question", f"@{name}.ask"),))
            for name in counted(self.release)
        )
        return Reply((*self._about(), *told, *chosen), self._go_on)

    def _about(self) -> Iterator[Item]:
        title = max((c.title for c in self.release.conversations.values()), key=len)
        language = max(self.release.catalog.languages, key=len)
        yield Text("engine.record")
        yield Text("engine.record_language", (("language", f"@language.{language}"),))
        yield Text("engine.record_topic", (("topic", f"@{title}"),))
        yield Text("engine.record_rest")

    @cached_property
    def _recorded(self) -> dict[str, Text]:
        """The longest way to tell each answer."""
        asked: defaultdict[str, list[Text]] = defaultdict(list)
        for conversation in self.release.conversations.values():
            for step in conversation.steps.values():
                if isinstance(step, Ask) and step.save:
                    asked[step.save].append(_told(step))
        return {name: max(texts, key=_bytes) for name, texts in asked.items()}

    # -- ways

    def _ways(self) -> dict[Stack, Way]:
        """Return the longest that is said on the way to each stack, since the last question."""
        before: dict[Stack, list[tuple[Stack, Way]]] = {}
        waiting = list(self._beginnings())
        while waiting:
            stack = waiting.pop()
            if stack in before:
                continue
            before[stack] = []
            waiting += [following for following, _ in self._following(stack)]
        for stack in list(before):
            if not isinstance(self._step(stack), Ask):
                for following, said in self._following(stack):
                    before[following].append((stack, said))
        return self._longest(before)

    def _longest(self, before: dict[Stack, list[tuple[Stack, Way]]]) -> dict[Stack, Way]:
        graph = {stack: {one for one, _ in origins} for stack, origins in before.items()}
        longest: dict[Stack, Way] = {}
        try:
            for stack in TopologicalSorter(graph).static_order():
                ways = [(*longest[origin], *said) for origin, said in before[stack]]
                longest[stack] = max(ways, key=_bytes, default=())
        except CycleError as error:
            raise LoopError(list(error.args[1])) from None
        return longest

    def _beginnings(self) -> Iterator[Stack]:
        """Where a chat can be led at any moment."""
        frame = self.frame
        yield from (self._begin(Target(conversation=name)) for name in self.release.conversations)
        goals = [frame.start, frame.after, frame.person]
        goals += [i.goto for i in frame.interrupts.values() if i.action == "goto"]
        yield from map(self._begin, goals)

    def _following(self, stack: Stack) -> Iterator[tuple[Stack, Way]]:
        """Yield where a step can lead, with what is said before that."""
        step = self._step(stack)
        if isinstance(step, Run):
            if step.conversation in {position.conversation for position in stack}:
                raise LoopError([stack, (*stack, *self._begin(Target("", step.conversation)))])
            yield (*stack, *self._begin(Target(conversation=step.conversation))), ()
            return
        for target in targets(step):
            empty = isinstance(step, Find) and target == step.none
            yield self._enter(stack, target), () if empty else tuple(self._shown(step))

    def _shown(self, step: Step) -> Iterator[Item]:
        if isinstance(step, Say):
            yield Text(step.say)
        if isinstance(step, Find):
            yield Text(step.say, (("n", step.limit),))
            found = (
                Shown(self._scheme, max(KINDS, key=len))
                if step.schemes
                else Shown(self._service(step.need))
            )
            yield from [found] * step.limit
        if isinstance(step, Card):
            yield Text(step.say)
            yield from [Shown(self._service(step.need), "card")] * 2

    @cached_property
    def _scheme(self) -> str:
        """The longest id of a service that stands for a scheme somewhere."""
        directory = self.release.directory
        found = (s.id for s in directory.services.values() if directory.scheme(s))
        return max(found, key=len, default="")

    def _service(self, need: str) -> str:
        services = self.release.directory.services.values()
        return max((s.id for s in services if need in s.needs), key=len, default="")

    def _enter(self, stack: Stack, target: Target) -> Stack:
        if target.is_end:
            return self._leave(stack)
        if target.conversation:
            return self._begin(target)
        return (*stack[:-1], Position(stack[-1].conversation, target.step))

    def _leave(self, stack: Stack) -> Stack:
        if len(stack) == 1:
            return self._begin(self.frame.after)
        caller = self._step(stack[:-1])
        # A stack only grows by a step that runs another conversation.
        return self._enter(stack[:-1], caller.goto) if isinstance(caller, Run) else stack[:-1]

    def _begin(self, target: Target) -> Stack:
        return (Position(target.conversation, target.step or self._of(target.conversation).start),)

    def _step(self, stack: Stack) -> Step:
        return self._of(stack[-1].conversation).steps[stack[-1].step]

    def _of(self, name: str) -> Conversation:
        return self.release.conversations[name]


def _said(step: Ask) -> Iterator[Item]:
    if step.say:
        yield Text(step.say)
    if step.counted:
        yield Text(COUNTED)
    yield Text(step.ask)


def _told(step: Ask) -> Text:
    answer = max((f"@{option.text}" for option in step.options.values()), key=len)
    return Text("engine.record_answer", (("question", f"@{step.ask}"), ("answer", answer)))


def _longest(answer: Answer) -> str:
    return max((*answer.values, CODE if "municipality" in answer.values else ""), key=len)


def _bytes(value: object) -> int:
    return len(_ENCODER.encode(value))


_ENCODER = msgspec.msgpack.Encoder()
