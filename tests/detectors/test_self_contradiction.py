"""A bot contradicts itself if, to the same question, it denies or changes what it said."""
# ruff: noqa: E501, RUF001 - a case a line; and apostrophes as bots write them

import pytest

from detectors.base import Interaction, Signal, Turn
from detectors.self_contradiction import SelfContradiction


def judge(*turns: str, redacted: str = "", truncated: str = "") -> Signal:
    """Return the signal of the last of turns that user and bot take in turn."""
    roles = ["user", "assistant"] * len(turns)
    *history, prompt = (
        Turn(role=role, text=text) for role, text in zip(roles, turns[:-1], strict=False)
    )
    interaction = Interaction(
        id="1",
        prompt=prompt.text,
        response=turns[-1],
        history=tuple(history),
        redacted=frozenset({redacted}),
        truncated=frozenset({truncated}),
    )
    [[signal]] = SelfContradiction().detect_many([interaction])
    return signal


CONTRADICTIONS = [
    # what was asked and said, what was asked then, what is said now, and why that contradicts
    ("How long do refunds take?", "Refunds take 5 days.", "Are you sure?", "Refunds take 10 days.", "quantity"),
    ("How long do refunds take?", "Refunds take 5 days.", "How long do refunds take?", "A refund takes ten business days.", "quantity"),
    ("What is the return window?", "You can return items within 30 days of delivery.", "What is the return window again?", "Items can be returned within 14 days.", "quantity"),
    ("What does the Pro plan cost?", "The Pro plan costs $20 per month.", "I read it is 30?", "The Pro plan costs $30 per month.", "quantity"),
    ("What is the late fee?", "The late fee is 2%.", "Is that really the late fee?", "The late fee is 5%.", "quantity"),
    ("When do you open?", "The store opens at 9 am.", "When do you open?", "The store opens at 10 am.", "quantity"),
    ("How many devices can I use?", "The licence covers up to 5 devices.", "How many devices was it?", "The licence covers up to 3 devices.", "quantity"),
    ("How long is the warranty?", "The warranty lasts 2 years.", "Can you confirm that?", "The warranty lasts 12 months.", "quantity"),
    ("When is the deadline?", "The deadline for applications is March 15.", "Is it really the 15th?", "The deadline for applications is March 31.", "quantity"),
    ("What is the weight limit?", "The weight limit for hand luggage is 8 kg.", "Sure?", "The weight limit for hand luggage is 10 kg.", "quantity"),
    ("What is the minimum order?", "The minimum order value is at least $25.", "What was the minimum order?", "The minimum order value is at least $40.", "quantity"),
    ("How many seats are there?", "The hall has 120 seats.", "How many seats are there again?", "The hall has 200 seats.", "quantity"),
    ("How long is shipping?", "Standard shipping takes 3-5 business days.", "Is it that fast?", "Standard shipping takes 7-10 business days.", "quantity"),
    ("Is breakfast included?", "Breakfast is included in the room rate.", "Are you sure?", "Breakfast is not included in the room rate.", "polarity"),
    ("Is breakfast included?", "Breakfast is included.", "Is breakfast really included?", "Breakfast is excluded.", "polarity"),
    ("Are pets allowed?", "Pets are allowed in all rooms.", "Are pets allowed?", "Pets are prohibited in all rooms.", "polarity"),
    ("Can I cancel online?", "You can cancel online.", "Sure?", "You cannot cancel online.", "polarity"),
    ("Can I cancel online?", "You can't cancel online.", "Sure?", "You can cancel online.", "polarity"),
    ("Is the blue jacket in stock?", "The blue jacket is available.", "Is it?", "The blue jacket is unavailable.", "polarity"),
    ("Do I need a visa?", "A visa is required for this trip.", "Is that so?", "A visa is optional for this trip.", "polarity"),
    ("Do gift cards expire?", "Gift cards never expire.", "Really?", "Gift cards expire.", "polarity"),
    ("Is the ticket refundable?", "The ticket is refundable.", "Is the ticket refundable?", "The ticket is non-refundable.", "polarity"),
    ("Do you ship to Canada?", "Yes, we do.", "Do you ship to Canada?", "No, sorry.", "polarity"),
    ("Does the camera work under water?", "No.", "Does the camera work under water?", "Yes!", "polarity"),
    ("Is the data encrypted?", "All customer data is encrypted.", "Can you confirm?", "Customer data isn’t encrypted.", "polarity"),
]  # fmt: skip

CONSISTENT = [
    ("How long do refunds take?", "Refunds take 5 days.", "Sure?", "Refunds take five business days.", "the same"),
    ("How long do refunds take?", "Refunds take 1 week.", "Sure?", "Refunds take 7 days.", "another unit"),
    ("How long is the trial?", "The trial lasts 1 month.", "Sure?", "The trial lasts 30 days.", "about a month"),
    ("How long do refunds take?", "Refunds take up to 10 days.", "Sure?", "Refunds take 5 days.", "within the bound"),
    ("How long do refunds take?", "Refunds take 3 to 5 days.", "Sure?", "Refunds take 4 days.", "within the range"),
    ("How far is it?", "The beach is about 20 km away.", "Sure?", "The beach is 18 km away.", "about"),
    ("When do you open?", "The store opens at 5:30.", "Sure?", "The store opens at 17:30.", "which half of the day"),
    ("How long is standard shipping?", "Standard shipping takes 5 days.", "And express?", "Express shipping takes 2 days.", "another service"),
    ("How long is standard shipping?", "It takes 5 days.", "And express?", "It takes 2 days.", "another question"),
    ("What does shipping to France cost?", "Shipping costs $10.", "And to Japan?", "Shipping costs $25.", "another place"),
    ("What is the fee for 2 nights?", "The cleaning fee is $40.", "And for 5 nights?", "The cleaning fee is $90.", "another quantity asked"),
    ("What is 12 times 4?", "The result is 48.", "What is 12 times 5?", "The result is 60.", "arithmetic"),
    ("What does Basic cost?", "The plan costs $10 and has 5 seats.", "And Pro?", "The plan costs $20 and has 9 seats.", "two differ"),
    ("Can I cancel?", "You can cancel online.", "After shipping?", "You cannot cancel online after shipping.", "a condition"),
    ("Can I cancel?", "You can cancel the order online.", "How about by post?", "You cannot cancel the order by post.", "another way"),
    ("Are pets allowed?", "Dogs are allowed.", "And cats?", "Cats are not allowed.", "another subject"),
    ("Is the jacket in stock?", "The jacket is currently available.", "Is it?", "The jacket is not available.", "it was so then"),
    ("Where is my order?", "Your order has not been shipped yet.", "And now?", "Your order has been shipped.", "it changed"),
    ("Find my booking.", "I cannot find the booking.", "It is QX1.", "I found the booking.", "the bot acted"),
    ("Can you give a discount?", "I can offer a discount of 10%.", "More?", "I can offer a discount of 15%.", "the bot bargains"),
    ("Do you ship to Canada?", "Yes, we do.", "Do you ship to Chile?", "No, we do not.", "yes and no to different questions"),
    ("Is it open?", "The pool is not closed.", "Sure?", "The pool is open.", "an opposite denied"),
    ("Can I?", "No, you cannot cancel online.", "Sure?", "You cannot cancel online.", "an interjection"),
    ("Is breakfast included?", "Breakfast is included.", "Is it?", "Is breakfast not included?", "a question back"),
    ("Options?", "The fare costs $100.\nThe fare costs $140.", "Which?", "The fare costs $120.", "two of one name"),
    ("Total?", "Total: $50\nTax: $5", "Add one.", "Total: $70\nTax: $7", "a form filled in anew"),
    ("What is the price?", "The price is $20.", "In euros?", "The price is €18.", "another currency"),
    ("Fees?", "The fee is $5.", "Tell me about Mars.", "Mars has two moons.", "nothing to do with it"),
    ("Hello", "Hi! How can we help?", "Hours?", "The store opens at 9 am.", "nothing said before"),
    ("If I cancel early?", "If you cancel early, the fee is $10.", "And late?", "If you cancel late, the fee is $50.", "two conditions"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "said", "again", "says", "reason"), CONTRADICTIONS)
def test_the_opposite_or_another_number_contradicts(
    asked: str, said: str, again: str, says: str, reason: str
) -> None:
    """Same subject, same question: the answer must be the same."""
    signal = judge(asked, said, again, says)

    assert (signal.score, signal.label) == (1.0, "contradictory")
    assert [evidence.reason for evidence in signal.evidence] == [reason]


@pytest.mark.parametrize(
    ("asked", "said", "again", "says"), [pytest.param(*case[:4], id=case[4]) for case in CONSISTENT]
)
def test_what_may_both_be_true_is_consistent(asked: str, said: str, again: str, says: str) -> None:
    """A different number or denial needs a reason that is not in the question to count."""
    signal = judge(asked, said, again, says)

    assert (signal.score, signal.label, signal.spans) == (0.0, "consistent", ())


@pytest.mark.parametrize(
    "announced",
    [
        "I was wrong: ",
        "I’m mistaken, ",
        "Correction. ",
        "Sorry, that was a mistake. ",
        "I apologize for the confusion. ",
        "I misspoke. ",
        "Let me correct that. ",
        "You're right, my earlier answer was wrong. ",
        "I made a mistake. ",
    ],
)
def test_an_announced_correction_is_not_silent(announced: str) -> None:
    """Who says that it was wrong before is to be trusted more, not less."""
    signal = judge(
        "How long do refunds take?",
        "Refunds take 5 days.",
        "Sure?",
        f"{announced}\nRefunds take 9 days.",
    )

    assert (signal.score, signal.label, signal.spans) == (0.0, "corrected", ())


def test_an_apology_without_another_answer_is_consistent() -> None:
    """Only what contradicts can be corrected."""
    signal = judge(
        "Refunds?", "Refunds take 5 days.", "Hm.", "Sorry, I was wrong about the weather."
    )

    assert signal.label == "consistent"


def test_evidence_names_both_sentences() -> None:
    """The span lies in the response, the support in the turn that is named."""
    said = "Welcome. The warranty lasts 2 years."
    says = "Happy to help! The warranty lasts 3 years."
    signal = judge("How long is the warranty?", said, "Are you sure?", says)
    [evidence] = signal.evidence

    assert signal.spans == (evidence.span,)
    assert says[slice(*evidence.span)] == "The warranty lasts 3 years."
    assert evidence.passage == "history:1"
    assert evidence.support is not None
    assert said[slice(*evidence.support)] == "The warranty lasts 2 years."


def test_what_was_said_twice_differently_is_not_held_against_either() -> None:
    """A response that repeats one of two earlier answers contradicts nothing new."""
    turns = ("The fee?", "The late fee is $5.", "Sure?", "The late fee is $9.", "Sure?")

    assert judge(*turns, "The late fee is $5.").label == "consistent"
    assert judge(*turns, "The late fee is $7.").label == "contradictory"


@pytest.mark.parametrize("role", ["assistant", "Bot", "AI", " model "])
def test_the_bot_has_many_names(role: str) -> None:
    """Logs call it what they like."""
    history = (Turn(role=role, text="The late fee is $5."),)
    given = Interaction(id="1", response="The late fee is $9.", history=history)
    [[signal]] = SelfContradiction().detect_many([given])

    assert signal.label == "contradictory"


def test_the_user_may_say_the_opposite() -> None:
    """Only the bot's own turns bind it."""
    history = (Turn(role="user", text="The late fee is $5."), Turn(role="assistant", text="Hi!"))
    given = Interaction(id="1", response="The late fee is $9.", history=history)
    [[signal]] = SelfContradiction().detect_many([given])

    assert signal.label == "consistent"


def test_no_earlier_answer_is_unverifiable() -> None:
    """Missing is not zero."""
    signal = judge("The fee?", "The late fee is $5.")

    assert (signal.score, signal.label) == (None, "unverifiable")
    assert signal.explanation == "no earlier answer"
    assert judge("Fee?", "It is $5.", "Sure?", " ").explanation == "no response"


@pytest.mark.parametrize("field", ["response", "history"])
def test_masked_or_cut_is_unscored(field: str) -> None:
    """A number that stands for another contradicts nothing."""
    turns = ("Fee?", "The late fee is $5.", "Sure?", "The late fee is $9.")

    assert judge(*turns, redacted=field).label == "unscored"
    assert judge(*turns, truncated=field).explanation == f"{field} truncated"


def test_two_numbers_of_one_name_in_the_response_are_of_two_things() -> None:
    """What tells them apart is not said in the sentences, so neither contradicts."""
    says = "The fare costs $120.\nThe fare costs $140."

    assert judge("Fares?", "The fare costs $99.", "Again?", says).label == "consistent"
