"""Each score counts once, whatever is delivered again, and an alarm is named by its event."""

import random
from collections.abc import Iterable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import Interaction, Signal
from processor.drift.monitor import StateError
from processor.drift.stage import (
    Advance,
    Alarm,
    DriftStage,
    Features,
    FeaturesError,
    Observation,
    Reading,
    Series,
    decode_features,
    encode_alarm,
    observe,
)
from processor.kafka import Record
from processor.verdict import Verdict, conclude

SERIES = Series("shop", "refunds", "m")


def at(
    partition: int,
    offset: int,
    score: float = 0.5,
    signal: str = "grounding",
    *,
    logged: float = 1.0,
) -> Observation:
    """Return the score of the record at a place, logged at a time."""
    return Observation(
        partition=partition,
        offset=offset,
        logged=logged,
        event_id=f"{partition}-{offset}",
        time=float(offset),
        scores={signal: score},
    )


def features(*observations: Observation) -> Features:
    """Return a message of the series."""
    return Features(series=SERIES, observations=observations)


def run(
    messages: Iterable[Features], *, batch: int = 1, state: bytes | None = None
) -> tuple[Advance, list[Alarm]]:
    """Advance by so many messages at a time; return the last advance and all alarms."""
    stage = DriftStage(min_events=20)
    waiting = list(messages)
    alarms: list[Alarm] = []
    advance = Advance(state or b"", (), ())
    for start in range(0, len(waiting), batch):
        advance = stage.advance(state, waiting[start : start + batch])
        state = advance.state
        alarms += advance.alarms
    return advance, alarms


def falling(events: int = 200, *, partitions: int = 1) -> list[Observation]:
    """Return scores that fall half way, from records in turn in each partition."""
    rng = random.Random(7)
    return [
        at(
            i % partitions,
            10 * i,
            min(1.0, max(0.0, rng.gauss(0.8 if 2 * i < events else 0.3, 0.1))),
        )
        for i in range(events)
    ]


def test_the_state_is_no_more_than_what_was_seen() -> None:
    """How the scores were cut into messages and batches leaves no trace."""
    observations = falling(partitions=3)
    single = run(map(features, observations))
    batched = run([features(*observations[i : i + 7]) for i in range(0, 200, 7)], batch=5)

    assert single[0].state == batched[0].state
    assert single[1] == batched[1]
    assert len(single[1]) == 1


@settings(max_examples=30)
@given(data=st.data())
def test_repeats_change_nothing(data: st.DataObject) -> None:
    """After a crash a partition is read again from some earlier record: once, often, anywhere."""
    clean = falling(partitions=3)
    delivered: list[Features] = []
    position = 0
    while position < len(clean):
        end = position + data.draw(st.integers(1, 60))
        delivered.append(features(*clean[position:end]))
        position = end
        for partition in data.draw(st.lists(st.integers(0, 2), max_size=2)):
            seen = [o for o in clean[:position] if o.partition == partition]
            again = seen[data.draw(st.integers(0, len(seen))) :]
            delivered.append(features(*again))
    expected, got = run([features(*clean)]), run(delivered)

    assert got[0].state == expected[0].state
    assert got[0].readings == expected[0].readings
    assert got[1] == expected[1]


def test_a_repeat_gives_no_alarm_again() -> None:
    """The batch that raised it may be delivered again after its state was stored."""
    messages = [features(observation) for observation in falling()]
    advance, alarms = run(messages)
    again = DriftStage(min_events=20).advance(advance.state, messages)

    assert len(alarms) == 1
    assert again == Advance(advance.state, advance.readings, ())


def test_without_the_stored_state_the_same_alarm_comes_again() -> None:
    """Then it has the same id, and who reads alarms can tell."""
    messages = [features(observation) for observation in falling()]

    assert run(messages)[1] == run(messages, batch=50)[1]


def test_partitions_are_told_apart() -> None:
    """Each has its own count of offsets."""
    advance, _ = run([features(at(0, 100)), features(at(1, 5)), features(at(0, 99))])

    state = msgspec.json.decode(advance.state)["state"]
    assert state["applied"] == {"0": [100, 1.0], "1": [5, 1.0]}
    assert state["monitors"]["grounding"]["n"] == 2


def test_the_first_record_counts() -> None:
    """Offset 0 is a record like any other."""
    [reading] = run([features(at(0, 0))])[0].readings

    assert reading == Reading(SERIES, "grounding", 0.5, 0.5, 1)


def test_each_signal_has_its_own_monitor() -> None:
    """A series may be watched by several detectors, and one may come later."""
    advance, _ = run(
        [features(at(0, 0, 0.2, "a")), features(at(0, 1, 0.4, "a"), at(0, 2, 0.9, "b"))]
    )

    assert {r.signal: (r.mean, r.window_events) for r in advance.readings} == {
        "a": (pytest.approx(0.3), 2),
        "b": (0.9, 1),
    }


def test_an_alarm_names_its_event() -> None:
    """What it takes to look: which series, when, and the last events before it."""
    observations = falling()
    [alarm] = run(map(features, observations))[1]
    place = next(i for i, o in enumerate(observations) if o.event_id == alarm.event_id)

    assert place == 159
    assert alarm.series == SERIES
    assert (alarm.signal, alarm.direction) == ("grounding", "down")
    assert alarm.mean_before > alarm.mean_after
    assert alarm.time == observations[place].time
    assert alarm.recent_events == tuple(o.event_id for o in observations[place - 9 : place + 1])


def test_the_id_of_an_alarm_is_a_function_of_its_place() -> None:
    """Other series, signals and records have other ids; all else leaves the id alone."""
    falls = falling()

    def alarm_id(series: Series = SERIES, signal: str = "grounding", partition: int = 0) -> str:
        moved = [
            msgspec.structs.replace(
                o, partition=partition, scores={signal: o.scores["grounding"]}, time=None
            )
            for o in falls
        ]
        [alarm] = run([Features(series=series, observations=(o,)) for o in moved])[1]
        return alarm.id

    ids = [
        alarm_id(),
        alarm_id(series=Series("bank", "refunds", "m")),
        alarm_id(signal="other"),
        alarm_id(partition=1),
    ]

    assert alarm_id() == ids[0] == run(map(features, falls))[1][0].id
    assert len(set(ids)) == len(ids)
    assert all(len(id_) == 32 for id_ in ids)


def test_the_json_of_an_alarm_spells_the_series_out() -> None:
    """Readers of alarms need not know the order of its names."""
    alarm = Alarm(
        id="a",
        series=SERIES,
        signal="grounding",
        direction="down",
        mean_before=0.8,
        mean_after=0.4,
        window_events=100,
        event_id="e",
        time=None,
        recent_events=("d", "e"),
    )

    assert msgspec.json.decode(encode_alarm(alarm)) == {
        "id": "a",
        "series": {"app": "shop", "route": "refunds", "model": "m"},
        "signal": "grounding",
        "direction": "down",
        "mean_before": 0.8,
        "mean_after": 0.4,
        "window_events": 100,
        "event_id": "e",
        "time": None,
        "recent_events": ["d", "e"],
    }


def test_stored_readings_are_those_of_the_last_update() -> None:
    """After a restart the gauges stand where they stood."""
    advance, _ = run(map(features, falling()))
    key = msgspec.json.encode(SERIES)

    assert DriftStage(min_events=20).readings(key, advance.state) == advance.readings


def test_a_topic_made_anew_is_watched_from_its_first_record() -> None:
    """Its offsets begin again at 0; only its times tell that they are no repeats."""
    state = run([features(at(0, 5000, logged=100.0))])[0].state
    advance, _ = run([features(at(0, 0, logged=200.0), at(0, 1, logged=201.0))], state=state)
    again, _ = run([features(at(0, 1, logged=201.0))], state=advance.state)

    assert [reading.window_events for reading in advance.readings] == [3]
    assert again.state == advance.state


GOOD = run(map(features, falling(30)))[0].state


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="no fields"),
        pytest.param(GOOD[:-1], id="cut"),
        pytest.param(GOOD.replace(b'"version":1', b'"version":2'), id="another version"),
        pytest.param(GOOD.replace(b'"n":30', b'"n":31'), id="another count"),
        pytest.param(GOOD.replace(b'"digest":', b'"digest":1'), id="another digest"),
        pytest.param(GOOD.replace(b'"window":"', b'"window":"AAAA'), id="another window"),
        pytest.param(GOOD.replace(b'"window":"', b'"window":"\xc3\xa9'), id="no ASCII"),
        pytest.param(GOOD.replace(b'"window":"', b'"window":"\xff'), id="no UTF-8"),
        pytest.param(GOOD.replace(b'"mean":0', b'"mean":"0"'), id="wrong type"),
        pytest.param(b'{"x":' * 9999 + b"1" + b"}" * 9999, id="deep"),
    ],
)
def test_a_state_that_cannot_be_read_is_refused(state: bytes) -> None:
    """The caller starts the series afresh, and counts it."""
    stage = DriftStage()

    with pytest.raises(StateError):
        stage.advance(state, [features(at(0, 0))])
    with pytest.raises(StateError):
        stage.readings(msgspec.json.encode(SERIES), state)


@given(cut=st.integers(0, len(GOOD)), junk=st.binary(min_size=1, max_size=4))
def test_a_state_with_a_zero_byte_is_refused(cut: int, junk: bytes) -> None:
    """Wherever it stands, and whatever follows it."""
    state = GOOD[:cut] + b"\x00" + junk + GOOD[cut:]

    with pytest.raises(StateError):
        DriftStage().advance(state, [features(at(0, 0))])


def record(partition: int, offset: int) -> Record:
    """Return the record at a place."""
    return Record("semwatch.events", partition, offset, 2.5, None, b"")


def verdict(event: str, *scores: float | None, app: str = "shop") -> Verdict:
    """Return a verdict with a signal for each score."""
    signals = tuple(
        Signal(name=f"s{i}", score=s, label="unverifiable" if s is None else "good")
        for i, s in enumerate(scores)
    )
    return conclude(Interaction(id=event, app=app, time=1.5), signals, (), {})


WATCHED = ("s0", "s1")


def test_scores_are_grouped_by_series() -> None:
    """One message a series, under a key that names it, in the order of the verdicts."""
    sent = observe(
        [
            (record(0, 7), verdict("a", 0.5)),
            (record(1, 3), verdict("b", 0.2, app="bank")),
            (record(0, 8), verdict("c", 1)),
        ],
        WATCHED,
    )
    shop, bank = (Series(app, "unknown", "unknown") for app in ("shop", "bank"))

    assert [msgspec.json.decode(key) for key in sent] == [
        ["shop", "unknown", "unknown"],
        ["bank", "unknown", "unknown"],
    ]
    assert [decode_features(value) for value in sent.values()] == [
        Features(
            series=shop,
            observations=(
                Observation(
                    logged=2.5, partition=0, offset=7, event_id="a", time=1.5, scores={"s0": 0.5}
                ),
                Observation(
                    logged=2.5, partition=0, offset=8, event_id="c", time=1.5, scores={"s0": 1.0}
                ),
            ),
        ),
        Features(
            series=bank,
            observations=(
                Observation(
                    logged=2.5, partition=1, offset=3, event_id="b", time=1.5, scores={"s0": 0.2}
                ),
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param((None,), [], id="unverifiable"),
        pytest.param((), [], id="no signal"),
        pytest.param((None, 0.0), [{"s1": 0.0}], id="one of two"),
    ],
)
def test_what_has_no_score_is_not_watched(
    scores: Sequence[float | None], expected: list[dict[str, float]]
) -> None:
    """Missing is not zero, and zero is not missing."""
    sent = observe([(record(0, 0), verdict("a", *scores))], WATCHED)

    assert [o.scores for raw in sent.values() for o in decode_features(raw).observations] == (
        expected
    )


def test_only_the_chosen_signals_are_watched() -> None:
    """A part of a score needs no statistics of its own."""
    sent = observe([(record(0, 0), verdict("a", 0.5, 0.7))], ["s1"])

    assert [o.scores for raw in sent.values() for o in decode_features(raw).observations] == [
        {"s1": 0.7}
    ]


def test_what_is_observed_is_what_advances() -> None:
    """The two halves of the stage fit together through bytes alone."""
    verdicts = [(record(0, i), verdict(str(i), i / 10)) for i in range(10)]
    [(key, raw)] = observe(verdicts, WATCHED).items()
    advance, _ = run([decode_features(raw)])
    [reading] = DriftStage().readings(key, advance.state)

    assert reading.series == Series("shop", "unknown", "unknown")
    assert reading.mean == pytest.approx(0.45)
    assert reading.window_events == 10


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(None, id="tombstone"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no fields"),
        pytest.param(b'{"series": ["a", "b", "c"], "observations": [', id="cut"),
        pytest.param(b'{"series": ["a", "b", "c"], "observations": [{}]}', id="no place"),
        pytest.param(b'{"series": ["a", "b", "\xff"], "observations": []}', id="no UTF-8"),
        pytest.param(b'{"x":' * 9999 + b"1" + b"}" * 9999, id="deep"),
    ],
)
def test_features_of_somebody_else_are_refused(raw: bytes | None) -> None:
    """The caller counts them and goes on."""
    with pytest.raises(FeaturesError):
        decode_features(raw)
