"""One run of a real worker on preloaded events: its pace, its cost, and its latency."""

import time
from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import Producer

from benchmarks.broker import Broker
from benchmarks.line import Line, Received
from benchmarks.traffic import Kind, Traffic
from benchmarks.worker import Sample, Worker, running
from processor.config import Config
from processor.kafka import client_settings

LOAD = 0.8  # of the measured pace: what latency is measured at
_POLL_SECONDS = 0.005  # how exact the latency is
_STALL_SECONDS = 120.0
_SETTLING = 0.1  # the share of paced events that is not counted


class EndToEnd(NamedTuple):
    """What one run measured; memory in bytes, latencies in seconds (empty: not measured)."""

    events_per_second: float
    cpu_seconds_per_event: float
    steady_rss: float
    peak_rss: int
    latencies: tuple[float, ...]


def measure(
    broker: Broker,
    config: Config,
    *,
    kind: Kind,
    seed: int,
    warm: int,
    events: int,
    paced_seconds: float = 0.0,
) -> EndToEnd:
    """Start a worker on ``warm`` events that are not timed and ``events`` that are.

    Args:
        broker: where.
        config: the worker's settings, but for its topics.
        kind: of the traffic.
        seed: of the traffic.
        warm: at least one batch: start and group join must not count.
        events: the more, the finer the figure.
        paced_seconds: how long to send at `LOAD` of the pace afterwards.
    """
    traffic = Traffic(kind, seed=seed)
    with Line(broker, config) as line:
        line.preload(traffic.events(warm + events))
        with running(line.config) as worker:
            samples = worker.wait(line.count, warm + events)
            pace = _pace(line.read(), warm, config.worker.batch_events)
            paced = list(traffic.events(round(pace * LOAD * paced_seconds)))
            return EndToEnd(
                events_per_second=pace,
                cpu_seconds_per_event=_cpu(samples, warm),
                steady_rss=median(sample.rss for sample in samples[len(samples) // 2 :]),
                latencies=_latencies(line, worker, paced, rate=pace * LOAD) if paced else (),
                peak_rss=worker.peak_rss(),
            )


def _pace(received: Sequence[Received], warm: int, batch: int) -> float:
    """Return events a second from the end of the batch in which the warm-up ends."""
    times = [item.time for item in received]
    gaps = {
        index: times[index + 1] - times[index]
        for index in range(warm - 1, min(warm + batch, len(times)) - 1)
    }
    # Verdicts of a batch are produced together: the widest gap is the end of one.
    end = max(gaps, key=lambda index: gaps[index])
    return (len(times) - end - 1) / (times[-1] - times[end])


def _cpu(samples: Sequence[Sample], warm: int) -> float:
    first, last = next(s for s in samples if s.verdicts >= warm), samples[-1]
    events = last.verdicts - first.verdicts
    return (last.cpu_seconds - first.cpu_seconds) / events if events else float("nan")


def _latencies(
    line: Line, worker: Worker, events: Sequence[bytes], *, rate: float
) -> tuple[float, ...]:
    """Send the events evenly; return the seconds from each one's turn to its verdict's receipt."""
    ids: list[str] = [msgspec.json.decode(event)["id"] for event in events]
    producer = _producer(line.config)
    line.follow()
    start = time.monotonic()
    due = {name: start + number / rate for number, name in enumerate(ids)}
    received: dict[str, float] = {}
    sent = 0
    while len(received) < len(ids):
        while sent < len(ids) and due[ids[sent]] <= time.monotonic():
            producer.produce(line.config.topics.events, events[sent])
            sent += 1
        producer.poll(0)
        for verdict in line.poll(_POLL_SECONDS):
            received[verdict.verdict.event_id] = time.monotonic()
        worker.check()
        if time.monotonic() > due[ids[-1]] + _STALL_SECONDS:
            raise RuntimeError(f"{len(received)} of {len(ids)} paced events came back")
    return tuple(received[name] - due[name] for name in ids[round(_SETTLING * len(ids)) :])


def _producer(config: Config) -> Any:
    # Events must go to every partition alike, not in long runs to one.
    return Producer(client_settings(config.kafka) | {"sticky.partitioning.linger.ms": 0})
