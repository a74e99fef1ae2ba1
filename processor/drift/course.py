"""One advance of one series: every observation in turn, as far as it is new."""

import binascii
import hashlib
from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import asdict, replace

from processor.applied import NOTHING
from processor.drift import baseline as baselines
from processor.drift import state as states
from processor.drift.alarm import AfterChange, Alarm, Latch, Moved
from processor.drift.baseline import Baseline, BaselineError, Schema
from processor.drift.canary import SAME_COSINE, Canary, cosine
from processor.drift.cause import cause_of, moved
from processor.drift.charts import CHARTS, Charts, Finding, Track, arl_of_each
from processor.drift.collection import Collection, CollectionError, CollectionState
from processor.drift.features import Command, Observation, Series
from processor.drift.monitor import Monitor
from processor.drift.plan import Plan
from processor.drift.provenance import Migration, MigrationEvent, Provenance
from processor.drift.reading import Advance, readings_of, status_of
from processor.drift.rows import row
from processor.drift.state import SeriesState, Watch
from processor.seal import StateError

Floats = npt.NDArray[np.float64]
Parts = Callable[[str], bytes | None]

_EXAMPLES = 10
_RECENT = 72
_COMMANDS = 16
_MIGRATIONS = 8
_MOVED = 5
_MIN_FREEZE_EVENTS = 100
# A change point is an estimate: a migration so many events after it may still be its reason,
# and one so long before it is not.
_LATE_EVENTS = 30
_EARLY_EVENTS = 300
_INPUTS = [index for index, chart in enumerate(CHARTS) if chart.family == "input"]


class Course:
    """Takes observations and commands in order; `end` gives what came of them.

    Args:
        series: which.
        saved: where it stands.
        plan: see `Plan`.
        canary: of the encoder in use.
        parts: what is stored beside the state.
        charts: makes charts of a baseline.

    Raises:
        StateError: a part is missing or damaged.
    """

    def __init__(
        self,
        series: Series,
        saved: SeriesState,
        *,
        plan: Plan,
        canary: Canary | None,
        parts: Parts,
        charts: Callable[[int, Callable[[], Baseline]], Charts],
    ) -> None:
        self._series = series
        self._plan = plan
        self._canary = canary
        self._parts = parts
        self._make_charts = charts
        self._applied = dict(saved.applied)
        self._events = saved.events
        self._ids = list(saved.recent)
        self._monitors = {name: self._monitor() for name in saved.monitors}
        for name, monitor in self._monitors.items():
            monitor.restore(saved.monitors[name])
        self._provenance = Provenance(saved.known)
        self._migrated = list(saved.migrations)
        self._latch = Latch(
            cooldown=plan.cooldown_events, latched=saved.latched, silent=saved.silent
        )
        self._commands = saved.commands
        # What the last state let go of; it is stored by now.
        self._stored: dict[str, bytes | None] = dict.fromkeys(saved.garbage)
        self._garbage: tuple[str, ...] = ()
        self._alarms: list[Alarm] = []
        self._migrations: list[MigrationEvent] = []
        self._watch = saved.watch
        self._charts = self._restored(saved.watch) if saved.watch else None
        self._collection = self._opened(saved.collection)
        if saved.collection is None and saved.watch is None:
            self._collect()
        self._waiting: list[tuple[Observation, Floats, int]] = []
        self._same: dict[tuple[str, str], bool] = {}

    def take(self, observation: Observation) -> None:
        """Apply an observation, if it was not applied before."""
        place = observation.offset, observation.logged
        last = self._applied.get(observation.partition, NOTHING)
        if last.covers(*place):
            return
        self._applied[observation.partition] = last.with_record(*place)
        self._ids.append(observation.event_id)
        self._events += 1
        for name, score in observation.scores.items():
            self._monitors.setdefault(name, self._monitor()).update(score)
        self._follow_provenance(observation)
        if self._charts:
            schema = self._charts.baseline.schema
            self._waiting.append((observation, self._row(observation, schema), len(self._ids)))
        if self._collection:
            self._collection.add(self._row(observation, self._collection.schema), observation.time)
            if self._collection.is_complete:
                self._freeze()

    def obey(self, command: Command) -> None:
        """Carry out a command, if it was not carried out before."""
        if command.id in self._commands:
            return
        self._work_off()
        self._commands = (*self._commands, command.id)[-_COMMANDS:]
        match command.action:
            case "acknowledge":
                self._latch.acknowledge()
                if self._charts:
                    self._charts.clear()
            case "reset":
                self._drop_watch()
                self._latch.latched = {}
                self._collect()
            case "freeze":
                if self._collection and self._collection.state()[0].rows >= _MIN_FREEZE_EVENTS:
                    self._freeze()
            case "import":
                self._import(command.baseline)

    def end(self) -> Advance:
        """Return the new state and all that is to be published or shown."""
        self._work_off()
        collection = None
        if self._collection:
            collection, chunks = self._collection.state()
            self._stored |= chunks
            self._garbage += self._collection.garbage
        watch = self._watch
        if watch and self._charts:
            watch = replace(watch, charts=self._charts.state())
        state = SeriesState(
            applied=self._applied,
            events=self._events,
            monitors={name: monitor.state() for name, monitor in self._monitors.items()},
            recent=tuple(self._ids[-_RECENT:]),
            known=self._provenance.known,
            migrations=tuple(self._migrated[-_MIGRATIONS:]),
            latched=self._latch.latched,
            silent=self._latch.silent,
            commands=self._commands,
            collection=collection,
            watch=watch,
            garbage=self._garbage,
        )
        return Advance(
            state=states.encode(state),
            readings=readings_of(self._series, self._monitors),
            alarms=tuple(self._alarms),
            migrations=tuple(self._migrations),
            parts=self._stored,
            status=status_of(self._series, state),
        )

    def _monitor(self) -> Monitor:
        return Monitor(delta=self._plan.delta)

    # What is compared with.

    def _collect(self) -> None:
        """Begin to gather a baseline of what is measured now."""
        canary = self._canary
        schema = Schema(
            features=self._plan.features,
            rates=self._plan.rates,
            dimensions=canary.vectors.shape[1] if canary else 0,
            embedding=canary.name if canary else "",
        )
        self._drop_collection()
        self._collection = self._opened(CollectionState(schema=schema, begun=self._events))

    def _drop_collection(self) -> None:
        if self._collection:
            state, chunks = self._collection.state()
            self._garbage += (*state.names, *self._collection.garbage, *chunks)
            self._collection = None

    def _drop_watch(self) -> None:
        if self._watch:
            self._garbage += (baseline_name(self._watch.digest),)
        self._watch = self._charts = None

    def _opened(self, saved: CollectionState | None) -> Collection | None:
        if saved is None:
            return None
        try:
            return Collection(
                saved,
                self._parts,
                events=self._plan.baseline_events,
                seconds=self._plan.baseline_seconds,
            )
        except CollectionError as error:
            raise StateError(str(error)) from error

    def _freeze(self) -> None:
        """Make the baseline of what was gathered; from the next event on it is compared with."""
        assert self._collection is not None  # noqa: S101 - who calls has looked
        self._work_off()
        state, _ = self._collection.state()
        features = len(self._plan.features) + 1
        try:
            rows = self._collection.rows
        except CollectionError as error:
            raise StateError(str(error)) from error
        self._install(
            baselines.fit(
                rows,
                state.schema,
                arl=arl_of_each(features, self._plan.limits.arl),
                since=state.since,
                until=state.until,
                canary=self._canary.vectors if self._canary else None,
            )
        )
        self._drop_collection()

    def _import(self, raw: bytes) -> None:
        try:
            self._install(baselines.decode(raw))
        except BaselineError:
            return  # refused: the command line has said so before it was sent
        self._drop_collection()

    def _install(self, baseline: Baseline) -> None:
        raw = baselines.encode(baseline)
        digest = binascii.crc32(raw)
        self._drop_watch()
        name = baseline_name(digest)
        self._garbage = tuple(other for other in self._garbage if other != name)
        self._stored[name] = raw
        self._charts = self._make_charts(digest, lambda: baseline)
        self._charts.clear()
        self._watch = Watch(
            digest=digest,
            charts=b"",
            baseline_events=baseline.events,
            baseline_until=baseline.until,
        )

    def _restored(self, watch: Watch) -> Charts:
        def load() -> Baseline:
            raw = self._parts(baseline_name(watch.digest)) or b""
            if binascii.crc32(raw) != watch.digest:
                raise StateError("the baseline is missing or damaged")
            try:
                return baselines.decode(raw)
            except BaselineError as error:
                raise StateError(str(error)) from error

        charts = self._make_charts(watch.digest, load)
        try:
            charts.restore(watch.charts)
        except ValueError as error:
            raise StateError(str(error)) from error
        return charts

    def _row(self, observation: Observation, schema: Schema) -> Floats:
        return row(observation, schema, comparable=self._comparable(observation, schema))

    def _comparable(self, observation: Observation, schema: Schema) -> bool:
        """Return whether an observation's embeddings mean what the schema's mean."""
        if observation.embedding == schema.embedding:
            return True
        pair = (observation.embedding, schema.embedding)
        if pair not in self._same:
            similarity = self._similarity(observation.embedding)
            self._same[pair] = similarity is not None and similarity >= SAME_COSINE
        return self._same[pair]

    def _similarity(self, embedding: str) -> float | None:
        """Return how alike the baseline's encoder and this one are, if this one can be asked."""
        if self._charts is None or self._canary is None or embedding != self._canary.name:
            return None
        return cosine(self._charts.baseline.canary, self._canary.vectors)

    # What changed around the series.

    def _follow_provenance(self, observation: Observation) -> None:
        found = list(
            self._provenance.update(self._events, observation.event_id, observation.provenance)
        )
        if found:
            self._work_off()
        for migration in found:
            policy = self._plan.policies.get(migration.field, "keep")
            known = replace(migration, logged=observation.logged)
            self._migrated.append((self._events - migration.events_ago, known))
            self._migrations.append(self._migration_event(migration, observation))
            if policy == "restart":
                self._drop_watch()
            if policy != "keep":
                self._collect()

    def _migration_event(self, migration: Migration, observation: Observation) -> MigrationEvent:
        embedding = migration.field == "embedding_model"
        return MigrationEvent(
            id=self._name("migration", migration.field, observation),
            series=asdict(self._series),
            field=migration.field,
            before=migration.before,
            value=migration.value,
            event_id=migration.event_id,
            policy=self._plan.policies.get(migration.field, "keep"),
            similarity=self._similarity(migration.value) if embedding else None,
        )

    # What the charts say.

    def _work_off(self) -> None:
        """Give the charts what waits, and look at each event."""
        if not self._waiting or self._charts is None or self._watch is None:
            self._waiting = []
            return
        track = self._charts.update_many(np.array([values for _, values, _ in self._waiting]))
        highest = track.ratios.max(axis=1)
        for event, (observation, _, position) in enumerate(self._waiting):
            self._latch.pass_event(float(highest[event]))
            if highest[event] >= 1.0:
                self._look(track, event, observation, position)
        self._watch = replace(
            self._watch,
            events=self._watch.events + len(self._waiting),
            ratios=tuple(float(ratio) for ratio in track.ratios[-1]),
        )
        self._waiting = []

    def _look(self, track: Track, event: int, observation: Observation, position: int) -> None:
        for column, chart in enumerate(CHARTS):
            if track.ratios[event, column] >= 1.0 and self._latch.admit(chart.tier, chart.family):
                finding = track.finding(event, column)
                mix = float(track.ratios[event, _INPUTS].max())
                self._alarms.append(self._alarm(finding, mix, observation, position))

    def _alarm(
        self, finding: Finding, mix_ratio: float, observation: Observation, position: int
    ) -> Alarm:
        chart, since = finding.chart, finding.events_since
        known = max(0, position - _RECENT)  # the same however events were batched
        change = max(known, position - since)
        return Alarm(
            id=self._name(chart.tier, chart.family, observation),
            series=asdict(self._series),
            tier=chart.tier,
            cause=cause_of(finding, mix_ratio),
            chart=chart.name,
            ratio=round(finding.ratio, 3),
            moved=tuple(
                Moved(
                    signal=shift.signal,
                    direction="up" if shift.effect > 0 else "down",
                    effect=round(shift.effect, 3),
                )
                for shift in moved(finding.shifts)[:_MOVED]
            ),
            event_id=observation.event_id,
            time=observation.time,
            events_since=since,
            before=tuple(self._ids[max(known, change - _EXAMPLES) : change]),
            after=tuple(self._ids[max(change, position - _EXAMPLES) : position]),
            after_change=self._after_change(self._events - (len(self._ids) - position) - since),
        )

    def _after_change(self, change: int) -> AfterChange | None:
        """Return the migration that the change point, an event's number, best fits."""
        near = [
            (number, migration)
            for number, migration in self._migrated
            if -_LATE_EVENTS <= change - number <= _EARLY_EVENTS
        ]
        if not near:
            return None
        number, migration = min(near, key=lambda item: abs(change - item[0]))
        return AfterChange(
            field=migration.field,
            value=migration.value,
            event_id=migration.event_id,
            events_before=max(0, change - number),
        )

    def _name(self, kind: str, what: str, observation: Observation) -> str:
        place = (
            *msgspec.structs.astuple(self._series),
            *(kind, what, observation.partition, observation.offset),
        )
        return hashlib.sha256(msgspec.json.encode(place)).hexdigest()[:32]


def baseline_name(digest: int) -> str:
    """Return the name of the part that holds a frozen baseline."""
    return f"baseline/{digest:08x}"
