"""A change of provenance is told once, when it is sure; an alarm once a tier."""

from collections.abc import Iterable

import numpy as np
import pytest

from processor.drift.alarm import Latch
from processor.drift.canary import SAME_COSINE, cosine
from processor.drift.cause import cause_of
from processor.drift.charts import CHARTS, Finding, Shift
from processor.drift.provenance import Migration, Provenance, record


def follow(values: Iterable[str]) -> list[Migration]:
    """Return the migrations of a field."""
    provenance = Provenance()
    return [
        migration
        for n, value in enumerate(values, start=1)
        for migration in provenance.update(n, f"e{n}", {"prompt_version": value})
    ]


def test_the_first_value_is_no_migration() -> None:
    """There was none before."""
    assert follow(["v1"] * 9) == []


def test_a_new_value_is_told_by_its_first_event() -> None:
    """Though it takes a second one to be sure."""
    [migration] = follow(["v1", "v1", "v2", "v1", "v2"])

    assert (migration.before, migration.value) == ("v1", "v2")
    assert (migration.event_id, migration.events_ago) == ("e3", 2)


def test_a_canary_release_is_one_migration() -> None:
    """Two versions side by side are not a change at every event."""
    assert len(follow(["v1", "v1", *("v1", "v2") * 200])) == 1


def test_a_rollback_is_a_migration() -> None:
    """When the old value has long been away."""
    found = follow(["v1"] * 10 + ["v2"] * 600 + ["v1"] * 3)

    assert [migration.value for migration in found] == ["v2", "v1"]


def test_a_value_that_never_comes_again_says_nothing() -> None:
    """Such as a time of the day in a field for versions."""
    assert follow(["v1", "v1", *(f"t{n}" for n in range(300))]) == []


def test_known_values_are_bounded() -> None:
    """Whatever a sender writes."""
    provenance = Provenance()
    for n in range(100):
        list(provenance.update(n, "e", {"prompt_version": f"v{n}"}))

    assert len(provenance.known["prompt_version"]) == 8


def test_a_record_of_parameters_is_short() -> None:
    """In one order, and a digest when it is long."""
    short = record({"sampling": {"top_p": 1, "temperature": 0.2}})
    long = record({"sampling": {"seed": "x" * 500}})

    assert short == {"sampling": '{"temperature":0.2,"top_p":1}'}
    assert len(long["sampling"]) == 16


def test_a_latch_opens_after_calm() -> None:
    """Not before the charts have been calm for long enough, without a break."""
    latch = Latch(cooldown=3)
    assert latch.admit("warn", "output")
    for ratio in (0.1, 0.1, 0.9, 0.1, 0.1):
        latch.pass_event(ratio)
    assert not latch.admit("warn", "output")

    latch.pass_event(0.1)

    assert latch.admit("warn", "output")


def test_families_are_latched_apart() -> None:
    """A rate is news while the answers are latched."""
    latch = Latch(cooldown=3)
    latch.admit("page", "output")

    assert latch.admit("page", "rates")
    assert not latch.admit("warn", "output")


def test_an_acknowledged_latch_is_silent_for_the_cooldown() -> None:
    """To the event."""
    latch = Latch(cooldown=2)
    latch.acknowledge()
    said = []
    for _ in range(4):
        latch.pass_event(2.0)
        said.append(latch.admit("page", "output"))

    assert said == [False, True, False, False]


def shift(name: str, ratio: float = 1.2) -> Shift:
    """Return a feature that moved."""
    return Shift(name, 1.0, ratio, 10)


@pytest.mark.parametrize(
    ("chart", "shifts", "mix", "cause"),
    [
        pytest.param(3, [shift("log_length")], 0.1, "format", id="length alone"),
        pytest.param(3, [shift("log_length"), shift("commas")], 0.1, "behaviour", id="and style"),
        pytest.param(3, [shift("log_length"), shift("commas", 0.2)], 0.1, "format", id="little"),
        pytest.param(3, [shift("grounding"), shift("commas")], 0.1, "grounding", id="passages"),
        pytest.param(3, [shift("log_length")], 0.5, "input_mix", id="a warning amid a mix"),
        pytest.param(0, [shift("log_length")], 0.5, "format", id="a page bears a mix"),
        pytest.param(5, [shift("policy")], 0.9, "rate", id="a rate"),
        pytest.param(6, [], 1.0, "input_mix", id="prompts"),
    ],
)
def test_a_cause_fits_the_evidence(chart: int, shifts: list[Shift], mix: float, cause: str) -> None:
    """Which chart, which features, and how far the prompts have moved."""
    assert cause_of(Finding(CHARTS[chart], 1.1, tuple(shifts), 10), mix) == cause


def test_a_canary_tells_backends_from_models() -> None:
    """Noise of a backend passes; another model, or another dimension, does not."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(8, 32)).astype(np.float16)

    assert cosine(vectors, vectors + np.float16(1e-3)) >= SAME_COSINE
    assert cosine(vectors, rng.normal(size=(8, 32)).astype(np.float16)) < SAME_COSINE
    assert cosine(vectors, vectors[:, :16]) < SAME_COSINE
