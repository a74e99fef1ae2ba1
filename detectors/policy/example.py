"""The examples of rules, run: what should break a rule does, and what should not does not."""

import itertools
import random
import re
import string
from collections.abc import Iterator
from typing import NamedTuple

from detectors.base import Interaction, Passage
from detectors.policy.pack import Entry, Pack
from detectors.policy.rule import Case
from detectors.policy_violation import PolicyViolation

# Letters to make up, so that no rule file holds what a scanner takes for a real secret.
_MADE_UP = re.compile(r"\$\{(\w+):(\d{1,4})\}")
_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "hex": "0123456789abcdef",
    "base64": string.ascii_letters + string.digits + "+/",
    "urlsafe": string.ascii_letters + string.digits + "-_",
    "letter": string.ascii_letters,
    "digit": string.digits,
    "aws": string.ascii_uppercase + "234567",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}


class Result(NamedTuple):
    """What came of one example: ``place`` is its key and position in the rule."""

    rule: str
    place: str
    is_as_said: bool
    failure: str = ""


def results(pack: Pack) -> Iterator[Result]:
    """Run every example of every rule, each rule alone."""
    for entry in pack.entries:
        alone = PolicyViolation(Pack((entry,), pack.version))
        wanted = itertools.chain(
            ((f"examples[{n}]", case, True) for n, case in enumerate(entry.rule.examples)),
            ((f"counterexamples[{n}]", c, False) for n, c in enumerate(entry.rule.counterexamples)),
        )
        for place, case, is_broken in wanted:
            yield _result(alone, entry, place, case, is_broken=is_broken)


def _result(
    alone: PolicyViolation, entry: Entry, place: str, case: str | Case, *, is_broken: bool
) -> Result:
    [[signal]] = alone.detect_many([interaction_of(entry, case)])
    if signal.failures:
        return Result(entry.rule.id, place, is_as_said=False, failure=signal.failures[0].reason)
    broken = any(not violation.echoed for violation in signal.violations)
    return Result(entry.rule.id, place, broken == is_broken)


def interaction_of(entry: Entry, case: str | Case) -> Interaction:
    """Return the interaction that an example stands for; a mere text is the rule's first part."""
    rule = entry.rule
    if isinstance(case, str):
        part = rule.applies_to[0]
        case = Case(context=(case,)) if part == "context" else Case(**{part: case})  # type: ignore[arg-type] # by name
    app = rule.apps[0] if rule.apps and case.app == "unknown" else case.app
    return Interaction(
        id="example",
        app=app,
        prompt=made_up(case.prompt),
        response=made_up(case.response),
        system_prompt=made_up(case.system),
        passages=tuple(Passage(text=made_up(text) or "") for text in case.context),
    )


def made_up(text: str | None) -> str | None:
    """Fill in ``${alnum:20}`` and the like, the same each time.

    Examples:
        >>> made_up("id ${digit:4}") == made_up("id ${digit:4}")
        True
        >>> made_up("${hex}")
        '${hex}'
    """
    if text is None:
        return None
    generator = random.Random(text)  # noqa: S311 - it stands for a secret, and is none
    return _MADE_UP.sub(lambda m: _random(m, generator), text)


def _random(match: "re.Match[str]", generator: random.Random) -> str:
    alphabet = _ALPHABETS.get(match[1])
    return match[0] if alphabet is None else "".join(generator.choices(alphabet, k=int(match[2])))
