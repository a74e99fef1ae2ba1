"""How well the hallucination score tells, on answers that people judged.

The data is not ours to ship: point SEMWATCH_DATA, or the argument, to the directory that holds
``hallucination/*.jsonl.gz``. Documents, not answers, are dealt into folds. Whatever is fitted or
chosen for a row (coefficients, scales, tables, calibration, thresholds) is so on other folds.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from textwrap import fill, indent
from typing import Any, NamedTuple

import click
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped] # ships no types

from benchmarks.hallucination.data import SETS, digest, examples
from benchmarks.hallucination.fit import Keep, Scored, fit
from benchmarks.hallucination.logistic import logistic
from benchmarks.hallucination.measure import (
    auroc,
    best_threshold,
    calibration_error,
    counts,
    f1,
    interval,
    span_characters,
    span_f1,
)
from benchmarks.hallucination.rows import Rows, folds, rows
from detectors.claims.layers import ANY, Layer, sigmoid
from detectors.hallucination import Hallucination
from detectors.text.words import stems

Array = npt.NDArray[Any]

_FOLDS = 5
_INNER = 4
_SEED = 0
_MODEL = Path("detectors/models/hallucination.json")
_WORD_THRESHOLDS = (0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3)
_TASKS = ("qa", "summary", "data_to_text")
# How many answers of each task the test split of RAGTruth has, supported and hallucinated.
OFFICIAL = {
    ("qa", False): 740,
    ("qa", True): 160,
    ("data_to_text", False): 321,
    ("data_to_text", True): 579,
    ("summary", False): 696,
    ("summary", True): 204,
}
ABLATIONS: dict[str, Keep] = {
    "words in common": lambda name: (
        not any(part in name for part in ("record_", "claim_", "word_", "table"))
    ),
    "+ claims": lambda name: not any(part in name for part in ("record_", "word_", "table")),
    "+ words": lambda name: not any(part in name for part in ("record_", "table")),
    "+ table of words": lambda name: "record_" not in name,
    "+ record (all)": lambda _: True,
}

console = Console(stderr=True)


class Choice(NamedTuple):
    """What is chosen after the fit, on scores of rows that were not fitted on."""

    slope: float
    intercept: float
    threshold: float
    claim_threshold: float
    word_threshold: float


class Result(NamedTuple):
    """What cross-validation gave: for each answer its probability, and what is blamed of it."""

    probability: Array
    flagged: Array
    characters: Array


def in_set(data: Rows, name: str) -> Array:
    """Tell which rows are of a data set."""
    return np.array([example.name == name for example in data.examples])


def choose(data: Rows, scored: Scored, train: Array) -> Choice:
    """Calibrate, and choose the thresholds by F1 on RAGTruth."""
    here = train & in_set(data, "ragtruth")
    if not here.any():
        return Choice(1.0, 0.0, 0.5, 0.5, 0.5)
    slope, intercept = _calibrate(scored.answers[here], data.label[here])
    probability = sigmoid(slope * scored.answers + intercept)
    threshold = best_threshold(data.label[here], probability[here])
    claims = here[data.claim_row]
    claim_threshold = best_threshold(data.claim_label[claims], sigmoid(scored.claims[claims]))
    flagged = probability >= threshold
    words = sigmoid(scored.words)

    def value(at: float) -> float:
        return span_f1(span_characters(data, flagged, words, at, here), here)

    return Choice(slope, intercept, threshold, claim_threshold, max(_WORD_THRESHOLDS, key=value))


def _calibrate(odds: Array, label: Array) -> tuple[float, float]:
    """Fit the two numbers of Platt's scaling."""
    one = np.array(["one"] * len(odds))
    layer = logistic({"odds": odds}, one, label, np.ones(len(odds)), 0.01)
    weight, bias = layer.weights["one"].tolist()
    slope = weight / float(layer.scale[0])
    return slope, bias - slope * float(layer.mean[0])


def cross_validate(data: Rows, keep: Keep = lambda _: True) -> Result:
    """Judge each RAGTruth row, and each other, by models of the other folds."""
    fold = folds(data.source, _FOLDS, _SEED)
    probability = np.zeros(len(data.label))
    flagged = np.zeros(len(data.label), np.bool_)
    characters = np.zeros((len(data.label), 3))
    ragtruth = in_set(data, "ragtruth")
    for number in range(_FOLDS):
        test = fold == number
        scored = fit(data, ~test, fold, keep)
        choice = choose(data, scored, ~test)
        probability[test] = sigmoid(choice.slope * scored.answers[test] + choice.intercept)
        flagged[test] = probability[test] >= choice.threshold
        here = test & ragtruth
        characters[here] = span_characters(
            data, flagged, sigmoid(scored.words), choice.word_threshold, here
        )
    return Result(probability, flagged, characters)


def carry_over(data: Rows) -> Iterator[tuple[str, Array, Array]]:
    """Yield for each data set its labels and what models without it give its rows."""
    fold = folds(data.source, _INNER, _SEED)
    for name in SETS:
        out = in_set(data, name)
        yield name, out, sigmoid(fit(data, ~out, fold).answers[out])


def quality_table(data: Rows, result: Result) -> Table:
    """Report RAGTruth by task and whole."""
    table = Table("task", "answers", "hallucinated", "AUROC", "F1", "precision", "recall")
    ragtruth = in_set(data, "ragtruth")
    for task in (*_TASKS, "all"):
        here = ragtruth & ((data.kinds == task) | (task == "all"))
        label, source = data.label[here], data.source[here]
        precision, recall, _ = counts(label, result.flagged[here])
        table.add_row(
            task,
            str(len(label)),
            str(int(label.sum())),
            str(interval(source, label, result.probability[here], auroc)),
            str(interval(source, label, result.flagged[here], f1)),
            f"{precision:.3f}",
            f"{recall:.3f}",
        )
    return table


def summary_lines(data: Rows, result: Result) -> Iterator[str]:
    """Report calibration and spans on RAGTruth."""
    here = in_set(data, "ragtruth")
    label, source = data.label[here], data.source[here]
    error = interval(source, label, result.probability[here], calibration_error)
    yield f"expected calibration error {error}"
    characters = result.characters[here]
    both, said, gold = characters.sum(axis=0)
    yield (
        f"span F1 by characters {interval(source, characters, label, span_f1)}, "
        f"precision {both / said:.3f}, recall {both / gold:.3f}"
    )


def published_line(data: Rows, result: Result) -> str:
    """Report the rows of the official test split, weighted to its whole: see ``OFFICIAL``.

    Published figures are on all 2,700, by models that saw 15,090 more; these rows are most of
    them, and the models saw only the others.
    """
    test = np.array([example.test for example in data.examples]) & in_set(data, "ragtruth")
    weight = np.zeros(len(test))
    for (task, bad), count in OFFICIAL.items():
        here = test & (data.kinds == task) & (data.label == bad)
        weight[here] = count / here.sum()
    rows = np.flatnonzero(test)

    def area(here: Array, _: Array) -> float:
        return float(
            roc_auc_score(data.label[here], result.probability[here], sample_weight=weight[here])
        )

    def value(here: Array, _: Array) -> float:
        both = weight[here][data.label[here] & result.flagged[here]].sum()
        said = weight[here][data.label[here]].sum() + weight[here][result.flagged[here]].sum()
        return float(2 * both / said)

    source = data.source[rows]
    return (
        f"as the official test split: {len(rows)} rows, "
        f"AUROC {interval(source, rows, rows, area)}, F1 {interval(source, rows, rows, value)}"
    )


def carry_table(data: Rows) -> Table:
    """Report each data set by models that saw nothing of it."""
    table = Table("left out", "answers", "hallucinated", "AUROC")
    values = []
    for name, here, probability in carry_over(data):
        label = data.label[here]
        found = interval(data.source[here], label, probability, auroc)
        values.append(found.value)
        table.add_row(name, str(len(label)), str(int(label.sum())), str(found))
    table.add_row("mean", "", "", f"{np.mean(values):.3f}")
    return table


def ablation_table(data: Rows) -> Table:
    """Report RAGTruth with parts of the features."""
    table = Table("features", "AUROC", "F1", "span F1")
    here = in_set(data, "ragtruth")
    for name, keep in ABLATIONS.items():
        result = cross_validate(data, keep)
        table.add_row(
            name,
            f"{auroc(data.label[here], result.probability[here]):.3f}",
            f"{f1(data.label[here], result.flagged[here]):.3f}",
            f"{span_f1(result.characters[here], here):.3f}",
        )
    return table


def time_table(data: Rows) -> Table:
    """Report the time of the detector, beside that of merely reading the words of the texts."""
    detector = Hallucination()
    chosen = [data.examples[at].interaction for at in np.flatnonzero(in_set(data, "ragtruth"))[::5]]

    def judge(at: int) -> None:
        detector.detect(chosen[at])

    def cut(at: int) -> None:
        for text in (chosen[at].response or "", *(p.text for p in chosen[at].passages)):
            stems(text)

    table = Table("milliseconds of CPU an event", "median", "p95")
    for name, work in (("all five signals", judge), ("stems alone", cut)):
        times = [_milliseconds(work, at) for at in range(len(chosen))]
        table.add_row(name, *(f"{value:.2f}" for value in np.percentile(times, [50, 95])))
    return table


def _milliseconds(work: Callable[[int], None], at: int) -> float:
    work(at)
    start = time.process_time()
    work(at)
    return (time.process_time() - start) * 1e3


def write(data: Rows, directory: Path, file: Path) -> None:
    """Fit on everything and write the model that the package ships."""
    fold = folds(data.source, _FOLDS, _SEED)
    train = np.ones(len(data.label), np.bool_)
    scored = fit(data, train, fold)
    choice = choose(data, scored, train)._asdict()
    used = {name: int((in_set(data, name) & (data.weight > 0)).sum()) for name in SETS}
    text = _lines(
        {
            "about": "See docs/models/hallucination.md; written by `make fit-hallucination`.",
            "data": {"sha256": digest(directory), "answers": used},
            "calibration": {key: round(choice.pop(key), 4) for key in ("slope", "intercept")},
            "thresholds": {key: round(value, 4) for key, value in choice.items()},
            "layers": {name: _layer(layer) for name, layer in scored.layers.items()},
            "table": {key: dict(sorted(words.items())) for key, words in scored.table.items()},
        }
    )
    file.write_text(text, encoding="utf-8")


def _layer(layer: Layer) -> dict[str, Any]:
    kinds = (ANY, *sorted(kind for kind in layer.weights if kind != ANY))
    return {
        "intercept": {kind: round(float(layer.weights[kind][-1]), 4) for kind in kinds},
        "features": {
            name: {
                "mean": round(float(layer.mean[at]), 5),
                "scale": round(float(layer.scale[at]), 5),
                **{kind: round(float(layer.weights[kind][at]), 4) for kind in kinds},
            }
            for at, name in enumerate(layer.features)
        },
    }


def _lines(data: dict[str, Any]) -> str:
    """Write as JSON with a line a feature, and the tables of words as paragraphs."""
    text = json.dumps(data, indent=1)
    for table in (
        *(layer["features"] for layer in data["layers"].values()),
        data["table"],
    ):
        for row in table.values():
            pretty = json.dumps(row, indent=1)
            line = json.dumps(row)
            wrapped = fill(line, 100, break_long_words=False, break_on_hyphens=False)
            for depth in (3, 4, 2):
                text = text.replace(indent(pretty, " " * depth).lstrip(), wrapped)
    return text + "\n"


def show(tables: Sequence[Table | str], *, markdown: bool) -> None:
    """Print for people, or as Markdown."""
    out = Console(width=120)
    for table in tables:
        if isinstance(table, str) or not markdown:
            out.print(table)
        else:
            print(_markdown(table))


def _markdown(table: Table) -> str:
    heads = [str(column.header) for column in table.columns]
    body = zip(*(list(column.cells) for column in table.columns), strict=True)
    cells = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in body)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


@click.command()
@click.argument(
    "directory",
    envvar="SEMWATCH_DATA",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--fit", "fitted", is_flag=True, help="Write the model instead of measuring it.")
@click.option("--ablations", is_flag=True, help="Measure with parts of the features too.")
@click.option("--markdown", is_flag=True, help="Print tables as Markdown.")
def main(directory: Path, *, fitted: bool, ablations: bool, markdown: bool) -> None:
    """Measure the hallucination score on DIRECTORY, or fit it there."""
    console.print("answers are measured; this takes minutes")
    data = rows(list(examples(directory)))
    if fitted:
        write(data, directory, _MODEL)
        return
    result = cross_validate(data)
    lines = [*summary_lines(data, result), published_line(data, result)]
    show([quality_table(data, result), *lines], markdown=markdown)
    show([carry_table(data), time_table(data)], markdown=markdown)
    if ablations:
        show([ablation_table(data)], markdown=markdown)


if __name__ == "__main__":
    main()
