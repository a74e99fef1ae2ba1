"""What words say of a turn: that the bot failed, that the user is content, or wants a human.

Phrases are whole words, matched whatever their case; they are data, and a team may override
them in its intents file.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Cue = Literal["failure", "handover", "negative", "thanks", "escalation"]

# A person's turn is shorter; an answer that fails says so early.
_MAX_CHARACTERS = 4_000

_Phrase = Annotated[str, Meta(min_length=1, max_length=80)]


class Phrases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The phrases of each cue; ``failure`` and ``handover`` are the bot's, the others the user's.

    ``thanks`` counts only where the user asks for nothing in the same breath.
    """

    failure: tuple[_Phrase, ...] = (
        *("i can't", "i cannot", "i can not", "i'm not able", "i am not able", "unable to"),
        *("i don't know", "i do not know", "i'm not sure", "i am not sure", "i don't have"),
        *("i do not have", "i couldn't", "i could not", "couldn't find", "could not find"),
        *("no results", "didn't catch", "did not catch", "don't understand", "didn't understand"),
        *("do not understand", "did not understand", "please rephrase", "you rephrase"),
        *("something went wrong", "try again later", "not possible", "unfortunately"),
    )
    handover: tuple[_Phrase, ...] = (
        *("transferring you", "i will transfer you", "i'll transfer you", "transferred you"),
        *("being transferred", "connecting you", "i will connect you", "i'll connect you"),
        *("handing you over", "passing you to", "will take over from here"),
    )
    negative: tuple[_Phrase, ...] = (
        *("that's wrong", "that is wrong", "that's not right", "that's incorrect", "not correct"),
        *("not what i", "doesn't work", "does not work", "didn't work", "did not work"),
        *("not working", "still not", "still doesn't", "still can't", "didn't help"),
        *("doesn't help", "not helpful", "no help", "useless", "ridiculous", "unacceptable"),
        *("frustrated", "frustrating", "annoying", "annoyed", "disappointed", "disappointing"),
        *("terrible", "horrible", "waste of time", "you don't understand", "not listening"),
        *("already told you", "already said", "i just said", "i just told", "thanks for nothing"),
        *("forget it", "never mind", "nevermind", "give up", "makes no sense", "didn't ask"),
    )
    thanks: tuple[_Phrase, ...] = (
        *("thanks", "thank you", "thx", "ty", "cheers", "much appreciated", "appreciate it"),
        *("that helps", "that helped", "that works", "that worked", "it worked", "it works"),
        *("works now", "that fixed it", "problem solved", "solved", "all set", "that's all"),
        *("that is all", "perfect", "awesome", "exactly what i needed", "that's great"),
    )
    escalation: tuple[_Phrase, ...] = (
        *("a human", "human agent", "human being", "real person", "real human", "live agent"),
        *("a person", "an agent", "live person", "a representative", "customer service"),
        *("talk to someone", "speak to someone", "speak with someone", "talk with someone"),
        *("a supervisor", "your supervisor", "a manager", "your manager", "transfer me"),
        *("connect me", "escalate", "file a complaint", "make a complaint", "call me back"),
    )


# With these a word of thanks is courtesy that goes with the next request.
_ASKING = re.compile(r"\?|\bplease\b|\bbut\b|\bcan you\b|\bcould you\b", re.IGNORECASE)


class Cues:
    """Finds the cues in a prompt and in a response, in linear time.

    Examples:
        >>> cues = Cues()
        >>> cues.of_user("Thanks, that worked!"), cues.of_user("Thanks. And the fee?")
        (('thanks',), ())
        >>> cues.of_bot("Unfortunately I can't do that.")
        ('failure',)
    """

    def __init__(self, phrases: Phrases | None = None) -> None:
        phrases = phrases or Phrases()
        self._failure = _any_of(phrases.failure)
        self._handover = _any_of(phrases.handover)
        self._negative = _any_of(phrases.negative)
        self._thanks = _any_of(phrases.thanks)
        self._escalation = _any_of(phrases.escalation)

    def of_user(self, text: str) -> tuple[Cue, ...]:
        """Return the cues in what the user said, each once."""
        text = _plain(text)
        found: list[Cue] = []
        if self._negative.search(text):
            found.append("negative")
        if self._escalation.search(text):
            found.append("escalation")
        if not found and self._thanks.search(text) and not _ASKING.search(text):
            found.append("thanks")
        return tuple(found)

    def of_bot(self, text: str) -> tuple[Cue, ...]:
        """Return the cues in what the bot answered, each once."""
        text = _plain(text)
        found: list[Cue] = []
        if self._failure.search(text):
            found.append("failure")
        if self._handover.search(text):
            found.append("handover")
        return tuple(found)


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    # Escaped words without a quantifier: a match tries each phrase once at each place.
    words = "|".join(re.escape(_plain(phrase)) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)", re.IGNORECASE)


def _plain(text: str) -> str:
    return " ".join(text[:_MAX_CHARACTERS].replace("’", "'").split())  # noqa: RUF001
