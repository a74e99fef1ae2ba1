"""The catalogue of metrics: names, units, labels, buckets. Data only, nothing heavy."""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]

# Edges stand where decisions are made; a quantile is as fine as the bucket it falls in.
_SCORE = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_AGE = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_TALK = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 43200.0, 86400.0)
_WORK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metric(NamedTuple):
    """One metric family; ``name`` is what Prometheus shows, units and ``_total`` included."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


EVENTS = Metric(
    "semwatch_events_total",
    "counter",
    "Interactions judged, by outcome: scored, or unscored because a detector failed.",
    ("app", "route", "outcome"),
)
JUDGEMENTS = Metric(
    "semwatch_judgements_total",
    "counter",
    "Signals by verdict: good, bad, unknown where the detector could not judge, or measured "
    "where the score is neither good nor bad.",
    ("app", "route", "signal", "verdict"),
)
SCORES = Metric(
    "semwatch_signal_score_ratio",
    "histogram",
    "Scores of the signals that could be judged; the direction is the signal's own.",
    ("app", "route", "signal"),
    _SCORE,
)
TRAINING = Metric(
    "semwatch_training_answers_total",
    "counter",
    "Interactions by whether their answer may become training data.",
    ("app", "route", "eligible"),
)
TRAINING_EXCLUSIONS = Metric(
    "semwatch_training_exclusions_total",
    "counter",
    "Reasons why answers must not become training data: bad signals, and what nobody vouches for.",
    ("app", "route", "reason"),
)
REPEATS = Metric(
    "semwatch_repeats_total",
    "counter",
    "Records read again after a restart whose verdict or dead letter was already in Kafka.",
)
TOMBSTONES = Metric("semwatch_tombstones_total", "counter", "Records without a value, skipped.")
DEAD_LETTERS = Metric(
    "semwatch_dead_letters_total",
    "counter",
    "Records that hold no event, passed on unchanged; of a record of several, each such part.",
    ("reason",),
)
PASSED_OVER = Metric(
    "semwatch_passed_over_total",
    "counter",
    "What records hold beside interactions: spans of other kinds, ordinary log lines, embeddings.",
)
EVENT_AGE = Metric(
    "semwatch_event_age_seconds",
    "histogram",
    "Age of a record when its verdict was acknowledged, by the record's Kafka timestamp.",
    buckets=_AGE,
)
BATCH_SECONDS = Metric(
    "semwatch_batch_duration_seconds",
    "histogram",
    "Time from taking a batch of records to acknowledging it.",
    ("stage",),
    _WORK,
)
DETECTOR_SECONDS = Metric(
    "semwatch_detector_duration_seconds",
    "histogram",
    "Time a detector took for one batch.",
    ("detector",),
    _WORK,
)
DETECTOR_FAILURES = Metric(
    "semwatch_detector_failures_total",
    "counter",
    "Interactions that a detector could not measure because it raised.",
    ("detector", "reason"),
)
POLICY_VIOLATIONS = Metric(
    "semwatch_policy_violations_total",
    "counter",
    "Interactions that violate a policy rule.",
    ("app", "route", "rule", "severity"),
)
POLICY_ECHOES = Metric(
    "semwatch_policy_echoes_total",
    "counter",
    "Interactions in which a policy rule found only what another part holds already.",
    ("app", "route", "rule"),
)
POLICY_EVALUATIONS = Metric(
    "semwatch_policy_evaluations_total",
    "counter",
    "Texts that a policy rule was held against.",
    ("rule",),
)
POLICY_ERRORS = Metric(
    "semwatch_policy_errors_total",
    "counter",
    "Interactions on which a policy rule could not be run; none of them counts as passed.",
    ("rule",),
)
POLICY_SECONDS = Metric(
    "semwatch_policy_rule_seconds_total",
    "counter",
    "Time spent in a policy rule; the keyword search that all rules share is not in it.",
    ("rule",),
)
POLICY_RULES = Metric(
    "semwatch_policy_rules",
    "gauge",
    "Policy rules in use; the label is the digest that verdicts name them by.",
    ("version",),
)
POLICY_STALE = Metric(
    "semwatch_policy_stale",
    "gauge",
    "Whether the rule files hold a change that cannot be used, so that older rules are in use.",
)
EMBEDDED_TEXTS = Metric(
    "semwatch_embedded_texts_total",
    "counter",
    "Texts asked of the encoder, by whether the cache held them.",
    ("cache",),
)
RELOADS = Metric(
    "semwatch_reloads_total",
    "counter",
    "Changes of a watched file: taken, or refused because it cannot be used and the old one stays.",
    ("file", "outcome"),
)
IN_FLIGHT = Metric(
    "semwatch_inflight_events",
    "gauge",
    "Records of bots that are being judged now.",
)
IN_FLIGHT_LIMIT = Metric(
    "semwatch_inflight_limit",
    "gauge",
    "Records that are judged together at most; a worker that is always there has no reserve.",
)
LAG = Metric(
    "semwatch_consumer_lag_records",
    "gauge",
    "Records in the partition that are not yet acknowledged.",
    ("topic", "partition"),
)
DRIFT_MEAN = Metric(
    "semwatch_drift_mean_ratio",
    "gauge",
    "Mean score of the series since its start.",
    ("app", "route", "model", "signal"),
)
DRIFT_RECENT_MEAN = Metric(
    "semwatch_drift_recent_mean_ratio",
    "gauge",
    "Exponentially weighted mean score of the series: about the last 20 events.",
    ("app", "route", "model", "signal"),
)
DRIFT_EVENTS = Metric(
    "semwatch_drift_window_events",
    "gauge",
    "Events in the adaptive window of the series.",
    ("app", "route", "model", "signal"),
)
DRIFT_ALARMS = Metric(
    "semwatch_drift_alarms_total",
    "counter",
    "Alarms published, by tier (warn, page) and cause.",
    ("app", "route", "model", "tier", "cause"),
)
DRIFT_ALARM = Metric(
    "semwatch_drift_alarm",
    "gauge",
    "Whether an alarm about answers, prompts or rates of the series is latched: 1 or 0.",
    ("app", "route", "model", "family", "tier"),
)
DRIFT_STATISTIC = Metric(
    "semwatch_drift_statistic_ratio",
    "gauge",
    "Statistic of a chart over its threshold; from 1 on it alarms.",
    ("app", "route", "model", "chart"),
)
DRIFT_READY = Metric(
    "semwatch_drift_baseline_ready",
    "gauge",
    "Whether the series is compared with a baseline: 0 while it has none yet.",
    ("app", "route", "model"),
)
DRIFT_COLLECTED = Metric(
    "semwatch_drift_collected_events",
    "gauge",
    "Events gathered for the next baseline of the series.",
    ("app", "route", "model"),
)
DRIFT_BASELINE_EVENTS = Metric(
    "semwatch_drift_baseline_events",
    "gauge",
    "Events that the baseline of the series was made of.",
    ("app", "route", "model"),
)
DRIFT_BASELINE_TIME = Metric(
    "semwatch_drift_baseline_timestamp_seconds",
    "gauge",
    "Time of the last event of the baseline; its age is time() minus this.",
    ("app", "route", "model"),
)
DRIFT_COMPARED = Metric(
    "semwatch_drift_compared_events",
    "gauge",
    "Events of the series compared with its present baseline.",
    ("app", "route", "model"),
)
MIGRATIONS = Metric(
    "semwatch_migrations_total",
    "counter",
    "Changes of provenance within a series, by field.",
    ("app", "route", "field"),
)
PROVENANCE_INFO = Metric(
    "semwatch_provenance_info",
    "gauge",
    "Always 1; the labels say what makes the answers of a series now, empty if it is not logged.",
    ("app", "route", "model", "prompt_version", "retrieval_snapshot"),
)
PROVENANCE_CHANGED = Metric(
    "semwatch_provenance_last_change_timestamp_seconds",
    "gauge",
    "When the provenance of a series changed last, by field; none before the first change.",
    ("app", "route", "model", "field"),
)
PROVENANCE = Metric(
    "semwatch_provenance_fields_total",
    "counter",
    "Events by whether they name a field of the reproducibility record.",
    ("app", "field", "logged"),
)
DRIFT_RESETS = Metric(
    "semwatch_drift_state_resets_total",
    "counter",
    "Series started afresh because their stored state could not be read.",
)
DRIFT_REFUSED = Metric(
    "semwatch_drift_refused_total",
    "counter",
    "Records of scores not watched: the worker holds its maximum of series, or cannot read one.",
    ("reason",),
)
CONVERSATION_SEGMENTS = Metric(
    "semwatch_conversation_segments_total",
    "counter",
    "Segments of conversations that ended, by outcome, and whether it was told or inferred.",
    ("app", "route", "intent", "outcome", "source"),
)
CONVERSATION_REVOKED = Metric(
    "semwatch_conversation_revoked_total",
    "counter",
    "Outcomes counted before that no longer hold, by why; to be subtracted from the segments.",
    ("app", "route", "intent", "outcome", "source", "reason"),
)
CONVERSATION_REPHRASES = Metric(
    "semwatch_conversation_rephrases_total",
    "counter",
    "Questions asked again for want of progress.",
    ("app", "route", "intent"),
)
CONVERSATION_FRUSTRATION = Metric(
    "semwatch_conversation_frustration_ratio",
    "histogram",
    "Mean evidence in a segment's turns that the user is not being helped; 1 is all there is.",
    ("app", "route"),
    _SCORE,
)
CONVERSATION_RESOLUTION = Metric(
    "semwatch_conversation_resolution_seconds",
    "histogram",
    "Time from the first to the last turn of segments that were confirmed or assumed settled.",
    ("app", "route"),
    _TALK,
)
OUT_OF_SCOPE = Metric(
    "semwatch_intent_out_of_scope_total",
    "counter",
    "Questions like none of the intents.",
    ("app", "route"),
)
TURNS_IGNORED = Metric(
    "semwatch_turns_ignored_total",
    "counter",
    "Turns that changed no outcome: repeats, late ones, outcomes told of nothing known, "
    "interactions without a conversation, and what could not be read or held.",
    ("reason",),
)
CONVERSATION_RESETS = Metric(
    "semwatch_conversation_state_resets_total",
    "counter",
    "Conversations started afresh because their stored state could not be read.",
)
JOINED_CALLS = Metric(
    "semwatch_joined_calls_total",
    "counter",
    "Calls handed on after their wait: joined with documents of their trace, or alone; revised "
    "are those handed on again for documents that came late.",
    ("outcome",),
)
REVISIONS = Metric(
    "semwatch_revised_verdicts_total",
    "counter",
    "Verdicts on answers that were judged before their documents came; they count nowhere else.",
    ("app", "route"),
)
SPANS_IGNORED = Metric(
    "semwatch_spans_ignored_total",
    "counter",
    "Parts of traces to be joined that came again, late, without a call, or found no room.",
    ("reason",),
)
TRACE_RESETS = Metric(
    "semwatch_trace_state_resets_total",
    "counter",
    "Traces started afresh because their stored state could not be read.",
)
LABEL_OVERFLOW = Metric(
    "semwatch_label_overflow_total",
    "counter",
    "Label values folded into other because the label had its maximum of values.",
    ("label",),
)
BUILD = Metric(
    "semwatch_build_info",
    "gauge",
    "Always 1; the labels say what is running.",
    ("version", "python", "embedding"),
)
TELEMETRY = Metric(
    "semwatch_telemetry_records_total",
    "counter",
    "Spans and evaluations over OTLP: exported, failed at the receiver, or dropped with the queue "
    "full.",
    ("kind", "outcome"),
)
SHIP_LINES = Metric(
    "semwatch_ship_lines_total",
    "counter",
    "Lines of log files that the broker has acknowledged; a repeat after a crash counts again.",
)
SHIP_BYTES = Metric(
    "semwatch_ship_bytes_total", "counter", "Bytes of the lines that the broker has acknowledged."
)
SHIP_REFUSED = Metric(
    "semwatch_ship_refused_total",
    "counter",
    "Lines that stay on the host: no JSON, nested too deeply to redact, or too long for the topic.",
    ("reason",),
)
SHIP_GAPS = Metric(
    "semwatch_ship_gaps_total",
    "counter",
    "Log files that were cut or went away when more of them may have been unread.",
)
SHIP_FILES = Metric("semwatch_ship_open_files", "gauge", "Log files that are open for reading.")
SHIP_UNREAD = Metric(
    "semwatch_ship_unread_bytes", "gauge", "Bytes in open log files that are still to be read."
)
SHIP_UNDER_WAY = Metric(
    "semwatch_ship_unacknowledged_bytes",
    "gauge",
    "Bytes read from log files that the broker has yet to acknowledge.",
)
SHIP_WAITING = Metric(
    "semwatch_ship_waiting_seconds",
    "gauge",
    "Time since the broker acknowledged a line, while lines wait for it; else 0.",
)
SHIP_CHECKPOINT = Metric(
    "semwatch_ship_checkpoint_errors_total",
    "counter",
    "Times that the checkpoint could not be written; a restart repeats lines from the last one.",
)

CATALOGUE: tuple[Metric, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
# Each process exposes its own.
SIDECAR = tuple(metric for metric in CATALOGUE if metric.name.startswith("semwatch_ship_"))
WORKER = tuple(metric for metric in CATALOGUE if metric not in SIDECAR)


class Budget(NamedTuple):
    """At most so many series a worker, for so many apps with so many routes each."""

    apps: int
    routes: int
    series: int


# With every signal, all rules that come along, one model a route, ten intents an app.
BUDGETS = (Budget(5, 3, 10_000), Budget(20, 5, 65_000))


def markdown() -> str:
    """Return the catalogue as the page docs/metrics.md."""
    rows = (
        f"| `{m.name}` | {m.kind} | {', '.join(f'`{label}`' for label in m.labels) or '-'} "
        f"| {m.help} |"
        for m in CATALOGUE
    )
    return "\n".join(
        (
            "# Metrics",
            "",
            "Generated from `processor/metrics.py` by `make docs`; do not edit.",
            "",
            "Counters are exact for what the process did since its start;",
            "ratios are for recording rules to compute.",
            "Label values beyond the configured maximum are counted as `other`.",
            "Histograms carry trace ids as exemplars in the OpenMetrics format.",
            "",
            "What a worker exposes at most, with every signal, all rules that come along, a model",
            "a route and ten intents an app (`tests/processor/test_cardinality.py`):",
            *(
                f"{b.apps} apps with {b.routes} routes each, {b.series:,} series{end}"
                for b, end in zip(BUDGETS, (";", "."), strict=True)
            ),
            "",
            "| metric | kind | labels | help |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )
