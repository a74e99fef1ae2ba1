"""The plots of docs/drift.md: each chart over a stream that changes half-way.

Small SVG files, written without a plotting library.
"""

import tempfile
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from benchmarks.drift import BASE, Bench
from benchmarks.drift_data import load
from processor.drift.charts import CHARTS, Charts, Limits

Floats = npt.NDArray[np.float64]

_OUT = Path(__file__).parent.parent / "docs" / "drift"
_QUIET, _SHOWN = 200, 400
_WIDTH, _HEIGHT, _MARGIN, _TOP = 640, 200, 30, 2.0
# Which change shows what a chart is for: model, "mispaired" or "one source".
_PLOTS = (
    ("cusum", "warn", "gpt4_0613_concise"),
    ("mewma", "warn", "vicuna-13b-v1.5"),
    ("e_sr", "page", "text_davinci_003"),
    ("contamination", "page", "mispaired"),
    ("centroid", "warn", "one source"),
    ("novelty", "warn", "one source"),
)


def svg(ratios: Floats, title: str) -> str:
    """Return a plot of a statistic over its threshold; the change is the dashed line."""

    def x(event: int) -> float:
        return _MARGIN + event * (_WIDTH - 2 * _MARGIN) / len(ratios)

    def y(ratio: float) -> float:
        return _HEIGHT - _MARGIN - min(ratio, _TOP) * (_HEIGHT - 2 * _MARGIN) / _TOP

    points = " ".join(f"{x(event):.1f},{y(ratio):.1f}" for event, ratio in enumerate(ratios))
    beyond = np.flatnonzero(ratios >= 1.0)
    told = f"alarm {beyond[0] + 1 - _QUIET} events after the change" if beyond.size else "no alarm"
    dashed = 'stroke="#555" stroke-dasharray="4"'
    text = 'font-family="sans-serif" font-size="11" fill="#555"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            f'<line x1="{x(0)}" x2="{x(len(ratios))}" y1="{y(1)}" y2="{y(1)}" stroke="#c00"/>',
            f'<line x1="{x(_QUIET)}" x2="{x(_QUIET)}" y1="{y(0)}" y2="{y(_TOP)}" {dashed}/>',
            f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="1.5"/>',
            f'<text x="{_MARGIN}" y="18" {text}>{title}: {told}</text>',
            f'<text x="4" y="{y(1):.0f}" {text}>1</text>',
            f'<text x="4" y="{y(0):.0f}" {text}>0</text>',
            f'<text x="{x(_QUIET):.0f}" y="{_HEIGHT - 8}" {text}>change</text>',
            "</svg>\n",
        )
    )


def _changed(bench: Bench, change: str) -> Floats:
    if change == "mispaired":
        return bench.mispaired()
    return bench.one_source() if change == "one source" else bench.changed(change)


@click.command()
@click.argument(
    "directory",
    envvar="SEMWATCH_DATA",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "--cache",
    default=Path(tempfile.gettempdir()) / "semwatch-benchmarks",
    type=click.Path(path_type=Path),
    help="Where embeddings are kept.",
)
def main(directory: Path, cache: Path) -> None:
    """Write the plots, from the answers in DIRECTORY."""
    _OUT.mkdir(exist_ok=True)
    bench = Bench(load(directory, cache, BASE), base=BASE, seed=1, baselines=1)
    for name, tier, change in _PLOTS:
        rows = np.concatenate((bench.steady()[:_QUIET], _changed(bench, change)))[:_SHOWN]
        track = Charts(bench.baselines[0], Limits()).update_many(rows)
        column = next(i for i, c in enumerate(CHARTS) if (c.name, c.tier) == (name, tier))
        title = f"{name} ({tier}), {BASE} to {change}"
        (_OUT / f"{name}.svg").write_text(svg(track.ratios[:, column], title))


if __name__ == "__main__":
    main()
