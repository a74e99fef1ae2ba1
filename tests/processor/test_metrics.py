"""The catalogue keeps to the naming rules of Prometheus and explains itself."""

import re

import pytest

from processor import metrics
from processor.metrics import CATALOGUE, Metric

each = pytest.mark.parametrize("metric", [pytest.param(m, id=m.name) for m in CATALOGUE])
each_histogram = pytest.mark.parametrize(
    "metric", [pytest.param(m, id=m.name) for m in CATALOGUE if m.kind == "histogram"]
)

# https://prometheus.io/docs/practices/naming/ and .../instrumentation/
TYPE_WORDS = {"counter", "gauge", "histogram", "summary", "metric", "count", "sum", "bucket"}
OTHER_UNITS = {"ms", "milliseconds", "minutes", "hours", "percent", "kilobytes", "mb", "kb"}
# All bounded: by configuration, by the code, by the number of partitions.
LABELS = {
    *("app", "route", "model", "signal", "verdict", "outcome"),
    *("tier", "cause", "family", "chart", "field", "logged"),
    *("detector", "reason", "stage", "cache", "file", "label", "topic", "partition"),
    *("version", "python", "embedding", "rule", "severity", "kind"),
    *("intent", "source", "eligible"),
    *("prompt_version", "retrieval_snapshot"),
}


def test_every_metric_of_the_module_is_in_the_catalogue() -> None:
    """One that is not would be exposed nowhere."""
    assert set(CATALOGUE) == {v for v in vars(metrics).values() if isinstance(v, Metric)}


def test_names_are_unique() -> None:
    """And so are helps: two metrics that mean the same are one."""
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    assert len({metric.help for metric in CATALOGUE}) == len(CATALOGUE)


@each
def test_a_name_has_the_namespace_and_lower_case_words(metric: Metric) -> None:
    """So all of ours stand together."""
    assert re.fullmatch(r"semwatch(_[a-z]+)+", metric.name)


@each
def test_a_counter_ends_in_total_and_nothing_else_does(metric: Metric) -> None:
    """A reader knows from the name that a rate is wanted."""
    assert metric.name.endswith("_total") == (metric.kind == "counter")


@each
def test_a_name_says_no_type_and_no_odd_unit(metric: Metric) -> None:
    """Base units only; the type is known to Prometheus."""
    assert not set(metric.name.split("_")) & (TYPE_WORDS | OTHER_UNITS)


@each
def test_the_help_is_a_sentence(metric: Metric) -> None:
    """For a stranger, in one line."""
    assert re.fullmatch(r"[A-Z][^\n]{15,}\.", metric.help)


@each
def test_labels_are_known_and_bounded(metric: Metric) -> None:
    """Never an id, never a text."""
    assert set(metric.labels) <= LABELS
    assert len(set(metric.labels)) == len(metric.labels)


@each
def test_only_histograms_have_buckets(metric: Metric) -> None:
    """And every one of them has its own."""
    assert bool(metric.buckets) == (metric.kind == "histogram")


@each_histogram
def test_edges_rise(metric: Metric) -> None:
    """Each once, and none below zero."""
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert metric.buckets[0] > 0


@each_histogram
def test_a_histogram_has_a_unit(metric: Metric) -> None:
    """Its edges mean nothing without."""
    assert metric.name.endswith(("_seconds", "_ratio"))


def test_scores_have_edges_at_the_usual_thresholds() -> None:
    """A share below a threshold is exact only at an edge."""
    assert {0.1, 0.5, 0.9, 1.0} <= set(metrics.SCORES.buckets)


@each
def test_the_page_has_a_row_for_it(metric: Metric) -> None:
    """The page is made from the catalogue."""
    row = next(line for line in metrics.markdown().splitlines() if f"`{metric.name}`" in line)

    assert metric.help in row
    assert all(f"`{label}`" in row for label in metric.labels)
