"""How the demo is shown: live on a terminal, else as a line now and then."""

import json
import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from processor.demo.story import HIGH, LOW, RECENT, Story

_LINE_SECONDS = 5.0
_BAR_WIDTH = 30


class Screen:
    """Shows the story; called, it shows what is new.

    Args:
        console: where to.
        story: what is shown.
        port: of the worker's /metrics.
    """

    def __init__(self, console: Console, story: Story, port: int) -> None:
        self._console = console
        self._story = story
        self._port = port
        self._last_line = 0.0
        self._alarms_shown = 0
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self()
            self._live.__exit__(kind, error, trace)

    def __call__(self) -> None:
        """Show what is new."""
        if self._live:
            self._live.update(_view(self._story, self._port))
            return
        for alarm in self._story.alarms[self._alarms_shown :]:
            self._console.print(_alarm_line(self._story, alarm), soft_wrap=True)
            self._alarms_shown += 1
        if time.monotonic() - self._last_line > _LINE_SECONDS:
            self._last_line = time.monotonic()
            self._console.print(_plain_line(self._story), soft_wrap=True)


def _view(story: Story, port: int) -> RenderableType:
    columns = ("route", "answers", "unverifiable", "invented promises", f"grounding, last {RECENT}")
    table = Table(*columns, "", expand=True)
    for name, route in sorted(story.routes.items()):
        mean = route.grounding
        colour = "green" if mean >= HIGH else "yellow" if mean >= LOW else "red"
        bar = Text("█" * round(mean * _BAR_WIDTH), style=colour)
        counts = map(str, (route.events, route.unverifiable, route.invented))
        table.add_row(name, *counts, f"{mean:.2f}", bar)
    alarms = [Text.from_markup(_alarm_line(story, alarm)) for alarm in story.alarms]
    return Panel(
        Group(
            Text(_plain_line(story)),
            table,
            *(alarms or [Text("no drift alarm", style="dim")]),
            Text(f"curl http://127.0.0.1:{port}/metrics", style="dim"),
        ),
        title="semwatch demo: support-bot",
    )


def _plain_line(story: Story) -> str:
    seconds = time.monotonic() - story.started
    phase = "healthy" if story.incident_start is None else "INCIDENT"
    grounding = ", ".join(f"{n} {r.grounding:.2f}" for n, r in sorted(story.routes.items()))
    return (
        f"{seconds:4.0f} s  {phase}  {len(story.positions)} answers sent, "
        f"{len(story.verdict_ids)} judged ({len(story.verdict_ids) / max(seconds, 1):.0f}/s), "
        f"p95 latency {story.latency_p95():.2f} s, {len(story.invented)} invented promises, "
        f"grounding: {grounding or '-'}"
    )


def _alarm_line(story: Story, alarm: dict[str, Any]) -> str:
    series, delay = alarm["series"], story.delay(alarm)
    when = f"{delay} answers after the incident began" if delay >= 0 else "before any incident"
    moved = ", ".join(f"{m['signal']} {m['direction']}" for m in alarm["moved"][:3])
    change = alarm["after_change"]
    after = f", after {change['field']} became {change['value']}" if change else ""
    return (
        f"[bold red]DRIFT {alarm['tier']}[/] of {series['app']}/{series['route']} on "
        f"{series['model']}: {alarm['cause']} ({moved or 'prompts'}), {when}; it changed "
        f"{alarm['events_since']} answers of the route ago{after}"
    )


def summary(story: Story) -> Table:
    """Return the figures of a finished story."""
    table = Table("what", "figure", title="summary")
    delay = story.told_after()
    for what, figure in (
        ("answers sent", len(story.positions)),
        ("verdicts", len(story.verdict_ids)),
        ("lost", len(story.positions) - len(story.verdict_ids)),
        ("repeated", story.repeats),
        ("dead letters", story.dead_letters),
        ("invented promises before the incident", story.false_claims()),
        ("invented promises in it", len(story.invented) - story.false_claims()),
        ("drift alarms before the incident", story.false_alarms()),
        ("answers until the alarm", "no alarm" if delay is None else delay),
    ):
        table.add_row(what, str(figure))
    return table


def judged_part(verdict: dict[str, Any]) -> str:
    """Return the JSON of a verdict, a field and a signal a line, without the signals unjudged."""
    signals = [signal for signal in verdict["signals"] if signal["score"] is not None]
    lines = ",\n".join(f"    {json.dumps(signal)}" for signal in signals)
    fields = {key: json.dumps(value) for key, value in verdict.items()}
    fields["signals"] = f"[\n{lines}\n  ]"
    return "{\n" + ",\n".join(f'  "{key}": {value}' for key, value in fields.items()) + "\n}"
