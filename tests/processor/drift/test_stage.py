"""Each event counts once, whatever is delivered again and wherever a worker is killed."""

from collections.abc import Iterable

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.drift import baseline as baselines
from processor.drift import state as states
from processor.drift.alarm import Alarm
from processor.drift.canary import Canary
from processor.drift.charts import Limits
from processor.drift.features import Action, Command, Features, Observation, series_key
from processor.drift.plan import Plan
from processor.drift.provenance import MigrationEvent
from processor.drift.reading import Status, encode_event
from processor.drift.stage import DriftStage
from processor.seal import StateError, seal
from tests.processor.drift.traffic import CANARY, PLAN, SERIES, features, traffic

QUIET = traffic(600)
CHANGED = [*QUIET, *traffic(150, first=600, seed=2, shift=1.5, version="v2")]

# A baseline of 300 knows little; a longer run length makes up for it.
CALM = msgspec.structs.replace(PLAN, limits=Limits(arl=1e6))


class Owner:
    """A worker that owns the series: it stores what the stage gives, and may be killed."""

    def __init__(self, plan: Plan = PLAN, canary: Canary | None = CANARY) -> None:
        self.plan, self.canary = plan, canary
        self.state: bytes | None = None
        self.parts: dict[str, bytes] = {}
        self.alarms: list[Alarm] = []
        self.migrations: list[MigrationEvent] = []
        self.status: Status | None = None
        self.restart()

    def restart(self) -> None:
        """Come back with nothing but what is stored."""
        self._stage = DriftStage(self.plan, canary=self.canary)

    def take(self, *batch: Features, lost: bool = False) -> None:
        """Advance; ``lost``: die between storing the parts and storing the state."""
        advance = self._stage.advance(self.state, batch, self.parts.get)
        merged = self.parts | dict(advance.parts)
        self.parts = {name: part for name, part in merged.items() if part is not None}
        if lost:
            self.restart()
            return
        self.state, self.status = advance.state, advance.status
        self.alarms += advance.alarms
        self.migrations += advance.migrations

    def play(self, observations: Iterable[Observation], batch: int = 16) -> "Owner":
        """Take observations, so many at a time."""
        waiting = list(observations)
        for start in range(0, len(waiting), batch):
            self.take(features(*waiting[start : start + batch]))
        return self

    def obey(self, action: Action, name: str = "c", baseline: bytes = b"") -> None:
        """Take a command."""
        command = Command(id=name, action=action, baseline=baseline)
        self.take(Features(series=SERIES, command=command))

    @property
    def saved(self) -> states.SeriesState:
        """The stored state."""
        return states.decode(self.state)


def test_a_change_is_told_with_its_cause_and_its_place() -> None:
    """Where it began, what moved, what was changed just before, and events to look at."""
    owner = Owner().play(CHANGED)
    alarm = owner.alarms[0]

    assert (alarm.cause, alarm.chart) == ("format", "cusum")
    assert alarm.event_id == "e606"
    assert (alarm.moved[0].signal, alarm.moved[0].direction) == ("log_length", "up")
    assert alarm.moved[0].effect > 1.0
    assert alarm.after_change is not None
    assert (alarm.after_change.field, alarm.after_change.value) == ("prompt_version", "v2")
    assert alarm.events_since == 7
    assert alarm.before[-1] == "e599"
    assert alarm.after[-1] == "e606"


def test_what_does_not_change_is_silent() -> None:
    """Five thousand events after the baseline raise nothing."""
    assert Owner(CALM).play(traffic(5300)).alarms == []


def test_each_alarm_is_said_once() -> None:
    """The change lasts; the warning and the page are each news once."""
    owner = Owner().play([*CHANGED, *traffic(400, first=750, seed=3, shift=1.5, version="v2")])

    assert [alarm.tier for alarm in owner.alarms] == ["warn", "page"]
    assert len({alarm.id for alarm in owner.alarms}) == 2


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_the_state_does_not_depend_on_batches(batch: int) -> None:
    """How events were cut into messages leaves no trace, to the last bit."""
    whole, cut = Owner().play(CHANGED, 16), Owner().play(CHANGED, batch)

    assert cut.state == whole.state
    assert cut.alarms == whole.alarms


def test_a_restart_after_every_tenth_event_changes_nothing() -> None:
    """Bit-equal states, equal alarms."""
    whole, broken = Owner().play(CHANGED, 10), Owner()
    for start in range(0, len(CHANGED), 10):
        broken.restart()
        broken.take(features(*CHANGED[start : start + 10]))

        assert broken.state is not None

    assert broken.state == whole.state
    assert broken.parts == whole.parts
    assert broken.alarms == whole.alarms


def test_death_between_parts_and_state_changes_nothing() -> None:
    """Rows and baselines that were stored for a state that never was are written again."""
    whole, broken = Owner().play(CHANGED, 30), Owner()
    for start in range(0, len(CHANGED), 30):
        broken.take(features(*CHANGED[start : start + 45]), lost=True)
        broken.take(features(*CHANGED[start : start + 30]))

    assert broken.state == whole.state
    assert broken.alarms == whole.alarms


@settings(max_examples=20)
@given(data=st.data())
def test_repeats_change_nothing(data: st.DataObject) -> None:
    """After a crash a partition is read again from some earlier record: once, often, anywhere."""
    expected, got = Owner().play(CHANGED), Owner()
    position = 0
    while position < len(CHANGED):
        end = position + data.draw(st.integers(1, 120))
        got.take(features(*CHANGED[position:end]))
        position = end
        for partition in data.draw(st.lists(st.integers(0, 1), max_size=2)):
            seen = [o for o in CHANGED[:position] if o.partition == partition]
            got.take(features(*seen[data.draw(st.integers(0, len(seen))) :]))
    last = expected.saved
    assert msgspec.structs.replace(got.saved, garbage=()) == last
    assert got.alarms == expected.alarms


def test_a_topic_made_anew_is_watched_from_its_first_record() -> None:
    """Its offsets begin again at 0; only its times tell that they are no repeats."""
    owner = Owner().play(traffic(50))
    again = [msgspec.structs.replace(o, logged=2.0) for o in traffic(10)]
    owner.play(again)

    assert owner.saved.events == 60


def test_until_its_baseline_is_complete_a_series_says_so() -> None:
    """It is not ready, and nothing is compared."""
    owner = Owner().play(QUIET[:299])
    assert owner.status is not None
    assert (owner.status.ready, owner.status.collected) == (False, 299)

    owner.play(QUIET[299:310])

    assert (owner.status.ready, owner.status.baseline_events) == (True, 300)
    assert owner.status.events == 10


def test_rows_go_when_the_baseline_is_made() -> None:
    """What is left beside the state is the baseline alone."""
    owner = Owner().play(QUIET[:280])
    rows = len(owner.parts)
    owner.play(QUIET[280:400])

    assert rows == 3
    assert [name.partition("/")[0] for name in owner.parts] == ["baseline"]


def test_a_baseline_may_have_to_span_a_time() -> None:
    """It thins itself until it does."""
    plan = msgspec.structs.replace(PLAN, baseline_seconds=1000.0)
    owner = Owner(plan).play(traffic(1000))
    assert owner.status is not None
    assert not owner.status.ready
    assert owner.saved.collection is not None
    assert owner.saved.collection.stride == 4

    owner.play(traffic(300, first=1000))

    assert owner.status.ready
    baseline = baselines.decode(next(iter(owner.parts.values())))
    assert (baseline.events, baseline.since) == (300, 0.0)
    assert baseline.until is not None
    assert baseline.until >= 1000.0


def test_freeze_makes_do_with_what_is_there() -> None:
    """But not with too little."""
    owner = Owner().play(QUIET[:90])
    owner.obey("freeze", "too early")
    assert owner.saved.watch is None

    owner.play(QUIET[90:150])
    owner.obey("freeze", "now")

    assert owner.saved.watch is not None
    assert owner.saved.watch.baseline_events == 150


def test_reset_begins_a_new_baseline() -> None:
    """What was the new normal becomes the baseline, and is silent."""
    owner = Owner(CALM).play(CHANGED)
    before = len(owner.alarms)
    owner.obey("reset")
    assert owner.saved.watch is None

    owner.play(traffic(700, first=750, seed=4, shift=1.5, version="v2"))

    assert owner.saved.watch is not None
    assert len(owner.alarms) == before


def test_a_command_is_obeyed_once() -> None:
    """It may be read again after a crash, when its id is known."""
    owner = Owner().play(QUIET[:350])
    owner.obey("reset", "once")
    owner.play(QUIET[350:400])
    state = owner.saved
    owner.obey("reset", "once")

    assert owner.saved.collection == state.collection


def test_acknowledged_alarms_are_silent_for_a_while() -> None:
    """Then what has not gone away is said again."""
    owner = Owner().play(CHANGED)
    said = len(owner.alarms)
    owner.obey("acknowledge")
    assert owner.status is not None
    assert owner.status.latched == {}

    later = traffic(400, first=750, seed=5, shift=1.5, version="v2")
    owner.play(later[:199], 1)
    assert len(owner.alarms) == said

    owner.play(later[199:])
    assert len(owner.alarms) > said


def test_an_exported_baseline_serves_another_series() -> None:
    """The same events give the same alarms against it."""
    donor = Owner().play(QUIET[:300])
    raw = next(part for name, part in donor.parts.items() if name.startswith("baseline"))
    heir = Owner()
    heir.obey("import", "i", raw)
    heir.play(CHANGED[300:])

    assert [a.event_id for a in heir.alarms] == [a.event_id for a in Owner().play(CHANGED).alarms]


@pytest.mark.parametrize("raw", [b"", b"junk" * 9, seal(1, b"\x80")])
def test_what_is_no_baseline_changes_nothing(raw: bytes) -> None:
    """After the start nothing that comes from outside may raise."""
    owner = Owner().play(QUIET[:350])
    before = owner.saved
    owner.obey("import", "bad", raw)

    assert owner.saved.watch == before.watch


def test_more_violations_are_a_rate() -> None:
    """From one in fifty to one in five."""
    owner = Owner().play([*QUIET, *traffic(150, first=600, seed=6, violated=0.2)])
    alarm = owner.alarms[0]

    assert (alarm.cause, alarm.tier, alarm.chart) == ("rate", "page", "bernoulli")
    assert alarm.moved[0].signal == "policy=violated"
    assert alarm.moved[0].effect > 3.0


def test_other_prompts_are_no_other_behaviour() -> None:
    """The length follows the prompt as it always did; only the mix has moved."""
    owner = Owner().play([*QUIET, *traffic(300, first=600, seed=7, prompt_shift=1.5)])

    assert owner.alarms
    assert {alarm.cause for alarm in owner.alarms} == {"input_mix"}


@pytest.mark.parametrize(
    ("policy", "ready", "collecting"),
    [
        pytest.param("keep", True, False, id="keep"),
        pytest.param("restart", False, True, id="restart"),
        pytest.param("compare", True, True, id="compare"),
    ],
)
def test_a_migration_does_what_its_policy_says(policy: str, ready: bool, collecting: bool) -> None:
    """Nothing, a new baseline, or a new one while the old one serves."""
    plan = msgspec.structs.replace(PLAN, policies={"prompt_version": policy})
    owner = Owner(plan).play([*QUIET, *traffic(50, first=600, version="v2")])
    [migration] = owner.migrations

    assert (migration.before, migration.value, migration.event_id) == ("v1", "v2", "e600")
    assert migration.policy == policy
    assert (owner.saved.watch is not None) == ready
    assert (owner.saved.collection is not None) == collecting


def test_when_the_provenance_changed_is_remembered() -> None:
    """A worker that comes back says so: what was deployed is asked for when things go wrong."""
    changed = traffic(50, first=600, version="v2")
    owner = Owner().play([*QUIET, *changed])
    _, status = DriftStage(PLAN, canary=CANARY).readings(series_key(SERIES), owner.state or b"")

    assert status.changed == {"prompt_version": changed[1].logged}


def elsewhere(observations: Iterable[Observation]) -> list[Observation]:
    """Move the vectors of the prompts far away, and nothing else."""
    return [
        msgspec.structs.replace(o, prompt=(np.frombuffer(o.prompt, "<f2") + 5).tobytes())
        for o in observations
    ]


def test_another_encoder_is_not_compared() -> None:
    """Its vectors mean something else: only what needs no embedding goes on."""
    other = Canary("other", -CANARY.vectors)
    owner = Owner().play(QUIET)
    owner.canary = other
    owner.restart()
    owner.play(elsewhere(traffic(300, first=600, seed=8, embedding="other")))

    assert owner.alarms == []


def test_another_backend_of_the_same_encoder_is_compared() -> None:
    """The canary says that its numbers mean the same."""
    owner = Owner().play(QUIET)
    owner.canary = Canary("other", CANARY.vectors)
    owner.restart()
    owner.play(elsewhere(traffic(300, first=600, seed=8, embedding="other")))

    assert owner.alarms


def test_without_an_encoder_the_rest_is_charted() -> None:
    """Length, style and rates need none."""
    bare = [msgspec.structs.replace(o, prompt=b"", response=b"", embedding="") for o in CHANGED]
    owner = Owner(canary=None).play(bare)
    baseline = baselines.decode(
        next(part for name, part in owner.parts.items() if name.startswith("baseline"))
    )

    assert "centroid_cosine" not in baseline.charted
    assert owner.alarms[0].moved[0].signal == "log_length"


GOOD = Owner().play(QUIET[:350])


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="something else"),
        pytest.param((GOOD.state or b"")[:-1], id="cut"),
        pytest.param(b"\x01" + (GOOD.state or b"")[1:], id="another version"),
        pytest.param((GOOD.state or b"").replace(b"e340", b"e341"), id="another id"),
    ],
)
def test_a_state_that_cannot_be_read_is_refused(state: bytes) -> None:
    """The caller starts the series afresh, and counts it."""
    with pytest.raises(StateError):
        DriftStage(PLAN, canary=CANARY).advance(state, [features()], GOOD.parts.get)
    with pytest.raises(StateError):
        DriftStage(PLAN).readings(msgspec.json.encode(SERIES), state)


def test_a_missing_baseline_is_refused() -> None:
    """A series never goes on against nothing."""
    with pytest.raises(StateError, match="baseline"):
        DriftStage(PLAN, canary=CANARY).advance(GOOD.state, [features()])


def test_missing_rows_are_refused() -> None:
    """Nor does it make a baseline of less than it counted."""
    owner = Owner().play(QUIET[:250])
    with pytest.raises(StateError, match="rows"):
        DriftStage(PLAN, canary=CANARY).advance(owner.state, [features(QUIET[250])])


def test_stored_readings_are_those_of_the_last_update() -> None:
    """After a restart the gauges stand where they stood."""
    key = msgspec.json.encode(SERIES)
    readings, status = DriftStage(PLAN).readings(key, GOOD.state or b"")

    assert status == GOOD.status
    assert {reading.signal for reading in readings} == {"log_length", "prompt_cosine", "grounding"}


def test_a_series_is_small() -> None:
    """Ten thousand of them in 200 MB: state, baseline and what Python adds."""
    wide = [
        msgspec.structs.replace(
            o,
            prompt=np.resize(np.frombuffer(o.prompt, "<f2"), 32).tobytes(),
            response=np.resize(np.frombuffer(o.response, "<f2"), 32).tobytes(),
            event_id=f"{o.offset:032d}",
        )
        for o in QUIET
    ]
    canary = Canary("encoder", np.ones((8, 32), np.float16))
    owner = Owner(canary=canary).play(wide)

    assert len(owner.state or b"") + sum(map(len, owner.parts.values())) < 20_000


def test_the_json_of_an_alarm_says_all_by_name() -> None:
    """Readers need not know the order of anything."""
    alarm = Owner().play(CHANGED).alarms[0]
    document = msgspec.json.decode(encode_event(alarm))

    assert document["kind"] == "alarm"
    assert document["series"] == {"app": "shop", "route": "refunds", "model": "m"}
    assert document["after_change"]["field"] == "prompt_version"
