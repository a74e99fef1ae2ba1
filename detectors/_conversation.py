"""What a conversation says so far: the bot's claims, and the question that each answers."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from detectors.base import Turn
from detectors.text.statements import Amount, Statement, content, statements

_BOTS = frozenset({"assistant", "bot", "ai", "model", "agent", "chatbot"})

# Enough for what a person keeps in mind; beyond it an event could hold up its partition.
_MAX_TURNS = 24
_MAX_SENTENCES = 32
_MAX_CHARACTERS = 6_000
_MAX_AMOUNTS = 16

_SORRY = re.compile(
    r"""\b(?:
      I(?:[ ]was|[ ]am|'m)[ ](?:wrong|mistaken|incorrect|in[ ]error)
    | I[ ](?:misspoke|misstated|misread|misinformed|made[ ](?:a|an)[ ](?:mistake|error))
    | correction\b | (?:updated|revised)\b | (?:error|mistake|oversight)[ ](?:in|with|regarding)\b
    | (?:is|are|was|were)[ ](?:actually|in[ ]fact|indeed)
    | (?:let[ ]me|to|need[ ]to)[ ]correct[ ](?:myself|that|this|what|my)
    | (?:sorry|apologies|apologi[sz]e)\b[^.!?\n]{0,60}
        \b(?:actually|mistake|error|wrong|incorrect|confusion|misinformation|oversight)
    | my[ ](?:earlier|previous|last|prior)[ ][\w ]{1,24}(?:was|were)[ ]
        (?:wrong|incorrect|mistaken|not)
    | contrary[ ]to[ ]what[ ]I | I[ ](?:said|told[ ]you)[ ](?:earlier|before)[ ]was
    | you(?:'re|[ ]are)[ ](?:absolutely[ ]|quite[ ])?right[^.!?\n]{0,40}
        \b(?:mistake|error|wrong|my|I)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# What was true a minute ago need not be now; what the bot itself does changes as it does it;
# and neither a question nor an example is a claim.
_UNSETTLED = re.compile(
    r"""\b(?:now|currently|yet|still|today|tomorrow|tonight|already|just|so[ ]far|at[ ]the[ ]moment
        |I|I'm|I'll|I've|I'd|let[ ]me|let's|for[ ]example|for[ ]instance|e\.g
        |here[ ](?:is|are)|if[ ]you[ ]had|would[ ]have)\b | \?\W*$""",
    re.VERBOSE | re.IGNORECASE,
)
# A form filled in for the case at hand ("Total: $50"), if a turn has two such lines.
_FIELD = re.compile(r"\W{0,8}\w[^:.!?]{0,60}:[\s*_]{1,4}\S")
# What a user says when asking again.
_TALK = content(
    """
    sure really certain friend told tell said say says website site page wait confirm check checked
    again double correct right true mean meant thought think remember earlier before heard hear
    sorry know want like please thanks thank hello hi hey remind repeat clarify question understand
    ask asked asking need help long much many get ok okay great good wondering wonder one
    thing read see saw answer exact exactly actual actually quick quickly way possible possibly
    contradict
    """
)


class Question(NamedTuple):
    """What a user asked, as far as it makes one question differ from another."""

    words: frozenset[str]
    amounts: tuple[Amount, ...]
    negations: int


class Said(NamedTuple):
    """One earlier statement of the bot, what it answered, and in which turn."""

    statement: Statement
    question: Question
    turn: int


def corrects(text: str) -> bool:
    """Whether an answer says that it corrects itself."""
    return _SORRY.search(_plain(text)) is not None


def is_bot(turn: Turn) -> bool:
    """Whether the bot said it; logs call it what they like."""
    return turn.role.strip().casefold() in _BOTS


def claims(text: str) -> tuple[Statement, ...]:
    """Return the sentences that are held against each other."""
    # "I was wrong: it is 5" claims that it is 5; the spans stay.
    text = _SORRY.sub(lambda match: " " * len(match[0]), _plain(text))
    found = statements(text, _MAX_SENTENCES)
    fields = {claim.span for claim in found if _FIELD.match(claim.text)}
    skipped = fields if len(fields) > 1 else frozenset()
    return tuple(claim for claim in found if claim.span not in skipped and _is_claim(claim))


def _is_claim(statement: Statement) -> bool:
    """Whether a sentence claims what is to hold; "2 cups of flour" is an item of a list."""
    spoken = statement.amounts
    item = bool(spoken) and spoken[0].quantity.span.start == 0
    return not item and _UNSETTLED.search(statement.text) is None


def earlier(history: Sequence[Turn]) -> Iterator[Said]:
    """Yield what the bot said, oldest first, each with the question before it."""
    question = Question(frozenset(), (), 0)
    start = max(0, len(history) - _MAX_TURNS)
    for position, turn in enumerate(history[start:], start):
        if is_bot(turn):
            yield from (Said(claim, question, position) for claim in claims(turn.text))
        else:
            question = asked(turn.text)


def last_question(history: Sequence[Turn]) -> str:
    """Return what the user said last."""
    return next((turn.text for turn in reversed(history) if not is_bot(turn)), "")


def asked(text: str) -> Question:
    """Return what a user's turn asks."""
    spoken = statements(text[:_MAX_CHARACTERS], _MAX_SENTENCES)
    roots = frozenset[str]().union(*(sentence.words for sentence in spoken))
    # "Really the 15th?" asks about no other day, but how should one know that it is a day.
    every = (amount for sentence in spoken for amount in sentence.amounts)
    amounts = (amount for amount in every if amount.quantity.unit != "st")
    negations = sum(sentence.negations for sentence in spoken)
    return Question(roots - _TALK, tuple(islice(amounts, _MAX_AMOUNTS)), negations)


def _plain(text: str) -> str:
    return text[:_MAX_CHARACTERS].replace("’", "'")  # noqa: RUF001
