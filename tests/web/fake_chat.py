"""A small chat that keeps the contract of `bot.chat`, until the real one has landed."""

from __future__ import annotations

import types
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Bubble:
    text: str
    service: dict | None = None
    kind: str = "text"


@dataclass(frozen=True)
class Button:
    id: str
    label: str


@dataclass(frozen=True)
class Spoken:
    language: str
    direction: str
    bubbles: tuple = ()
    buttons: tuple = ()
    turn: int = 0
    signal: str = ""
    heard: tuple = ()
    ended: bool = False


@dataclass(frozen=True)
class Outcome:
    spoken: Spoken
    late: tuple = ()
    send: bool = True
    erase: tuple | None = None
    conflict: bool = False


def service(key, name, phone):
    return {
        "id": key,
        "name": name,
        "phone": phone,
        "url": "https://www.example.org",
        "gives": "Praten over alles, groot of klein, met iemand die luistert.",
        "who": "Voor kinderen van 8 tot en met 18 jaar.",
        "how": "Bel of chat. Je hoeft je naam niet te zeggen.",
        "hours": "Nu open, tot 21:00",
        "open": True,
        "chat": "https://www.example.org",
        "chat_first": False,
        "cost": "Gratis",
        "languages": "Ze praten Nederlands",
        "after": "Je hoort eerst een bandje. Daarna praat je met een vrijwilliger.",
        "say": "Hoi, ik wil graag met iemand praten.",
        "confirmed": False,
        "status": "Nog niet nagebeld (bron 2023)",
    }


SERVICES = {
    "nl_112": service("nl_112", "112 (alarmnummer)", "112"),
    "kindertelefoon": service("kindertelefoon", "De Kindertelefoon", "0800-0432"),
    "zelfmoordpreventie_113": service("zelfmoordpreventie_113", "113 Zelfmoordpreventie", "113"),
}

AR = {
    "log": "محادثة",
    "choices": "اختر إجابة",
    "field": "اكتب هنا ما الأمر",
    "send": "أرسل",
    "always": "دائمًا",
    "leave": "خروج سريع",
    "language": "اللغة",
    "back": "رجوع",
    "help": "أحتاج مساعدة الآن",
    "danger": "خطر؟",
    "call": "اتصل على",
    "chat": "دردشة",
    "site": "الموقع",
    "you_can_say": "يمكنك أن تقول:",
    "what_happens": "ماذا يحدث بعد ذلك؟",
    "history": "قد يتذكر متصفحك أنك كنت هنا. لا تريد ذلك؟ امسح سجل التصفح.",
}


class FakeCatalog:
    def __init__(self):
        names = {"nl": "Nederlands", "en": "English", "ar": "العربية"}
        self.languages = {
            code: types.SimpleNamespace(
                code=code, name=name, direction=self.direction(code), offered=True
            )
            for code, name in names.items()
        }
        self.words = {}
        for path in (ROOT / "conversations/words").glob("*.yaml"):
            words = YAML(typ="safe").load(path)["words"]
            for name, word in words.items():
                self.words[f"{path.stem}.{name}"] = (
                    word if isinstance(word, str) else word.get("text", "")
                )

    def direction(self, code):
        return "rtl" if code == "ar" else "ltr"

    def say(self, language, key, values=None, n=None):
        if language == "ar" and key.startswith("web."):
            return AR.get(key[4:], self.words[key])
        return self.words[key]


GREETING = {
    "nl": "Hoi, fijn dat je er bent. Dit is Lucht. Hier vind je hulp als er thuis weinig geld is. "
    "Ik ben een computer en ik kan iets missen. Bij ons leest niemand mee. "
    "Wij weten niet wie je bent. Gevaar? Bel 112.",
    "ar": "مرحبًا، جميل أنك هنا. هذا «لوخت». هنا تجد مساعدة عندما يكون المال قليلًا في البيت. "
    "أنا حاسوب وقد يفوتني شيء. لا أحد يقرأ معنا. "
    " نحن لا نعرف من أنت. خطر؟ اتصل على \u2068112\u2069.",
}
ASK = {
    "nl": "Wat past bij jou? Je mag ook meteen typen wat er is.",
    "ar": "ما الذي يناسبك؟ يمكنك أيضًا أن تكتب ما الأمر.",
}
OPTIONS = {
    "nl": (
        "Ik ben een kind of jongere",
        "Ik ben ouder of verzorger",
        "Ik help iemand anders",
        "Wat weten jullie van mij?",
    ),
    "ar": ("أنا طفل أو شاب", "أنا أب أو أم", "أساعد شخصًا آخر", "ماذا تعرفون عني؟"),
}


@dataclass
class FakeChat:
    states: dict = field(default_factory=dict)

    def __post_init__(self):
        lines = [types.SimpleNamespace(service=s) for s in SERVICES]
        self.release = types.SimpleNamespace(
            id="0123456789abcdef",
            catalog=FakeCatalog(),
            frame=types.SimpleNamespace(dangers=(types.SimpleNamespace(lines=lines),)),
            directory=types.SimpleNamespace(services=SERVICES),
            conversations={"welkom": 1},
        )

    def hears_danger(self, text):
        return "dood" in text

    @asynccontextmanager
    async def flight(self, channel, chat):
        yield FakeFlight(self.states, (channel, chat), self.release)

    async def rename(self, channel, old, new):
        if (channel, old) in self.states:
            self.states[channel, new] = self.states.pop((channel, old))


@dataclass
class FakeFlight:
    states: dict
    key: tuple
    release: object

    async def take(self, message, *, update=0, incoming=0, expected=None):
        known = self.states.get(self.key)
        if known and expected not in (None, known.turn):
            return Outcome(known, conflict=expected != known.turn - 1)
        if message.text == "wis" or message.choice == "!erase":
            self.states.pop(self.key, None)
            gone = Spoken("nl", "ltr", (Bubble("Gewist."),), ended=True)
            return Outcome(gone, erase=())
        self.states[self.key] = self.answer(message, known)
        return Outcome(self.states[self.key])

    async def erased(self):
        self.states.pop(self.key, None)

    def answer(self, message, known):
        language = known.language if known else message.language or "nl"
        if message.choice.startswith("!language."):
            language = message.choice[10:]
        words = "ar" if language == "ar" else "nl"
        direction = self.release.catalog.direction(language)
        buttons = tuple(Button(f"welkom.who.{i}~f", t) for i, t in enumerate(OPTIONS[words]))
        turn = known.turn + 1 if known else 1
        signal = ""
        if "dood" in message.text:
            bubbles = (
                Bubble("Bel 113", SERVICES["zelfmoordpreventie_113"], "first"),
                Bubble("Goed dat je dit zegt. Ik ben een computer, niemand leest mee."),
            )
            signal = "suicide"
        elif message.choice == "!language":
            bubbles = (Bubble("Welke taal?"),)
            buttons = tuple(
                Button(f"!language.{code}", language.name)
                for code, language in self.release.catalog.languages.items()
            )
        elif message.choice.startswith("welkom") or message.text:
            bubbles = (
                Bubble("Goed dat je dit hier vraagt. Je hoeft dit niet alleen op te lossen."),
                Bubble("De Kindertelefoon 0800-0432", SERVICES["kindertelefoon"]),
                Bubble("Wil je nog iets anders?"),
            )
            buttons = buttons[:2]
        else:
            bubbles = (Bubble(GREETING[words]), Bubble(ASK[words]))
        return Spoken(language, direction, bubbles, buttons, turn, signal)


def speak(release, session, now):
    bubbles = tuple(Bubble(i.service, SERVICES[i.service]) for i in session.reply.items)
    return Spoken(session.language, release.catalog.direction(session.language), bubbles)
