"""The forms in which texts are compared: forgiving of haste, accents, spelling and keyboards."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4096
"""Characters of a text that are listened to; channels allow no more."""

# Signs inside words that hasty people leave out, joiners of Persian, and what cannot be seen.
_INSIDE = re.compile(r"(?<=\w)['’‘ʼ`´\u02b9\u200b-\u200f\u2060\ufeff\u00ad](?=\w)")
_NOT_WORD = re.compile(r"[^\w]+|_+")
_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u0655\u0670\u0640\u200b-\u200f\u2060\ufeff]")
_LONG = re.compile(r"(\w)\1{2,}")
# Letters that are written in several ways in a hurry, in Arabic, Persian, Turkish and Polish.
_SAME = str.maketrans("أإآٱىةکیؤئıłøđ", "اااايهكيويilod")
# Latin letters that look like Cyrillic ones, in words that are Cyrillic otherwise.
_ALIKE = str.maketrans("aeopcyxik", "аеорсухік")
_CYRILLIC = re.compile(r"\b(?=\w*[\u0400-\u04ff])\w*[a-z]\w*\b")
# Ethiopic writes a consonant and its vowel as one sign. Vowels change with the form of a word and
# with the hand that writes, so a row of signs is read as its first; rows that sound alike are one.
_ALOUD = {0x1210: 0x1200, 0x1280: 0x1200, 0x1220: 0x1230, 0x1250: 0x1240, 0x12B8: 0x12A8}
_ALOUD |= {0x12D0: 0x12A0, 0x1340: 0x1338}
_SYLLABLES = {code: _ALOUD.get(code & ~7, code & ~7) for code in range(0x1200, 0x1358)}
_LEET = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"\b(?=\w*[a-z])[a-z0-9@$]*[0-9@$][a-z0-9@$]*\b")


def fold(text: str) -> str:
    """Return a text as words in lower case, apart by one space, without accents or signs.

    A letter that is held down counts at most twice ("dooood" is "dood").
    """
    joined = unicodedata.normalize("NFKC", text[:LONGEST].casefold()).translate(_SAME)
    spread = unicodedata.normalize("NFKD", _INSIDE.sub("", joined))
    words = _NOT_WORD.sub(" ", _MARKS.sub("", spread))
    words = words.translate(_SYLLABLES)
    words = _CYRILLIC.sub(lambda word: word[0].translate(_ALIKE), words)
    return " ".join(_LONG.sub(r"\1\1", words).split())


def readings(text: str) -> tuple[str, ...]:
    """Return the forms to listen to: the text itself, and with digits read as letters ("d00d").

    Digits also stand for letters of Arabic in Latin script ("3ish"), so the text comes first.
    """
    plain = fold(text)
    lowered = text[:LONGEST].casefold()
    if not _MIXED.search(lowered):
        return (plain,)
    spelled = fold(_MIXED.sub(lambda word: word[0].translate(_LEET), lowered))
    return (plain,) if spelled == plain else (plain, spelled)
