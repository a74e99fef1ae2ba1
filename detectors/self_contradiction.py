"""Self-contradiction: a response against what the bot said before in the conversation."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from detectors._conversation import (
    Question,
    Said,
    asked,
    claims,
    corrects,
    earlier,
    is_bot,
    last_question,
)
from detectors.abstention import unscored, unverifiable
from detectors.base import Evidence, Interaction, Signal
from detectors.text.quantities import Kind
from detectors.text.statements import Amount, Statement, content

Reason = Literal["quantity", "polarity"]

_MAX_SPANS = 16
# What is said about a subject without changing it, in stems: "items can be returned", "you get".
_LIGHT = content(
    """
    take takes get gives offer provide use make process processed accept accepted allow item items
    product products purchase purchased delivery delivered receipt received day days date full
    total customer customers usual standardly exactly policy please note yes okay sure
    want need people person time thing things way
    """
)
_TIMING = frozenset({"before", "after", "until"})
# Words in common: for one subject; and for one that needs no question to name it.
_ENOUGH = 2
_PLENTY = 3
# A sentence that ends, also in bold or quoted.
_MARKS = ".!*_\"'”’)]。！"  # noqa: RUF001

# Before a mark, for "no refunds" answers nothing.
_ANSWER = re.compile(
    r"\W{0,4}(?:(?P<yes>yes|yep|yeah)|(?P<no>no|nope))(?=[ ]?[,.!;:–—]|\W{0,4}$)",  # noqa: RUF001
    re.IGNORECASE,
)


class SelfContradiction:
    """Whether a response contradicts what the bot said earlier in the conversation.

    The score is 1 if it contradicts and 0 if not; it is built to be right when it says 1, and
    misses much. Two sentences contradict if they are about the same in the same words and answer
    the same question, and either exactly one quantity differs (``quantity``) or one denies what
    the other affirms (``polarity``), and no earlier statement agrees. Labels are
    ``contradictory``, ``consistent``, and ``corrected`` where the response says that it corrects
    itself, which scores 0. Without an earlier turn of the bot it is ``unverifiable``. The spans
    are the sentences of the response; evidence names the turn as ``history:<position>``, with the
    sentence in it as support.

    Examples:
        >>> from detectors.base import Turn
        >>> history = (
        ...     Turn(role="user", text="How long do refunds take?"),
        ...     Turn(role="assistant", text="Refunds take 5 days."),
        ... )
        >>> response = "Refunds take 10 days."
        >>> interaction = Interaction(id="1", prompt="Sure?", response=response, history=history)
        >>> [[signal]] = SelfContradiction().detect_many([interaction])
        >>> signal.score, signal.label, signal.evidence[0].reason
        (1.0, 'contradictory', 'quantity')

    References:
        Nie et al., I like fish, especially dolphins: Addressing Contradictions in Dialogue
        Modeling, ACL 2021 (a response against each earlier utterance).
    """

    name = "self_contradiction"
    version = ""

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction."""
        return [(self._judge(interaction),) for interaction in batch]

    def _judge(self, interaction: Interaction) -> Signal:
        if hidden := unscored(self.name, interaction, "response", "history"):
            return hidden
        response = interaction.response or ""
        if not response.strip():
            return unverifiable(self.name, "response")
        if not any(is_bot(turn) for turn in interaction.history):
            return unverifiable(self.name, "earlier answer")
        evidence = tuple(_contradictions(interaction, claims(response)))
        if evidence and corrects(response):
            return self._signal("corrected", ())
        return self._signal("contradictory" if evidence else "consistent", evidence)

    def _signal(self, label: str, evidence: tuple[Evidence, ...]) -> Signal:
        reasons = [item.reason for item in evidence]
        return Signal(
            name=self.name,
            score=float(bool(evidence)),
            label=label,
            spans=tuple(item.span for item in evidence[:_MAX_SPANS]),
            explanation=(
                f"{reasons.count('quantity')} quantities and {reasons.count('polarity')} denials "
                f"contradict an earlier answer"
            ),
            evidence=evidence[:_MAX_SPANS],
        )


def _contradictions(interaction: Interaction, says: Sequence[Statement]) -> Iterator[Evidence]:
    before = list(earlier(interaction.history))[::-1]
    question = asked(interaction.prompt or last_question(interaction.history))
    subjects = Counter(statement.words for statement in says)
    for statement in says:
        # Two prices of one name are of two things that the sentences do not name.
        found = _latest(statement, before, question) if subjects[statement.words] == 1 else None
        if found is not None:
            said, reason = found
            yield Evidence(
                span=statement.span,
                reason=reason,
                passage=f"history:{said.turn}",
                support=said.statement.span,
            )


def _latest(
    says: Statement, before: Sequence[Said], question: Question
) -> tuple[Said, Reason] | None:
    """Return the latest statement on the same subject if each is contradicted, and how."""
    about: list[tuple[Said, Reason]] = []
    for said in before:
        if _held(said, says, question):
            reason = _conflict(said, says, question)
            if reason is None:
                return None
            about.append((said, reason))
    # As above.
    alone = sum(said.turn == about[0][0].turn for said, _ in about) == 1
    return about[0] if alone else None


def _held(said: Said, says: Statement, question: Question) -> bool:
    """Whether the statements are about the same, in answer to the same."""
    if _answers(said, says, question):
        return True
    then = said.statement
    comparable = bool(_kinds(then, says)) or not (then.amounts or says.amounts)
    return comparable and _one_subject(then, says) and _one_question(said, says, question)


def _answers(said: Said, says: Statement, question: Question) -> bool:
    """Whether both say yes or no to the same question."""
    same = question.words == said.question.words and question.negations == said.question.negations
    answers = {_answer(said.statement), _answer(says)}
    return same and len(question.words) >= _ENOUGH and None not in answers


def _answer(statement: Statement) -> str | None:
    found = _ANSWER.match(statement.text)
    return found and found.lastgroup


def _one_subject(then: Statement, says: Statement) -> bool:
    """Whether nothing of weight but quantities tells the sentences apart."""
    shared, apart = then.words & says.words, then.words ^ says.words
    if not shared or not apart <= _LIGHT or _conditions(then) != _conditions(says):
        return False
    both = bool(apart & then.words) and bool(apart & says.words)
    return not apart or len(shared - _LIGHT) >= (_ENOUGH if both else 1)


def _conditions(statement: Statement) -> frozenset[str]:
    # "Within 5 days after delivery" times the quantity; without one it is a condition.
    return statement.conditions - _TIMING if statement.amounts else statement.conditions


def _conflict(said: Said, says: Statement, question: Question) -> Reason | None:
    then = said.statement
    if _answers(said, says, question):
        return "polarity" if _answer(then) != _answer(says) else None
    one, other = _unlike(then, says), _unlike(says, then)
    if then.denies(says):
        # "Ed's performance" is a heading, and denies nothing.
        alike = (then.text[-1] in _MARKS) == (says.text[-1] in _MARKS)
        shared = len(then.words & says.words)
        return "polarity" if alike and shared >= _ENOUGH and not (one or other) else None
    exactly_one = len(one) == len(other) == 1
    return "quantity" if exactly_one and one[0].rules_out(other[0]) else None


def _kinds(one: Statement, other: Statement) -> set[Kind]:
    return {a.quantity.kind for a in one.amounts} & {a.quantity.kind for a in other.amounts}


def _unlike(one: Statement, other: Statement) -> list[Amount]:
    """Return the quantities that the other lacks, of the kinds that both have."""
    kinds = _kinds(one, other)
    return [
        amount
        for amount in one.amounts
        if amount.quantity.kind in kinds
        and not any(amount.quantity.agrees(theirs.quantity) for theirs in other.amounts)
    ]


def _one_question(said: Said, says: Statement, question: Question) -> bool:
    """Whether nothing in what was asked explains that the answer is another."""
    then = said.question
    known = (*then.amounts, *said.statement.amounts, *says.amounts)
    if any(not any(new.quantity.agrees(old.quantity) for old in known) for new in question.amounts):
        return False
    if len(said.statement.words & says.words) >= _PLENTY:
        return True
    new = question.words - then.words - said.statement.words - _LIGHT
    lost = then.words - question.words - says.words - _LIGHT if question.words else frozenset[str]()
    return not (new or lost)
