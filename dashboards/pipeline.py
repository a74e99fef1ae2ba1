"""Whether semwatch itself keeps up, loses nothing and sees all."""

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import common
from dashboards.common import above, column, now, query, rows
from dashboards.frame import Row, build
from dashboards.query import increase, of, quantile, rate, seconds
from dashboards.repeated import AGE_LIMITS, age_stat, failures_timeseries, lag_timeseries
from processor import metrics


def dashboard() -> Dashboard:
    """Return the dashboard of the pipeline."""
    return build(
        "semwatch-pipeline",
        "Whether semwatch itself keeps up, loses nothing and sees all.",
        [
            Row(
                100,
                "Can the other dashboards be trusted?",
                4,
                [
                    (workers_stat(), 4),
                    (age_stat(102), 4),
                    (lag_stat(), 4),
                    (unscored_stat(), 4),
                    (letters_stat(), 4),
                    (saturation_stat(), 4),
                ],
            ),
            Row(
                200,
                "Evidence: does it keep up?",
                8,
                [(age_timeseries(), 8), (lag_timeseries(202), 8), (saturation_timeseries(), 8)],
            ),
            Row(
                300,
                "Evidence: what becomes of what is read?",
                8,
                [(outcomes_timeseries(), 8), (letters_timeseries(), 8), (others_timeseries(), 8)],
            ),
            Row(
                400,
                "Cause: where the time goes",
                8,
                [(batch_timeseries(), 8), (detectors_timeseries(), 8), (cache_timeseries(), 8)],
            ),
            Row(
                500,
                "Cause: what fails",
                8,
                [
                    (failures_timeseries(501), 6),
                    (resets_timeseries(), 6),
                    (overflow_timeseries(), 6),
                    (telemetry_timeseries(), 6),
                ],
            ),
            Row(
                600,
                "The sidecar: semwatch ship",
                8,
                [
                    (lines_timeseries(), 6),
                    (backlog_timeseries(), 6),
                    (waiting_timeseries(), 6),
                    (refused_timeseries(), 6),
                ],
            ),
            Row(
                700,
                "Where traces come in several records",
                6,
                [(joined_timeseries(), 8), (revisions_timeseries(), 8), (parts_timeseries(), 8)],
            ),
            Row(800, "What runs", 6, [(builds_table(), 14), (provenance_timeseries(), 10)]),
        ],
    )


def workers_stat() -> stat.Panel:
    return common.stat_panel(
        101,
        "Workers",
        "Workers that Prometheus scrapes.",
        now(f"count({of(metrics.BUILD)})"),
        unit="short",
        thresholds=((None, "red"), (1, "green")),
        no_value="none",
    )


def lag_stat() -> stat.Panel:
    return common.stat_panel(
        103,
        "Lag",
        "Records not yet acknowledged, of all topics.",
        now(f"sum({of(metrics.LAG)})"),
        unit="short",
        thresholds=above(1_000, 10_000),
        no_value="no worker",
    )


def unscored_stat() -> stat.Panel:
    unscored = increase(metrics.EVENTS, 'outcome="unscored"')
    return common.stat_panel(
        104,
        "Unscored",
        "Share of the answers that a detector failed on, in the time shown above.",
        now(f"({unscored} or vector(0)) / ({increase(metrics.EVENTS)} > 0)"),
        unit="percentunit",
        decimals=2,
        thresholds=above(0.001, 0.01),
        no_value="nothing judged",
    )


def letters_stat() -> stat.Panel:
    letters = increase(metrics.DEAD_LETTERS)
    return common.stat_panel(
        105,
        "Dead letters",
        "Records that hold no event, in the time shown above; none is lost, each lies on "
        "`semwatch.dead-letters` with its reason.",
        now(f"{letters} or 0 * count({of(metrics.BUILD)})"),
        unit="short",
        decimals=0,
        thresholds=((None, "green"), (0.5, "orange"), (100, "red")),
        no_value="no worker",
    )


def saturation_stat() -> stat.Panel:
    return common.stat_panel(
        106,
        "Saturation",
        "Events under way of those that may be, in the fullest worker. At 100 % more workers help, "
        "as long as there are partitions.",
        now(f"max({of(metrics.IN_FLIGHT)} / {of(metrics.IN_FLIGHT_LIMIT)})"),
        unit="percentunit",
        decimals=0,
        thresholds=above(0.8, 0.95),
        no_value="no worker",
    )


def age_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        201,
        "Age of a record when its verdict is out",
        "The line that tells whether all the rest is current. At five minutes it alerts.",
        *(
            query(quantile(share, metrics.EVENT_AGE), f"p{share * 100:.0f}", exemplar=True)
            for share in (0.5, 0.95, 0.99)
        ),
        unit="s",
        thresholds=AGE_LIMITS,
        no_value="nothing judged",
    )


def saturation_timeseries() -> timeseries.Panel:
    by = "max by (instance)"
    return common.timeseries_panel(
        203,
        "Saturation",
        "Events under way of those that may be, by worker.",
        query(f"{by} ({of(metrics.IN_FLIGHT)} / {of(metrics.IN_FLIGHT_LIMIT)})", "{{instance}}"),
        unit="percentunit",
        thresholds=above(0.8, 0.95),
        no_value="no worker",
        maximum=1,
    )


def outcomes_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        301,
        "Answers a second by outcome",
        "Unscored: a detector failed, and that answer counts as neither good nor bad.",
        query(
            rate(metrics.EVENTS, by=["outcome", "app", "route"]), "{{outcome}} {{app}} {{route}}"
        ),
        unit="eps",
        no_value="nothing judged",
        stacked=True,
    )


def letters_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        302,
        "Dead letters a second by reason",
        "The headers of each on `semwatch.dead-letters` name its source, offset and detail.",
        query(rate(metrics.DEAD_LETTERS, by=["reason"]), "{{reason}}"),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="none",
    )


def others_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        303,
        "Read, and no answer",
        "Repeats after a restart, records without a value, and spans of other kinds. All normal.",
        query(rate(metrics.REPEATS), "repeats"),
        query(rate(metrics.TOMBSTONES), "tombstones"),
        query(rate(metrics.PASSED_OVER), "passed over"),
        unit="eps",
        no_value="none",
    )


def batch_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        401,
        "Time for a batch by stage, p95",
        "From taking a batch of records to acknowledging it.",
        query(quantile(0.95, metrics.BATCH_SECONDS, by=["stage"]), "{{stage}}"),
        unit="s",
        thresholds=above(2.5, 10),
        no_value="no batches",
    )


def detectors_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        402,
        "Time in each detector",
        "Seconds of work a second, of all workers: 100 % is one core.",
        query(seconds(metrics.DETECTOR_SECONDS, ["detector"]), "{{detector}}"),
        unit="percentunit",
        no_value="nothing judged",
        stacked=True,
    )


def cache_timeseries() -> timeseries.Panel:
    texts = rate(metrics.EMBEDDED_TEXTS)
    hits = rate(metrics.EMBEDDED_TEXTS, 'cache="hit"')
    return common.timeseries_panel(
        403,
        "Embedding cache, share found",
        "Passages repeat; if this falls, the encoder has more to do. `embedding.cache_texts` sets "
        "its size.",
        query(f"{hits} / ({texts} > 0)", "found"),
        unit="percentunit",
        thresholds=common.below(0.1, 0.3),
        no_value="no encoder",
        maximum=1,
    )


def resets_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        502,
        "States started afresh",
        "Stored state that could not be read: a series loses its baseline, a talk its past, a "
        "trace its calls.",
        query(increase(metrics.DRIFT_RESETS, over="$__rate_interval"), "series"),
        query(increase(metrics.CONVERSATION_RESETS, over="$__rate_interval"), "conversations"),
        query(increase(metrics.TRACE_RESETS, over="$__rate_interval"), "traces"),
        unit="short",
        thresholds=common.any_is_bad("orange"),
        no_value="no worker",
    )


def overflow_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        503,
        "Label values folded into other",
        "The label has its maximum of values: name those that count in the `labels` table of the "
        "configuration.",
        query(rate(metrics.LABEL_OVERFLOW, by=["label"]), "{{label}}"),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="none",
    )


def telemetry_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        504,
        "Spans and evaluations over OTLP",
        "Failed at the receiver, or dropped with the queue full: verdicts lose nothing.",
        query(rate(metrics.TELEMETRY, by=["kind", "outcome"]), "{{kind}} {{outcome}}"),
        unit="eps",
        no_value="off",
    )


def joined_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        701,
        "Calls handed on a second",
        "With documents of their trace or alone, after `join.wait_seconds`. Many alone: nothing is "
        "searched for, or the documents come later than that.",
        query(
            rate(metrics.JOINED_CALLS, 'outcome!="revised"', by=["outcome"]),
            "{{outcome}}",
        ),
        unit="eps",
        no_value="no worker",
        stacked=True,
    )


def revisions_timeseries() -> timeseries.Panel:
    revised = rate(metrics.REVISIONS, by=["app"])
    judged = rate(metrics.EVENTS, by=["app"])
    return common.timeseries_panel(
        702,
        "Verdicts revised for late documents",
        "Share of the answers. More than a trickle: raise `join.wait_seconds`.",
        query(f"{revised} / ({judged} > 0)", "{{app}}"),
        unit="percentunit",
        thresholds=above(0.01, 0.05),
        no_value="none",
    )


def parts_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        703,
        "Parts of traces that changed nothing",
        "By reason; docs/formats.md says what helps against each.",
        query(rate(metrics.SPANS_IGNORED, by=["reason"]), "{{reason}}"),
        unit="eps",
        no_value="none",
    )


def lines_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        601,
        "Lines shipped a second",
        "Of the log files, acknowledged by the broker.",
        query(rate(metrics.SHIP_LINES, by=["instance"]), "{{instance}}"),
        unit="eps",
        no_value="no sidecar",
    )


def backlog_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        602,
        "Not shipped yet",
        "Bytes still to be read, and read but not acknowledged.",
        query(f"sum by (instance) ({of(metrics.SHIP_UNREAD)})", "{{instance}} unread"),
        query(f"sum by (instance) ({of(metrics.SHIP_UNDER_WAY)})", "{{instance}} under way"),
        unit="bytes",
        thresholds=above(10_000_000, 100_000_000),
        no_value="no sidecar",
    )


def waiting_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        603,
        "Waiting for the broker",
        "Time since the broker acknowledged a line, while lines wait for it.",
        query(f"max by (instance) ({of(metrics.SHIP_WAITING)})", "{{instance}}"),
        unit="s",
        thresholds=above(60, 300),
        no_value="no sidecar",
    )


def refused_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        604,
        "Lines that did not leave",
        "Refused lines stay on the host; gaps are files that went away unread.",
        query(rate(metrics.SHIP_REFUSED, by=["reason"]), "{{reason}}"),
        query(rate(metrics.SHIP_GAPS), "gaps"),
        query(rate(metrics.SHIP_CHECKPOINT), "checkpoint not written"),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="no sidecar",
    )


def builds_table() -> table.Panel:
    return common.table_panel(
        801,
        "Versions",
        "What each worker runs; scores of different encoders are not comparable.",
        rows(f"max by (instance, version, python, embedding) ({of(metrics.BUILD)})"),
        rows(f"max by (instance) ({of(metrics.SHIP_FILES)})"),
        no_value="-",
        columns={
            "instance": "Instance",
            "version": "semwatch",
            "python": "Python",
            "embedding": "Encoder (SHA-256)",
            "Value #B": "Open log files",
        },
        styles={"Open log files": column("short", decimals=0)},
    )


def provenance_timeseries() -> timeseries.Panel:
    named = rate(metrics.PROVENANCE, 'logged="true"', by=["field"])
    events = rate(metrics.PROVENANCE, by=["field"])
    return common.timeseries_panel(
        802,
        "Provenance that the bots log",
        "Share of the answers that name each field. What is not logged cannot be named as a cause.",
        query(f"{named} / ({events} > 0)", "{{field}}"),
        unit="percentunit",
        no_value="nothing judged",
        maximum=1,
    )
