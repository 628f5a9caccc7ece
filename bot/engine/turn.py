"""One turn: a session and a message in, a session and a reply out.

Rules of what may live here: no text, no channel, no clock. What a message may mean is tried in
this order, and the first that fits answers:

1. danger, in any text: typed, edited, or under a picture (but who types the very words of a
   button that is shown presses it, unless words of danger themselves were found);
2. an edited message says nothing else;
3. a wish at any moment: help, stop, back, language, erase (typed, pressed, or a command);
4. an answer to the question that waits: a button, its words, its number, a place name;
5. a topic that another conversation is about;
6. something that cannot be read: said so, and the question again;
7. unclear: asked again kindly, twice; then on to a person.

The same function serves Telegram, the web, the terminal, the console's preview and the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from bot.engine.match import match_option, normal
from bot.engine.model import Ask, Conversation, Danger, Interrupt, Release, Target, counted
from bot.engine.session import (
    Choice,
    Count,
    Item,
    Message,
    Reply,
    Session,
    Shown,
    Text,
    Turn,
)
from bot.engine.walk import Walk
from bot.hearing import Heard

PATIENCE = 2
"""How often an unclear answer is asked again before a person is named."""

PLAIN = 2
"""Words of an answer so short that nothing else is meant by it: "ja" raises no doubt."""

SMALL_TALK = ("thanks", "insult", "test")
"""Wishes that want no more than a word back: ``engine.<name>``."""

FIRST_WORDS = 1
"""Up to this turn the language of a text is taken over without asking: greeting, then words."""

TELLING = 3
"""Words from which on plain letters tell a language."""


def take_turn(release: Release, session: Session, message: Message, now: datetime) -> Turn:
    """Answer one message.

    Promises: the session it returns waits at a question of this release (or has ended), every
    reply to a readable message says something, and the arguments are left as they were. ``now``
    is an aware datetime in Europe/Amsterdam.
    """
    session = _greet(release, session, message)
    heard = release.hearing.hear(message.text) if message.text else Heard()
    session = _tuned(release, session, message, heard)
    if heard.danger and not (heard.guessed and _reads_a_button(release, session, message.text)):
        return _danger(release, session, heard, now)
    if message.edited:
        return Turn(session, Reply())
    walk = Walk(release, session, now)
    greeting = _begin(walk, session)
    return _Answerer(release, session, message, heard, walk, greeting).answer()


def open_at(release: Release, session: Session, target: Target, now: datetime) -> Turn:
    """Open a chat in the middle: at a conversation, for the terminal, the preview and tests."""
    walk = Walk(release, session, now)
    walk.start(target)
    reply = Reply(tuple(walk.items), walk.choices, ended=walk.ended)
    return Turn(_left(session, walk, reply), reply, visited=tuple(walk.visited))


def _reads_a_button(release: Release, session: Session, text: str) -> bool:
    """Whether a text is, word for word, a button that is shown and tells of no danger itself."""
    find, language = release.catalog.find, session.language
    shown = {choice.text.key for choice in session.reply.choices}
    places = session.stack[-1:]
    known = (release.conversations.get(place.conversation) for place in places)
    steps = [one.steps.get(place.step) for one, place in zip(known, places, strict=True) if one]
    options = (o for step in steps if isinstance(step, Ask) for o in step.options.values())
    harmless = (o.text for o in options if o.text in shown and not o.danger)
    return any(normal(text) == normal(find(language, key).forms[0]) for key in harmless)


def _greet(release: Release, session: Session, message: Message) -> Session:
    """Give a new chat the language and the place that its channel guessed."""
    if session.turn or session.stack:
        return session
    known = release.catalog.languages.get(message.language)
    answers = dict(session.answers)
    if message.place in release.directory.places.municipalities:
        answers["place"] = message.place
    language = message.language if known and known.offered else session.language
    return msgspec.structs.replace(session, language=language, answers=answers)


def _tuned(release: Release, session: Session, message: Message, heard: Heard) -> Session:
    """Use the language of somebody's first words at once; later it is only offered."""
    if session.turn > FIRST_WORDS or not _speaks_another(release, session, message, heard):
        return session
    return msgspec.structs.replace(session, language=heard.language)


def _speaks_another(release: Release, session: Session, message: Message, heard: Heard) -> bool:
    """Whether a text long enough to tell is in another language in which a chat can be held."""
    known = release.catalog.languages.get(heard.language)
    telling = len(message.text.split()) >= TELLING or not message.text.isascii()
    return bool(known and known.offered and telling and heard.language != session.language)


def _begin(walk: Walk, session: Session) -> tuple[Item, ...]:
    """Put a new chat at its first question; return the greeting that goes before any answer."""
    if session.stack:
        walk.settle()
        return ()
    walk.start(walk.release.frame.start)
    greeting = tuple(walk.items)
    walk.items.clear()
    return greeting


class _Answerer:
    """Tries what one message may mean, in order. Lives for one turn."""

    def __init__(
        self,
        release: Release,
        session: Session,
        message: Message,
        heard: Heard,
        walk: Walk,
        greeting: tuple[Item, ...],
    ) -> None:
        self.release = release
        self.session = session
        self.message = message
        self.heard = heard
        self.walk = walk
        self.greeting = greeting
        self.unclear = 0
        self.plain = False
        self.offered: tuple[str, ...] = ()
        self.count: Count | None = None

    def answer(self) -> Turn:
        """Return the result of the first meaning that fits."""
        meanings: tuple[Callable[[], Turn | None], ...] = (
            self._wish,
            self._first,
            self._pressed,
            self._typed,
            self._topic,
        )
        for meaning in meanings:
            turn = meaning()
            if turn is not None:
                return turn
        return self._not_understood()

    # -- 3. a wish at any moment

    def _wish(self) -> Turn | None:
        name = self.message.command or self.heard.interrupt
        if self.message.choice.startswith("!"):
            name = self.message.choice[1:]
        if name.startswith("language."):
            return self._speak(name.removeprefix("language."))
        if name.startswith("topic."):
            return self._turn_to(name.removeprefix("topic."))
        if name == "start" and self.session.stack:
            return self._restart()
        if name == "resume":
            return self._again()
        if name in SMALL_TALK:
            return self._small_talk(name)
        wishes = self.release.frame.interrupts.values()
        interrupt = next((wish for wish in wishes if name in (wish.id, wish.command)), None)
        return self._interrupt(interrupt) if interrupt else None

    def _small_talk(self, name: str) -> Turn | None:
        """Answer thanks, an insult or a greeting; our own greeting answers a first one."""
        step = self._question()
        labels = {o.id: self._label(o.text) for o in self.walk.visible(step)} if step else {}
        if match_option(self.message.text, labels):
            return None
        if not self.session.stack and name == "test":
            return self._done()
        return self._again(Text(f"engine.{name}"), briefly=True)

    def _interrupt(self, interrupt: Interrupt) -> Turn:
        if interrupt.action == "goto":
            return self._lead(interrupt.goto)
        actions: dict[str, Callable[[], Turn]] = {
            "back": self._back,
            "language": self._languages,
            "erase": self._erase,
            "stop": self._stop,
            "record": self._record,
        }
        return actions[interrupt.action]()

    def _restart(self) -> Turn:
        self.walk.remember()
        self.walk.start(self.release.frame.start)
        return self._done()

    def _again(self, *items: Item, briefly: bool = False) -> Turn:
        """Say the question that waits once more, after some other words."""
        self.walk.items.extend(items)
        self.walk.resume(briefly=briefly)
        return self._done()

    def _lead(self, target: Target, *items: Item, back: bool = True) -> Turn:
        """Go to another conversation, with a way back to the question that waited."""
        self.walk.remember()
        self.walk.items.extend(items)
        self.walk.start(target)
        way_back = (Choice("!back", Text("engine.way_back")),)
        return self._done(more=way_back if back and self.session.stack else ())

    def _under_way(self) -> bool:
        """Whether there is more to come back to than the first question of all."""
        beginning = self.release.frame.start.conversation
        return any(position.conversation != beginning for position in self.session.stack)

    def _back(self) -> Turn:
        if not self.walk.back:
            return self._again(Text("engine.no_way_back"))
        self.walk.stack = list(self.walk.back.pop())
        return self._again()

    def _languages(self) -> Turn:
        choices = tuple(
            Choice(f"!language.{code}", Text(f"language.{code}"))
            for code, language in self.release.catalog.languages.items()
            if language.offered
        )
        return self._aside((Text("engine.which_language"),), choices)

    def _speak(self, code: str) -> Turn:
        language = self.release.catalog.languages.get(code)
        if language is None or not language.offered:
            return self._again()
        self.session = msgspec.structs.replace(self.session, language=code)
        return self._again()

    def _erase(self) -> Turn:
        fresh = Session(language=self.session.language, channel=self.session.channel)
        stays = (Text("engine.stays_counted"),) if self.session.counted else ()
        reply = Reply(items=(Text("engine.erased"), *stays), ended=True)
        return Turn(fresh, reply, erase=True)

    def _stop(self) -> Turn:
        self.walk.remember()
        reply = Reply(
            (Text("engine.stopped"),),
            (Choice("!resume", Text("engine.resume")), self._button("erase")),
            ended=True,
        )
        return self._turn(reply)

    def _record(self) -> Turn:
        here = self.release.conversations[self.walk.stack[-1].conversation]
        items: list[Item] = [
            Text("engine.record"),
            Text("engine.record_language", (("language", f"@language.{self.session.language}"),)),
            Text("engine.record_topic", (("topic", f"@{here.title}"),)),
            *(self._recorded(name, value) for name, value in sorted(self.walk.answers.items())),
            *(
                Text("engine.record_counted", (("question", f"@{name}.ask"),))
                for name in self.walk.counted
                if name in counted(self.release)
            ),
            Text("engine.record_rest"),
        ]
        choices = (Choice("!resume", Text("engine.resume")), self._button("erase"))
        return self._aside(tuple(items), choices)

    def _recorded(self, name: str, value: str) -> Text:
        """Say a stored answer in the words of the question and the button that it came from."""
        steps = (s for c in self.release.conversations.values() for s in c.steps.values())
        asked = [step for step in steps if isinstance(step, Ask) and step.save == name]
        step = next(
            (step for step in asked if value in step.options or step.input == "place"), None
        )
        question = f"@{step.ask}" if step else name
        answer = f"@{step.options[value].text}" if step and value in step.options else value
        return Text("engine.record_answer", (("question", question), ("answer", answer)))

    # -- 4. the question that waits

    def _first(self) -> Turn | None:
        """Greet somebody who has said nothing yet."""
        said = self.message.text or self.message.choice or self.message.media
        if self.session.stack or said:
            return None
        return self._done()

    def _question(self) -> Ask | None:
        step = self.walk.step()
        return step if isinstance(step, Ask) else None

    def _pressed(self) -> Turn | None:
        if not self.message.choice:
            return None
        path, _, seen = self.message.choice.partition("~")
        place, _, option = path.rpartition(".")
        if place == self._here():
            still = self._unchanged() and seen == self.session.asked
            taken = self._take(option) if still else None
            return taken or self._again(Text("engine.question_changed"))
        return self._earlier(place, option, seen)

    def _earlier(self, place: str, option: str, seen: str) -> Turn:
        """A button of an earlier question: go back to it and answer anew, if it still stands."""
        here = tuple(self.walk.stack)
        for count, stack in enumerate(reversed(self.walk.back), 1):
            if stack and f"{stack[-1].conversation}.{stack[-1].step}" == place:
                self.walk.stack = list(stack)
                self.walk.back = self.walk.back[:-count]
                self.walk.settle()
                step = self._question()
                if step is None or step.fingerprint != seen:
                    return self._again(Text("engine.question_changed"))
                taken = self._take(option)
                if taken and count == 1 and tuple(taken.session.stack) == here:
                    return Turn(self.session, Reply())  # the same button, pressed twice
                return taken or self._again(Text("engine.old_button"), briefly=True)
        return self._again(Text("engine.old_button"), briefly=True)

    def _typed(self) -> Turn | None:
        step = self._question()
        if step is None or not self.message.text:
            return None
        if self.session.stack and not self._unchanged():
            return self._again(Text("engine.question_changed"))
        labels = {o.id: self._label(o.text) for o in self.walk.visible(step)}
        option = self._numbered_place(labels) or match_option(self.message.text, labels)
        if option:
            exact = normal(self.message.text) == normal(labels.get(option, ""))
            self.plain = exact or len(self.message.text.split()) <= PLAIN
            return self._take(option)
        return self._placed(step) if step.input == "place" else None

    def _numbered_place(self, labels: Mapping[str, str]) -> str:
        """Return what a number means where places are offered: they stand before the buttons."""
        shown = (*self.session.offered, *labels)
        said = normal(self.message.text)
        if not self.session.offered or not said.isdecimal() or int(said[:3]) > len(shown):
            return ""
        return shown[int(said[:3]) - 1] if int(said[:3]) else ""

    def _placed(self, step: Ask) -> Turn | None:
        """A typed place name: offer what it may mean; nothing is kept before it is confirmed."""
        if len(self.session.offered) == 1 and self._is_yes(self.message.text):
            return self._take(self.session.offered[0])
        today = self.walk.now.date()
        codes = self.release.directory.places.search(self.message.text, today)
        if not codes:
            return None
        self.offered = codes
        self.walk.offer(step, codes, "engine.which_place")
        return self._done()

    def _take(self, option: str) -> Turn | None:
        """Answer the question that waits with one of its options, if it has it."""
        step = self._question()
        if step is None:
            return None
        chosen = {o.id: o for o in self.walk.visible(step)}.get(option)
        if chosen is None:
            return self._take_place(step, option)
        self.walk.remember()
        self._count(step, option)
        self._save(step.save, option)
        self.walk.go(chosen.goto)
        return self._done()

    def _count(self, step: Ask, option: str) -> None:
        """Let a choice be counted, once a session and question, of who was told before."""
        name = self.walk.name(step)
        asked = self.session.stack  # the first words of a chat can be an answer
        if asked and option in step.counted and name not in self.walk.counted:
            self.walk.counted = (*self.walk.counted, name)
            self.count = Count(name, option)

    def _take_place(self, step: Ask, code: str) -> Turn | None:
        if step.input != "place" or code not in self.release.directory.places.municipalities:
            return None
        self.walk.remember()
        today = self.walk.now.date()
        self.walk.answers[step.save] = self.release.directory.places.current(code, today)
        self.walk.go(step.goto)
        return self._done()

    def _save(self, name: str, value: str) -> None:
        """Keep an answer if its declaration has this value; anything else is forgotten."""
        if not name:
            return
        answer = self.release.answer(self.walk.stack[-1].conversation, name)
        if answer and value in answer.values:
            self.walk.answers[name] = value
        else:
            self.walk.answers.pop(name, None)

    # -- 5. topics

    def _topic(self) -> Turn | None:
        topics = self._fitting(self.heard.topics)
        if not topics or not self.message.text:
            return None
        if len(topics) == 1:
            return self._turn_to(topics[0], about(self.release.conversations[topics[0]]))
        choices = tuple(
            Choice(f"!topic.{name}", Text(self.release.conversations[name].title))
            for name in topics
        )
        none = Choice("!resume", Text("engine.none_of_these"))
        return self._aside((Text("engine.did_you_mean"),), (*choices, none))

    def _fitting(self, topics: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out what they are talking about already; lead on from what is for others."""
        here = {position.conversation for position in self.walk.stack}
        fitting = dict.fromkeys(map(self._for_them, topics))
        return tuple(name for name in fitting if name and name not in here)

    def _for_them(self, name: str) -> str:
        """Return the topic, what stands ``instead`` of it for this role, or nothing."""
        role, found = self.walk.answers.get("role"), self.release.conversations.get(name)
        if found is None or not role or role in found.roles:
            return name if found else ""
        return found.instead.get(role, "")

    def _turn_to(self, name: str, *items: Item) -> Turn:
        if name not in self.release.conversations:
            return self._again(Text("engine.old_button"))
        return self._lead(Target(conversation=name), *items, back=self._under_way())

    # -- 6 and 7. not understood

    def _not_understood(self) -> Turn:
        if self.message.media:
            return self._again(Text("engine.cannot_see"), briefly=True)
        if not self.message.text:
            return self._again()
        if self.session.unclear >= PATIENCE:
            return self._lead(self.release.frame.person, Text("engine.to_a_person"))
        self.unclear = self.session.unclear + 1
        return self._again(Text(f"engine.unclear_{self.unclear}"), briefly=True)

    # -- pieces

    def _here(self) -> str:
        return f"{self.walk.stack[-1].conversation}.{self.walk.stack[-1].step}"

    def _unchanged(self) -> bool:
        """Whether the question that was asked is still the one that stands there."""
        step = self._question()
        return step is not None and step.fingerprint == self.session.asked

    def _label(self, key: str) -> str:
        found = self.release.catalog.find(self.session.language, key)
        return found.forms[0]

    def _is_yes(self, text: str) -> bool:
        words = self.release.catalog.phrases("engine.yes").values()
        return normal(text) in {normal(word) for some in words for word in some}

    def _button(self, interrupt: str) -> Choice:
        return Choice(f"!{interrupt}", Text(self.release.frame.interrupts[interrupt].button))

    def _aside(self, items: tuple[Item, ...], choices: tuple[Choice, ...]) -> Turn:
        """Say something beside the dialogue, which stays where it is."""
        reply = Reply((*self.greeting, *items), choices, heard=self.heard.topics)
        return self._turn(reply)

    def _with_care(self, reply: Reply) -> Reply:
        """Add one soft question when danger is doubtful, and a language that may fit better."""
        items, choices = reply.items, reply.choices
        pressed = {choice.id for choice in choices}
        if self.heard.soft and not self.plain and "!help" not in pressed:
            items = (*items, Text("engine.soft"))
            choices = (*choices, self._button("help"))
        language = f"!language.{self.heard.language}"
        if language not in pressed and self._other_language():
            choices = (*choices, Choice(language, Text(f"language.{self.heard.language}")))
        return msgspec.structs.replace(reply, items=items, choices=choices)

    def _other_language(self) -> bool:
        return _speaks_another(self.release, self.session, self.message, self.heard)

    def _done(self, more: tuple[Choice, ...] = ()) -> Turn:
        walk = self.walk
        reply = Reply(
            (*self.greeting, *walk.items),
            (*walk.choices, *more),
            ended=walk.ended,
            heard=self.heard.topics,
        )
        return self._turn(reply)

    def _turn(self, reply: Reply) -> Turn:
        reply = self._with_care(reply)
        session = _left(self.session, self.walk, reply, self.unclear, self.offered)
        return Turn(session, reply, visited=tuple(self.walk.visited), count=self.count)


def _left(
    session: Session, walk: Walk, reply: Reply, unclear: int = 0, offered: tuple[str, ...] = ()
) -> Session:
    """Return the session as a walk leaves it."""
    return msgspec.structs.replace(
        session,
        turn=session.turn + 1,
        stack=tuple(walk.stack),
        asked=walk.asked or session.asked,
        offered=offered,
        unclear=unclear,
        answers=walk.answers,
        back=tuple(walk.back),
        reply=reply,
        counted=walk.counted,
    )


def _danger(release: Release, session: Session, heard: Heard, now: datetime) -> Turn:
    """Name one line that can be reached now, then a silent way; the dialogue stays where it is."""
    walk = Walk(release, session, now)
    _begin(walk, session)
    danger = next(kind for kind in release.frame.dangers if kind.id == heard.danger)
    reply = Reply(
        (Shown(first_line(walk, danger), "first"), Text(danger.say), Text(danger.silent)),
        (
            Choice("!resume", Text("engine.resume")),
            Choice("!erase", Text(release.frame.interrupts["erase"].button)),
        ),
        signal=danger.signal,
        heard=heard.topics,
        language=heard.language if heard.language in release.catalog.languages else "",
    )
    return Turn(_left(session, walk, reply), reply)


def about(conversation: Conversation) -> Text:
    """Say what was understood, in the title of the conversation that a text leads to."""
    return Text("engine.about", (("topic", f"@{conversation.title}"),))


def first_line(walk: Walk, danger: Danger) -> str:
    """Return the first line that fits this person and can be reached now.

    The checks prove that the last line of each kind fits everybody at every moment.
    """
    directory = walk.release.directory
    for line in danger.lines:
        if walk.holds(line.when) and directory.reachable_now(line.service, walk.now):
            return line.service
    return danger.lines[-1].service
