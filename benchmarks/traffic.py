"""Made-up traffic of a support bot: answers of about three sentences over three passages.

The same seed gives the same events. Nothing in them is anybody's text or data.
"""

import random
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

Kind = Literal["support", "fresh"]
"""``support``: 60 passages and mostly new answers. ``fresh``: no sentence comes twice."""

_PASSAGES_PER_SUBJECT = 5
_SENTENCES = 3
_RETRIEVED = 3
_STOCK_ANSWERS = 0.05  # "mostly": a bot also repeats itself
_ROUTES = ("chat", "email")
_MODELS = ("shop-llm-1", "shop-llm-2")

_SUBJECTS = (
    *("The refund", "The parcel", "The invoice", "The warranty", "The exchange", "The gift card"),
    *("The subscription", "The delivery slot", "The voucher", "The repair", "The deposit"),
    "The loyalty account",
)
_RULES = (
    "is handled by the {team} team within {days} working days of the request",
    "needs the order number and the e-mail address that the buyer gave",
    "can be changed in the account under {menu} until {days} days before the date",
    "costs {price} euros extra when it goes to an address outside the country",
    "is confirmed by e-mail, and the link in it stays valid for {days} days",
    "depends on the {menu} that was chosen at the checkout",
    "was passed on to the {team} team, who will write again in {days} days at the latest",
    "expires after {days} months unless the customer extends it under {menu}",
    "cannot be combined with other offers, but {price} euros of it may be kept for later",
    "will be credited with {price} euros to the card that paid for the order",
    "is free of charge above {price} euros, and otherwise the {team} team sends a bill",
    "has to be reported to the {team} team with two photos taken in daylight",
)
_TEAMS = ("billing", "shipping", "returns", "service", "complaints")
_MENUS = ("Orders", "Payment methods", "Addresses", "Notifications", "Membership")
_NAMES = ("Ada", "Bo", "Chidi", "Dana", "Emre", "Freya")
_STOCK = (
    "Thank you for writing to us. One of our colleagues will look into it. "
    "You will hear from us by e-mail."
)


class Traffic:
    """Makes events.

    Args:
        kind: see `Kind`.
        seed: of everything that is drawn.
        passages: of an event.
        sentences: of an answer; there are twelve.
    """

    def __init__(
        self, kind: Kind, *, seed: int, passages: int = _RETRIEVED, sentences: int = _SENTENCES
    ) -> None:
        self._fresh = kind == "fresh"
        self._random = random.Random(seed)
        self._name = f"{kind}-{seed}"
        self._retrieve = passages
        self._sentences = sentences
        self._count = 0
        self._notes = 0
        self._passages = [
            self._passage(subject) for subject in _SUBJECTS for _ in range(_PASSAGES_PER_SUBJECT)
        ]

    def events(self, count: int) -> Iterator[bytes]:
        """Yield so many native events, as JSON."""
        for _ in range(count):
            yield msgspec.json.encode(self._event())

    def _event(self) -> dict[str, Any]:
        self._count += 1
        subject = self._random.choice(_SUBJECTS)
        return {
            "id": f"{self._name}-{self._count}",
            "app": "support-bot",
            "route": self._random.choice(_ROUTES),
            "model": self._random.choice(_MODELS),
            "conversation_id": f"{self._name}-{self._count // 3}",
            "prompt": f"What about {subject.lower()} of my order {self._order()}?",
            "response": self._answer(subject),
            "passages": [{"text": text} for text in self._retrieved(subject)],
        }

    def _retrieved(self, subject: str) -> list[str]:
        if self._fresh:
            return [self._passage(subject) for _ in range(self._retrieve)]
        return self._random.sample(self._passages, k=self._retrieve)

    def _passage(self, subject: str) -> str:
        rules = self._random.sample(_RULES, k=_SENTENCES)
        return " ".join(f"{subject} {self._filled(rule)}{self._note()}." for rule in rules)

    def _answer(self, subject: str) -> str:
        if not self._fresh and self._random.random() < _STOCK_ANSWERS:
            return _STOCK
        return " ".join(
            f"{subject} of order {self._order()} {self._filled(rule)}, {self._name_drawn()}."
            for rule in self._random.sample(_RULES, k=self._sentences)
        )

    def _filled(self, rule: str) -> str:
        return rule.format(
            team=self._random.choice(_TEAMS),
            menu=self._random.choice(_MENUS),
            days=self._random.randrange(2, 60),
            price=self._random.randrange(3, 90),
        )

    def _note(self) -> str:
        self._notes += 1
        return f" (note {self._notes})" if self._fresh else ""

    def _order(self) -> str:
        return f"{self._random.choice('ABCDEF')}{self._random.randrange(100_000, 1_000_000)}"

    def _name_drawn(self) -> str:
        return self._random.choice(_NAMES)
