"""What the policy detector makes of rules: score, label, spans, echoes and failures."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import Evidence, Interaction, Passage, RuleFailure, Severity, Turn
from detectors.policy.pack import Entry, Pack
from detectors.policy.part import Part
from detectors.policy.rule import Hit
from detectors.policy.run import Tally
from detectors.policy_violation import PolicyViolation
from tests.detectors.policy.rules import broken, judge, pack, rule
from tests.detectors.policy.test_starter import PACK


class Failing:
    """Raises over parts that hold a word, and finds nothing in others."""

    keywords: tuple[str, ...] = ()

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Raise if a part holds "bad"."""
        if any("bad" in part.text for part in parts):
            raise LookupError(parts[0].text)
        return [None] * len(parts)


def failing(directory: Path, *rules: dict[str, Any]) -> Pack:
    """Return a pack whose first rule fails on "bad"."""
    made = pack(directory, *rules)
    return Pack((Entry(made.entries[0].rule, Failing()), *made.entries[1:]), made.version)


@pytest.mark.parametrize(
    ("severity", "score", "label"),
    [
        pytest.param("info", 0.0, "passed", id="info blames nothing"),
        pytest.param("low", 0.25, "violated", id="low"),
        pytest.param("medium", 0.5, "violated", id="medium"),
        pytest.param("high", 0.75, "violated", id="high"),
        pytest.param("critical", 1.0, "violated", id="critical"),
    ],
)
def test_the_score_is_the_severity(
    tmp_path: Path, severity: Severity, score: float, label: str
) -> None:
    """An alert can ask for what is at least so bad."""
    signal = judge(pack(tmp_path, rule(severity=severity)), response="my secret")

    assert (signal.score, signal.label) == (score, label)
    assert broken(signal) == ["r"]


def test_the_worst_violation_counts(tmp_path: Path) -> None:
    """And comes first."""
    rules = pack(
        tmp_path, rule(id="a", severity="low"), rule(id="b", severity="critical"), rule(id="c")
    )

    assert judge(rules, response="secret").score == 1.0
    assert broken(judge(rules, response="secret")) == ["b", "c", "a"]


def test_nothing_found_is_passed(tmp_path: Path) -> None:
    """With a score: it was looked at."""
    signal = judge(pack(tmp_path, rule()), response="nothing")

    assert (signal.score, signal.label, signal.violations) == (0.0, "passed", ())


def test_spans_and_evidence_are_of_the_response(tmp_path: Path) -> None:
    """What stands in other parts is in the violations alone, with its part."""
    rules = pack(tmp_path, rule(applies_to=["prompt", "response", "context", "system"]))
    signal = judge(
        rules,
        prompt="secret",
        response="a secret, a secret",
        system_prompt=" secret",
        passages=(Passage(text="secret"), Passage(id="kb", text="  secret")),
    )

    assert signal.evidence == (
        Evidence(span=signal.spans[0], reason="r"),
        Evidence(span=signal.spans[1], reason="r"),
    )
    assert signal.spans == ((2, 8), (12, 18))
    assert {v.part: v.spans for v in signal.violations} == {
        "prompt": ((0, 6),),
        "response": ((2, 8), (12, 18)),
        "system": ((1, 7),),
        "context:0": ((0, 6),),
        "context:kb": ((2, 8),),
    }


def test_a_rule_holds_for_its_parts_alone(tmp_path: Path) -> None:
    """The user may say what the bot may not."""
    assert broken(judge(pack(tmp_path, rule()), prompt="secret", response="no")) == []


def test_a_rule_holds_for_its_apps_alone(tmp_path: Path) -> None:
    """All, if it names none."""
    rules = pack(tmp_path, rule(apps=["shop"]))

    assert broken(judge(rules, app="shop", response="secret")) == ["r"]
    assert judge(rules, app="bank", response="secret").label == "unverifiable"


def test_look_alikes_are_found_where_they_stand(tmp_path: Path) -> None:
    """In the original, invisible letters and all."""
    signal = judge(pack(tmp_path, rule()), response="my s\u200bеcret")  # noqa: RUF001

    assert signal.spans == ((3, 10),)


@pytest.mark.parametrize(
    "given_",
    [
        pytest.param({"prompt": "my Secret"}, id="the prompt"),
        pytest.param({"history": (Turn(role="user", text="a secret"),)}, id="an earlier turn"),
        pytest.param({"passages": (Passage(text="the secret"),)}, id="a passage"),
        pytest.param({"context": {"a": ["secret"]}}, id="the record"),
    ],
)
def test_what_is_echoed_is_no_violation(tmp_path: Path, given_: dict[str, Any]) -> None:
    """But it is listed, to be counted apart."""
    rules = pack(tmp_path, rule(unless_in=["prompt", "context"]))
    signal = judge(rules, response="secret", **given_)

    assert (signal.score, signal.label, signal.spans) == (0.0, "passed", ())
    assert [(v.rule, v.echoed) for v in signal.violations] == [("r", True)]


@pytest.mark.parametrize(
    ("prompt", "rules"),
    [
        pytest.param("call +1 202 456 1111", [], id="grouped otherwise, with its country"),
        pytest.param("call 2024561111", [], id="not grouped"),
        pytest.param("call 202-456-1112", ["r"], id="another number"),
        pytest.param("call 456-11", ["r"], id="too short to tell"),
    ],
)
def test_a_number_is_echoed_however_it_is_grouped(
    tmp_path: Path, prompt: str, rules: list[str]
) -> None:
    """People write theirs as they like."""
    numbers = pack(tmp_path, rule(patterns=[r"\(\d+\) [\d-]+"], unless_in=["prompt"]))

    assert broken(judge(numbers, prompt=prompt, response="At (202) 456-1111?")) == rules


def test_a_part_of_a_word_is_no_echo(tmp_path: Path) -> None:
    """The user said "secretary", and the bot tells a secret."""
    rules = pack(tmp_path, rule(unless_in=["prompt"]))

    assert broken(judge(rules, prompt="the secretary", response="secret")) == ["r"]


def test_what_is_echoed_and_what_is_not_are_told_apart(tmp_path: Path) -> None:
    """One answer may hold both."""
    rules = pack(tmp_path, rule(patterns=[r"n\d+"], unless_in=["prompt"]))
    signal = judge(rules, prompt="n1", response="n1 n2")

    assert [(v.echoed, v.spans) for v in signal.violations] == [
        (False, ((3, 5),)),
        (True, ((0, 2),)),
    ]


def test_a_rule_that_fails_is_no_pass(tmp_path: Path) -> None:
    """And its message, which may hold text, goes nowhere."""
    signal = judge(failing(tmp_path, rule()), response="bad")

    assert (signal.score, signal.label) == (None, "unscored")
    assert signal.failures == (RuleFailure(rule="r", reason="LookupError"),)


def test_a_rule_that_fails_blinds_no_other_rule(tmp_path: Path) -> None:
    """What was found is a violation all the same."""
    signal = judge(failing(tmp_path, rule(id="a"), rule(id="b")), response="bad secret")

    assert (signal.score, broken(signal)) == (0.75, ["b"])
    assert [failure.rule for failure in signal.failures] == ["a"]


def test_a_rule_that_fails_blinds_no_other_interaction(tmp_path: Path) -> None:
    """Each is tried alone."""
    detector = PolicyViolation(failing(tmp_path, rule()))
    batch = [Interaction(id=text, response=text) for text in ("good", "bad", "fine")]

    assert [s.label for (s,) in detector.detect_many(batch)] == ["passed", "unscored", "passed"]


@pytest.mark.parametrize("state", ["redacted", "truncated"])
def test_what_was_hidden_is_not_passed(tmp_path: Path, state: str) -> None:
    """A violation that is left to see still counts."""
    rules = pack(tmp_path, rule())
    hidden = {state: frozenset({"response"})}

    assert judge(rules, response="nothing", **hidden).label == "unscored"
    assert judge(rules, response="secret", **hidden).label == "violated"
    assert judge(rules, response="nothing", **{state: frozenset({"prompt"})}).label == "passed"


def test_without_text_nothing_is_passed(tmp_path: Path) -> None:
    """No rule has looked at anything."""
    signal = judge(pack(tmp_path, rule()), prompt="hello")

    assert (signal.score, signal.label) == (None, "unverifiable")


@pytest.mark.parametrize(
    ("masking", "excerpt"),
    [
        pytest.param("off", None, id="off"),
        pytest.param("shape", "xxx-0000-Xxxxxxx", id="shape"),
        pytest.param("ends", "tox-0000-Xxxxxox", id="ends"),
    ],
)
def test_an_excerpt_is_masked(tmp_path: Path, masking: Any, excerpt: str | None) -> None:
    """And there is none unless it is asked for."""
    detector = PolicyViolation(pack(tmp_path, rule(patterns=[r"tok-\S+"])), masking=masking)
    [[signal]] = detector.detect_many([Interaction(id="1", response="a tok-1234-Abcdeox")])

    assert signal.violations[0].excerpt == excerpt
    assert "1234" not in repr(signal)


def test_the_work_of_each_rule_is_reported(tmp_path: Path) -> None:
    """As data: what it was held against, and the seconds of a clock that is given."""
    seconds = iter(range(100))
    reports: list[Sequence[Tally]] = []
    detector = PolicyViolation(
        pack(tmp_path, rule(id="a"), rule(id="b", keywords=["zzz"]), rule(id="c", apps=["x"])),
        clock=lambda: float(next(seconds)),
        report=reports.append,
    )
    detector.detect_many([Interaction(id=str(n), response="secret") for n in range(3)])

    assert reports == [[Tally("a", 3, 1.0), Tally("b", 3, 0.0)]]


def test_a_new_pack_is_used_from_the_next_batch_on(tmp_path: Path) -> None:
    """And the version is of the rules that the last batch was judged by."""
    first, second = pack(tmp_path, rule()), pack(tmp_path, rule(patterns=["other"]))
    packs = iter([first, first, second])
    detector = PolicyViolation(lambda: next(packs))
    labels, versions = [], []
    for _ in range(2):
        [[signal]] = detector.detect_many([Interaction(id="1", response="secret")])
        labels.append(signal.label)
        versions.append(detector.version)

    assert labels == ["violated", "passed"]
    assert versions == [first.version, second.version]


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"(a+)+$", id="nested"),
        pytest.param(r"(a|aa)+b", id="alternatives"),
        pytest.param(r"(.*a){12}b", id="backtracking"),
    ],
)
def test_a_catastrophic_pattern_is_harmless(tmp_path: Path, pattern: str) -> None:
    """A backtracking engine would not end within the life of the universe."""
    signal = judge(pack(tmp_path, rule(patterns=[pattern])), response="a" * 100_000 + "!")

    assert signal.label == "passed"


def test_verdicts_stay_short(tmp_path: Path) -> None:
    """However often a rule is broken."""
    signal = judge(pack(tmp_path, rule()), response="secret " * 100_000)

    assert len(signal.spans) == len(signal.violations[0].spans) == 16


_words = st.sampled_from(
    [
        *(
            "4111 1111 1111 1111",
            "ann@shop.test",
            "+44 20 7946 0958",
            "GB82 WEST 1234 5698 7654 32",
        ),
        *("\u200b", "\ud800", "２", "AKIA", "sk-ant-", "93.184.216.34", "ignore", "\n", "é", "ﷺ"),  # noqa: RUF001
        *("20%", "$500 refund", "https://a.test/b", "system prompt", "'", '"', "```", "\x00"),
    ]
)
_any_text = st.one_of(st.text(st.characters()), st.lists(_words, max_size=12).map(" ".join))


@settings(max_examples=150)
@given(prompt=_any_text, response=_any_text, system=_any_text, passage=_any_text)
def test_spans_lie_in_their_part(prompt: str, response: str, system: str, passage: str) -> None:
    """Whatever the texts, with all rules that come with semwatch; none fails."""
    signal = judge(
        PACK,
        prompt=prompt,
        response=response,
        system_prompt=system,
        passages=(Passage(text=passage),),
    )
    texts = {"prompt": prompt, "response": response, "system": system, "context:0": passage}

    assert signal.failures == ()
    for violation in signal.violations:
        edges = [edge for span in violation.spans for edge in span]
        assert all(0 <= a < b <= len(texts[violation.part]) for a, b in violation.spans)
        assert all(a <= b for a, b in pairwise(edges))
