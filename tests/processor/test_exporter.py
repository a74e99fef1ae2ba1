"""What is counted is what was acknowledged, under names and values that Prometheus can bear."""

import math
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from detectors.base import Interaction, Provenance, RuleFailure, Severity, Signal, Violation
from detectors.policy.run import Tally
from processor import metrics
from processor.conversation.machine import Steps
from processor.drift.alarm import Alarm
from processor.drift.features import Series
from processor.drift.provenance import MigrationEvent
from processor.drift.reading import Reading, Status
from processor.exporter import Exporter, ShipExporter
from processor.verdict import Failure, Training, Verdict, conclude
from tests.processor.conversation.talk import logged, run, turn, vector

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
SERIES = Series("shop", "refunds", "m")

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(exporter: Exporter) -> Samples:
    """Read the exposition back as Prometheus would: name and labels to value."""
    body, _ = exporter.expose(None)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_format(body.decode())
        for sample in family.samples
    }


def value(exporter: Exporter, name: str, **labels: str) -> float | None:
    """Return one sample, or None where there is none."""
    return samples(exporter).get((name, tuple(sorted(labels.items()))))


def names(exporter: Exporter, metric: metrics.Metric) -> list[dict[str, str]]:
    """Return the labels of each child of a gauge or counter."""
    return [dict(labels) for name, labels in samples(exporter) if name == metric.name]


def verdict(*signals: Signal, **fields: Any) -> Verdict:
    """Return a verdict with these signals."""
    failures = fields.pop("failures", ())
    training = fields.pop("training", Training(eligible=True))
    interaction = Interaction(id="1", **{"app": "shop", **fields})
    return conclude(interaction, signals, failures, {}, training)


def grounding(score: float | None, label: str) -> Signal:
    """Return a signal."""
    return Signal(name="grounding", score=score, label=label)


def reading(mean: float = 0.5, **names: str) -> Reading:
    """Return a reading of a series."""
    series = Series(**{"app": "shop", "route": "refunds", "model": "m", **names})
    return Reading(series, "grounding", mean, 0.25, 7)


RULES: dict[str, Severity] = {"pii.card": "critical", "pii.ip": "medium"}


def policy(*violations: Violation, failures: tuple[RuleFailure, ...] = ()) -> Signal:
    """Return the signal of the policy detector."""
    return Signal(
        name="policy_violation",
        score=0.0,
        label="passed",
        violations=violations,
        failures=failures,
    )


def violation(rule: str = "pii.card", *, part: str = "response", echoed: bool = False) -> Violation:
    """Return a violation."""
    return Violation(rule=rule, severity=RULES[rule], part=part, echoed=echoed)


ALARM = Alarm(
    id="a",
    series={"app": "shop", "route": "refunds", "model": "m"},
    tier="page",
    cause="grounding",
    chart="e_sr",
    ratio=1.1,
    moved=(),
    event_id="e",
    time=None,
    events_since=12,
    before=(),
    after=(),
    after_change=None,
)
MIGRATION = MigrationEvent(
    id="b",
    series={"app": "shop", "route": "refunds", "model": "m"},
    field="prompt_version",
    before="v1",
    value="v2",
    event_id="e",
    policy="keep",
)
STATUS = Status(
    series=SERIES,
    ready=True,
    collected=0,
    baseline_events=2000,
    baseline_until=1.5,
    events=7,
    ratios={"cusum": 0.25},
    latched={"output": "page"},
    prompt_version="v1",
    retrieval_snapshot="",
    changed={"prompt_version": 9.0},
)


def everything() -> Exporter:
    """Return an exporter that was told one of each."""
    exporter = Exporter(max_values=2)
    exporter.started({"semwatch": "1", "embedding": "abc"})
    exporter.judged(verdict(grounding(0.0, "ungrounded"), grounding(1.0, "grounded")))
    exporter.judged(
        verdict(
            grounding(None, "unverifiable"),
            app="bank",
            failures=(Failure(detector="grounding", reason="ValueError"),),
            training=Training(eligible=False, reasons=("failed",)),
        )
    )
    exporter.judged(verdict(app="one too many"))
    exporter.rejected("not_json")
    exporter.aged(0.2)
    exporter.repeated()
    exporter.skipped_tombstone()
    exporter.batch_done("observe", 0.1)
    exporter.detector_ran("grounding", 0.1)
    exporter.embedded(hits=2, misses=0)
    exporter.reloaded("catalogue", taken=True)
    exporter.lagging("semwatch.events", 0, 0)
    exporter.drifted(ALARM)
    exporter.read(Reading(SERIES, "grounding", 0.0, 0.0, 0), 0)
    exporter.stand(STATUS, 0)
    exporter.migrated(MIGRATION)
    exporter.in_flight(3, limit=64)
    exporter.state_reset()
    exporter.drift_refused("max_series")
    exporter.rules_loaded(RULES, "abc")
    exporter.rules_ran([Tally("pii.card", 3, 0.5)])
    exporter.rules_refused()
    exporter.judged(verdict(policy()))
    exporter.revised(verdict(policy()))
    exporter.judged(verdict(Signal(name="intent", score=0.0, label="out_of_scope")))
    exporter.advanced(steps())
    exporter.turn_refused("unreadable")
    exporter.conversation_reset()
    exporter.handed_on("revised")
    exporter.span_ignored("late", 1)
    exporter.trace_reset()
    exporter.telemetry("span", "exported", 2)
    return exporter


def steps() -> Steps:
    """Return all that can be done to a conversation: settled, rephrased, come back with, late."""
    said = logged([turn(0, cues=("failure",)), turn(60), turn(120, response=vector(9))])
    back = turn(172_800, offset=9, logged=9.0)
    done = run([*said, back]).steps
    done.ignored["late"] += 1
    return done


def test_a_team_s_own_intents_are_good() -> None:
    """Whatever they are called; what is like none of them is bad."""
    exporter = Exporter()
    for label in ("cancel_order", "out_of_scope"):
        exporter.judged(verdict(Signal(name="intent", score=0.5, label=label)))

    names = {"app": "shop", "route": "unknown", "signal": "intent"}
    assert value(exporter, "semwatch_judgements_total", **names, verdict="good") == 1
    assert value(exporter, "semwatch_judgements_total", **names, verdict="bad") == 1
    assert value(exporter, "semwatch_intent_out_of_scope_total", app="shop", route="unknown") == 1


def test_what_a_conversation_came_to_is_counted() -> None:
    """And what no longer holds is counted for itself."""
    exporter = Exporter()
    exporter.advanced(steps())

    names = {"app": "shop", "route": "chat", "intent": "refund"}
    inferred = names | {"source": "inferred"}
    segments = "semwatch_conversation_segments_total"
    assert value(exporter, segments, **inferred, outcome="assumed") == 2
    assert value(exporter, "semwatch_conversation_rephrases_total", **names) == 1
    assert (
        value(
            exporter,
            "semwatch_conversation_revoked_total",
            **inferred,
            outcome="assumed",
            reason="recontact",
        )
        == 1
    )
    assert value(exporter, "semwatch_turns_ignored_total", reason="late") == 1
    seconds = "semwatch_conversation_resolution_seconds_sum"
    assert value(exporter, seconds, app="shop", route="chat") == 120


def test_the_catalogue_is_what_is_exposed() -> None:
    """No metric is missing, none is exposed that the catalogue does not name."""
    body, _ = Exporter().expose(None)
    exposed = {line.split()[2]: line.split()[3] for line in _lines(body, "# TYPE ")}

    assert exposed == {metric.name: metric.kind for metric in metrics.WORKER}


def test_every_metric_is_used() -> None:
    """Each has a method that moves it."""
    shown = {name for name, _ in samples(everything())}
    suffix = {"counter": "", "gauge": "", "histogram": "_count"}

    assert {metric.name + suffix[metric.kind] for metric in metrics.WORKER} <= shown


def test_no_value_is_not_a_number() -> None:
    """Nothing is divided by nothing here: ratios are for recording rules."""
    assert not any(math.isnan(found) for found in samples(everything()).values())


def test_every_exposed_family_has_its_help() -> None:
    """A stranger reads it in the query browser."""
    body, _ = Exporter().expose(None)
    shown = {
        line.split(maxsplit=3)[2]: line.split(maxsplit=3)[3] for line in _lines(body, "# HELP ")
    }

    assert shown == {metric.name: metric.help for metric in metrics.WORKER}


def _lines(body: bytes, start: str) -> list[str]:
    return [line for line in body.decode().splitlines() if line.startswith(start)]


def test_no_time_of_creation_is_exposed() -> None:
    """It would double the number of series."""
    for accept in (None, OPEN_METRICS):
        body, _ = everything().expose(accept)

        assert b"_created" not in body


def test_two_exporters_share_nothing() -> None:
    """Each has a registry of its own."""
    everything()

    assert value(Exporter(), "semwatch_repeats_total") == 0.0


@pytest.mark.parametrize(
    ("signal", "word"),
    [
        pytest.param(grounding(0.9, "grounded"), "good", id="good"),
        pytest.param(grounding(0.1, "ungrounded"), "bad", id="bad"),
        pytest.param(grounding(None, "unverifiable"), "unknown", id="unknown"),
        pytest.param(grounding(None, "ungrounded"), "unknown", id="no score, whatever the label"),
        pytest.param(grounding(0.9, "another"), "bad", id="a label we do not know"),
        pytest.param(grounding(0.9, "measured"), "measured", id="only measured"),
    ],
)
def test_unknown_is_neither_good_nor_bad(signal: Signal, word: str) -> None:
    """What could not be judged must page nobody, and hide nothing."""
    exporter = Exporter()
    exporter.judged(verdict(signal))

    assert counted(exporter) == {word: 1.0}


def counted(exporter: Exporter) -> dict[str, float]:
    """Return the judgements that were counted, by verdict."""
    found = samples(exporter).items()
    return {
        dict(labels)["verdict"]: number
        for (name, labels), number in found
        if name == metrics.JUDGEMENTS.name and number
    }


def test_what_keeps_an_answer_out_of_training_data_is_counted() -> None:
    """The answer once, and each of its reasons."""
    exporter = Exporter()
    exporter.judged(verdict(training=Training(eligible=True)))
    exporter.judged(verdict(training=Training(eligible=False, reasons=("grounding", "altered"))))
    place = {"app": "shop", "route": "unknown"}

    for eligible in ("true", "false"):
        assert value(exporter, "semwatch_training_answers_total", **place, eligible=eligible) == 1
    for reason in ("grounding", "altered"):
        assert value(exporter, "semwatch_training_exclusions_total", **place, reason=reason) == 1


def test_no_eligible_answer_is_a_share_of_nought() -> None:
    """And not of nothing."""
    exporter = Exporter()
    exporter.judged(verdict(training=Training(eligible=False, reasons=("altered",))))
    place = {"app": "shop", "route": "unknown"}

    assert value(exporter, "semwatch_training_answers_total", **place, eligible="true") == 0


def test_the_first_judgement_of_a_signal_shows_every_verdict() -> None:
    """Prometheus takes a series born at 1 for one that never rose: the first bad must be a rise."""
    exporter = Exporter()
    exporter.judged(verdict(grounding(0.9, "grounded")))
    exporter.judged(verdict(Signal(name="novel_content", score=0.9, label="measured")))
    shown = names(exporter, metrics.JUDGEMENTS)

    assert {(one["signal"], one["verdict"]) for one in shown} == {
        *(("grounding", "good"), ("grounding", "bad"), ("grounding", "unknown")),
        ("novel_content", "measured"),
    }


def test_closed_sets_of_labels_begin_at_zero() -> None:
    """For the same reason."""
    assert value(Exporter(), "semwatch_dead_letters_total", reason="not_json") == 0
    assert value(Exporter(), "semwatch_drift_refused_total", reason="max_series") == 0
    assert value(Exporter(), "semwatch_label_overflow_total", label="route") == 0
    assert value(Exporter(), "semwatch_reloads_total", file="policy", outcome="refused") == 0
    assert b'semwatch_ship_refused_total{reason="too_long"} 0.0' in ShipExporter().expose(None)[0]


def test_a_closed_set_holds_all_that_is_ever_counted() -> None:
    """What the code can say stands in the code."""
    exporter = everything()
    before = {place for place in samples(Exporter()) if place[0] in CLOSED}

    assert {place for place in samples(exporter) if place[0] in CLOSED} == before


CLOSED = {metrics.DEAD_LETTERS.name, metrics.DRIFT_REFUSED.name, metrics.RELOADS.name} | {
    metrics.TELEMETRY.name
}

MADE_BY = {"app": "shop", "route": "refunds", "model": "m"}


def test_provenance_shows_what_is_newest_alone() -> None:
    """The old child goes on change: a join would find two."""
    exporter = Exporter()
    exporter.stand(STATUS, 0)
    exporter.stand(STATUS._replace(prompt_version="v2", retrieval_snapshot="s"), 0)

    assert names(exporter, metrics.PROVENANCE_INFO) == [
        MADE_BY | {"prompt_version": "v2", "retrieval_snapshot": "s"}
    ]


def test_provenance_is_bounded_and_cut() -> None:
    """A version at every answer must not become a series at every answer."""
    exporter = Exporter(max_values=1)
    exporter.stand(STATUS._replace(prompt_version="v" * 100), 0)
    exporter.stand(STATUS._replace(prompt_version="v2"), 0)

    assert names(exporter, metrics.PROVENANCE_INFO) == [
        MADE_BY | {"prompt_version": "other", "retrieval_snapshot": ""}
    ]
    assert value(exporter, "semwatch_label_overflow_total", label="prompt_version") == 1


def test_provenance_leaves_with_its_partition() -> None:
    """And comes again with it."""
    exporter = Exporter()
    exporter.stand(STATUS, 0)
    exporter.series_left(0)

    assert names(exporter, metrics.PROVENANCE_INFO) == []
    assert names(exporter, metrics.PROVENANCE_CHANGED) == []

    exporter.stand(STATUS, 1)

    assert len(names(exporter, metrics.PROVENANCE_INFO)) == 1


def test_a_child_that_partitions_share_stays_with_the_last() -> None:
    """Long names that are cut alike are one label, and may lie in two partitions."""
    exporter = Exporter()
    for partition in (0, 1):
        series = Series("shop", "refunds", "m" * 64 + str(partition))
        exporter.stand(STATUS._replace(series=series), partition)
    exporter.series_left(0)
    labels = {"app": "shop", "route": "refunds", "model": "m" * 64, "field": "prompt_version"}

    assert value(exporter, metrics.PROVENANCE_CHANGED.name, **labels) == 9.0


def test_saturation_is_what_is_judged_of_what_may_be() -> None:
    """A worker that always judges full batches has no reserve."""
    exporter = Exporter()
    exporter.in_flight(48, limit=64)

    assert value(exporter, "semwatch_inflight_events") == 48
    assert value(exporter, "semwatch_inflight_limit") == 64


def test_what_has_no_score_is_in_no_histogram() -> None:
    """Missing is not zero."""
    exporter = Exporter()
    exporter.judged(verdict(grounding(None, "unverifiable")))

    assert not any(name.startswith(metrics.SCORES.name) for name, _ in samples(exporter))


def test_a_verdict_is_counted_by_its_outcome() -> None:
    """And its failures by detector and reason."""
    exporter = Exporter()
    failure = Failure(detector="grounding", reason="ValueError")
    exporter.judged(verdict(grounding(0.75, "grounded"), route="refunds"))
    exporter.judged(verdict(failures=(failure,)))
    where = {"app": "shop", "route": "refunds"}

    assert value(exporter, "semwatch_events_total", **where, outcome="scored") == 1
    assert (
        value(exporter, "semwatch_events_total", app="shop", route="unknown", outcome="unscored")
        == 1
    )
    assert (
        value(
            exporter,
            "semwatch_detector_failures_total",
            detector="grounding",
            reason="ValueError",
        )
        == 1
    )
    assert value(exporter, "semwatch_signal_score_ratio_sum", **where, signal="grounding") == 0.75


def test_scores_fall_into_the_buckets_of_their_edges() -> None:
    """An edge belongs to the bucket below it, 1 included."""
    exporter = Exporter()
    for score in (0.5, 0.51, 1.0):
        exporter.judged(verdict(grounding(score, "grounded")))
    name, where = "semwatch_signal_score_ratio_bucket", {"app": "shop", "route": "unknown"}

    assert [
        value(exporter, name, **where, signal="grounding", le=edge) for edge in ("0.5", "1.0")
    ] == [1, 3]


@pytest.mark.parametrize(
    ("seconds", "total"),
    [pytest.param(2.5, 2.5, id="age"), pytest.param(-3.0, 0.0, id="clocks that disagree")],
)
def test_no_age_is_negative(seconds: float, total: float) -> None:
    """A histogram's sum must not fall."""
    exporter = Exporter()
    exporter.aged(seconds)

    assert value(exporter, "semwatch_event_age_seconds_sum") == total


def test_the_build_says_what_is_running() -> None:
    """Always 1; the labels are the news."""
    exporter = Exporter()
    exporter.started({"semwatch": "1.2", "embedding": "abc"})
    [labels] = names(exporter, metrics.BUILD)

    assert (labels["version"], labels["embedding"]) == ("1.2", "abc")
    assert value(exporter, "semwatch_build_info", **labels) == 1


WHERE = {"app": "shop", "route": "refunds", "model": "m"}


def test_an_alarm_is_counted_by_tier_and_cause() -> None:
    """Who is woken, and what for."""
    exporter = Exporter()
    exporter.drifted(ALARM)
    labels = WHERE | {"tier": "page", "cause": "grounding"}

    assert value(exporter, "semwatch_drift_alarms_total", **labels) == 1


def test_a_series_shows_where_it_stands() -> None:
    """Its baseline, how near each chart is to its threshold, and what is latched."""
    exporter = Exporter()
    exporter.stand(STATUS, 0)
    latched = {"family": "output", "tier": "page"}

    assert value(exporter, "semwatch_drift_baseline_ready", **WHERE) == 1
    assert value(exporter, "semwatch_drift_baseline_events", **WHERE) == 2000
    assert value(exporter, "semwatch_drift_baseline_timestamp_seconds", **WHERE) == 1.5
    assert value(exporter, "semwatch_drift_compared_events", **WHERE) == 7
    assert value(exporter, "semwatch_drift_statistic_ratio", **WHERE, chart="cusum") == 0.25
    assert value(exporter, "semwatch_drift_alarm", **WHERE, **latched) == 1
    assert value(exporter, "semwatch_drift_alarm", **WHERE, **latched | {"tier": "warn"}) == 0


def test_what_is_no_longer_latched_is_shown_as_such() -> None:
    """A gauge that stays at 1 would keep the pager ringing."""
    exporter = Exporter()
    exporter.stand(STATUS, 0)
    exporter.stand(STATUS._replace(latched={}), 0)
    latched = {"family": "output", "tier": "page"}

    assert value(exporter, "semwatch_drift_alarm", **WHERE, **latched) == 0


def test_where_a_series_stands_leaves_with_its_partition() -> None:
    """Two workers never both speak for one series."""
    exporter = Exporter()
    exporter.stand(STATUS, 3)
    exporter.series_left(3)

    for metric in (metrics.DRIFT_READY, metrics.DRIFT_STATISTIC, metrics.DRIFT_ALARM):
        assert names(exporter, metric) == []


def test_a_change_of_provenance_is_counted_by_its_field() -> None:
    """Values are for the alarms topic: as labels they would be without bound."""
    exporter = Exporter()
    exporter.migrated(MIGRATION)
    labels = {"app": "shop", "route": "refunds", "field": "prompt_version"}

    assert value(exporter, "semwatch_migrations_total", **labels) == 1


def test_the_reproducibility_record_is_counted_by_field() -> None:
    """How much of it the bots log."""
    exporter = Exporter()
    exporter.judged(verdict(provenance=Provenance(prompt_version="v1")))

    for field, known in (("prompt_version", "true"), ("model_hash", "false")):
        labels = {"app": "shop", "field": field, "logged": known}
        assert value(exporter, "semwatch_provenance_fields_total", **labels) == 1


def test_texts_are_counted_by_cache() -> None:
    """Hits and misses add up to what was asked."""
    exporter = Exporter()
    exporter.embedded(hits=3, misses=1)
    exporter.embedded(hits=1, misses=0)

    assert value(exporter, "semwatch_embedded_texts_total", cache="hit") == 4
    assert value(exporter, "semwatch_embedded_texts_total", cache="miss") == 1


def exemplars(exporter: Exporter) -> list[dict[str, str]]:
    """Return the labels of all exemplars."""
    body, _ = exporter.expose(OPEN_METRICS)
    return [
        sample.exemplar.labels
        for family in open_metrics(body.decode())
        for sample in family.samples
        if sample.exemplar
    ]


def test_a_score_leads_to_its_trace() -> None:
    """In OpenMetrics, where exemplars exist."""
    exporter = Exporter()
    exporter.judged(verdict(grounding(0.9, "grounded"), trace_id="t" * 32))

    assert exemplars(exporter) == [{"trace_id": "t" * 32}]


def test_the_text_format_has_no_exemplars() -> None:
    """An older Prometheus would refuse the whole page."""
    exporter = Exporter()
    exporter.judged(verdict(grounding(0.9, "grounded"), trace_id="t" * 32))
    body, content_type = exporter.expose("text/plain")

    assert b"trace_id" not in body
    assert content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("trace_id", "shown"),
    [
        pytest.param(None, 0, id="none"),
        pytest.param("", 0, id="empty"),
        pytest.param("t" * 120, 1, id="the longest"),
        pytest.param("t" * 121, 0, id="too long"),
        pytest.param("t" * 256, 0, id="the longest of an event"),
    ],
)
def test_a_trace_id_that_is_too_long_is_left_out(trace_id: str | None, shown: int) -> None:
    """OpenMetrics allows 128 characters, and the score counts without."""
    exporter = Exporter()
    exporter.judged(verdict(grounding(0.9, "grounded"), trace_id=trace_id))

    assert len(exemplars(exporter)) == shown
    assert counted(exporter) == {"good": 1.0}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param(None, "text/plain", id="no wish"),
        pytest.param("*/*", "text/plain", id="anything"),
        pytest.param(OPEN_METRICS, "application/openmetrics-text", id="OpenMetrics"),
        pytest.param(
            f"{OPEN_METRICS};q=0.9,text/plain;q=0.5", "application/openmetrics-text", id="either"
        ),
    ],
)
def test_the_format_is_what_is_accepted(accept: str | None, content_type: str) -> None:
    """As Prometheus negotiates it."""
    assert Exporter().expose(accept)[1].startswith(content_type)


def test_a_label_beyond_its_values_is_folded_and_counted() -> None:
    """A sender that invents apps costs one series, not a thousand."""
    exporter = Exporter(max_values=2)
    for app in ("a", "b", "c", "d", "a"):
        exporter.judged(verdict(grounding(0.9, "grounded"), app=app))
    where = {"route": "unknown", "outcome": "scored"}

    assert value(exporter, "semwatch_events_total", app="a", **where) == 2
    assert value(exporter, "semwatch_events_total", app="other", **where) == 2
    assert len(names(exporter, metrics.EVENTS)) == 3
    assert value(exporter, "semwatch_label_overflow_total", label="app") == 2
    assert value(exporter, "semwatch_label_overflow_total", label="route") == 0


def test_a_folded_series_has_no_gauges() -> None:
    """Many series would take turns in one; their alarms and scores are counted all the same."""
    exporter = Exporter(max_values=1)
    exporter.read(reading(app="a"), 0)
    exporter.read(reading(app="b"), 0)
    exporter.read(reading(app="c"), 1)

    assert [labels["app"] for labels in names(exporter, metrics.DRIFT_MEAN)] == ["a"]


def test_scores_that_no_series_takes_are_counted() -> None:
    """By the reason."""
    exporter = Exporter()
    exporter.drift_refused("max_series")
    exporter.drift_refused("unreadable")
    exporter.drift_refused("unreadable")

    assert value(exporter, "semwatch_drift_refused_total", reason="max_series") == 1
    assert value(exporter, "semwatch_drift_refused_total", reason="unreadable") == 2


def test_only_listed_values_are_shown() -> None:
    """Of each label that has a list."""
    exporter = Exporter({"app": ["shop"], "route": ["refunds"], "model": ["n"]})
    exporter.drifted(ALARM)
    exporter.judged(verdict(app="bank"))

    assert [labels["model"] for labels in names(exporter, metrics.DRIFT_ALARMS)] == ["other"]
    assert [(labels["app"], labels["route"]) for labels in names(exporter, metrics.EVENTS)] == [
        ("other", "other")
    ]


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "a{b}", "a b,c=d", "\U0001f600", "\x00"])
def test_any_name_can_be_a_label(name: str) -> None:
    """It is a sender's choice, and must not break the page."""
    exporter = Exporter()
    exporter.judged(verdict(app=name))

    assert [labels["app"] for labels in names(exporter, metrics.EVENTS)] == [name]


GAUGES = (metrics.DRIFT_MEAN, metrics.DRIFT_RECENT_MEAN, metrics.DRIFT_EVENTS)


def test_a_reading_sets_the_gauges_of_its_series() -> None:
    """The last reading counts."""
    exporter = Exporter()
    exporter.read(reading(0.9), 0)
    exporter.read(reading(0.5), 0)
    where = {"app": "shop", "route": "refunds", "model": "m", "signal": "grounding"}

    assert [value(exporter, metric.name, **where) for metric in GAUGES] == [0.5, 0.25, 7]


def test_the_gauges_of_a_series_leave_with_its_partition() -> None:
    """Another worker shows them now; two that do would be added up."""
    exporter = Exporter()
    exporter.read(reading(app="a"), 0)
    exporter.read(reading(app="b"), 1)
    exporter.read(reading(app="c"), 0)
    exporter.series_left(0)

    for metric in GAUGES:
        assert [labels["app"] for labels in names(exporter, metric)] == ["b"]


def test_a_series_that_comes_back_is_shown_again() -> None:
    """And leaves again."""
    exporter = Exporter()
    exporter.read(reading(), 0)
    exporter.series_left(0)
    exporter.read(reading(), 0)
    shown = len(names(exporter, metrics.DRIFT_MEAN))
    exporter.series_left(0)

    assert (shown, names(exporter, metrics.DRIFT_MEAN)) == (1, [])


def test_the_lag_leaves_with_its_partition() -> None:
    """A partition that is not ours has no lag here."""
    exporter = Exporter()
    exporter.lagging("a", 0, 5)
    exporter.lagging("a", 1, 6)
    exporter.lagging("b", 0, 7)
    exporter.partition_left("a", 0)

    assert {(x["topic"], x["partition"]) for x in names(exporter, metrics.LAG)} == {
        ("a", "1"),
        ("b", "0"),
    }


def test_what_was_never_shown_may_leave() -> None:
    """A rebalance names partitions that had no event yet."""
    exporter = Exporter()
    exporter.partition_left("a", 0)
    exporter.series_left(0)

    assert names(exporter, metrics.LAG) == []


def test_reloads_are_counted_by_outcome() -> None:
    """A refused edit must not look like one that was taken."""
    exporter = Exporter()
    exporter.reloaded("catalogue", taken=True)
    exporter.reloaded("catalogue", taken=False)
    exporter.reloaded("catalogue", taken=False)

    assert value(exporter, "semwatch_reloads_total", file="catalogue", outcome="taken") == 1.0
    assert value(exporter, "semwatch_reloads_total", file="catalogue", outcome="refused") == 2.0


VIOLATIONS = "semwatch_policy_violations_total"
ECHOES = "semwatch_policy_echoes_total"


def test_known_rules_begin_at_zero() -> None:
    """For each app and route that is seen: a first violation must be a rise, not a new series."""
    exporter = Exporter()
    exporter.rules_loaded(RULES, "abc")
    exporter.judged(verdict(policy(), route="chat"))
    exporter.judged(verdict(policy(), app="bank", route="chat"))
    for app in ("shop", "bank"):
        for rule, severity in RULES.items():
            labels = {"app": app, "route": "chat", "rule": rule}

            assert value(exporter, VIOLATIONS, **labels, severity=severity) == 0
            assert value(exporter, ECHOES, **labels) == 0


def test_a_violation_is_counted_once_an_interaction() -> None:
    """In however many parts it stands; what is echoed beside does not count apart."""
    exporter = Exporter()
    exporter.rules_loaded(RULES, "abc")
    names = {"app": "shop", "route": "unknown", "rule": "pii.card"}
    exporter.judged(
        verdict(policy(violation(), violation(part="context:1"), violation(echoed=True)))
    )
    exporter.judged(verdict(policy(violation(echoed=True))))

    assert value(exporter, VIOLATIONS, **names, severity="critical") == 1
    assert value(exporter, ECHOES, **names) == 1


def test_a_rule_that_failed_is_counted_as_an_error() -> None:
    """By rule; the verdict has the reason."""
    exporter = Exporter()
    exporter.rules_loaded(RULES, "abc")
    exporter.judged(verdict(policy(failures=(RuleFailure(rule="pii.ip", reason="LookupError"),))))

    assert value(exporter, "semwatch_policy_errors_total", rule="pii.ip") == 1
    assert value(exporter, "semwatch_policy_errors_total", rule="pii.card") == 0


def test_the_work_of_rules_is_counted() -> None:
    """Texts and seconds add up over the batches."""
    exporter = Exporter()
    exporter.rules_loaded(RULES, "abc")
    exporter.rules_ran([Tally("pii.ip", 3, 0.5)])
    exporter.rules_ran([Tally("pii.ip", 1, 0.25)])

    assert value(exporter, "semwatch_policy_evaluations_total", rule="pii.ip") == 4
    assert value(exporter, "semwatch_policy_rule_seconds_total", rule="pii.ip") == 0.75
    assert value(exporter, "semwatch_policy_evaluations_total", rule="pii.card") == 0


def test_a_reload_shows_the_new_rules_alone() -> None:
    """Until a broken edit is mended, the exposition says that the rules are stale."""
    exporter = Exporter()
    exporter.rules_loaded(RULES, "abc")
    exporter.rules_refused()

    assert value(exporter, "semwatch_policy_stale") == 1

    exporter.rules_loaded({"a": "low"}, "def")

    assert value(exporter, "semwatch_policy_stale") == 0
    assert value(exporter, "semwatch_policy_rules", version="def") == 1
    assert value(exporter, "semwatch_policy_rules", version="abc") is None
