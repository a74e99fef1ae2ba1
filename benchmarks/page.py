"""Prints how long it takes from the first invented promise to the pager: ``make page``.

The whole line at its real pace: a worker with all its detectors, Prometheus and Alertmanager with
the files of deploy/, and a stand-in for PagerDuty. The demo's bot is healthy for two minutes, and
then promises what nobody granted.
"""

import argparse
import tempfile
import time
from pathlib import Path

from processor.broker import EmbeddedBroker
from processor.config import Config
from tests.integration.paging import Bot, Event, Watch
from tests.integration.stream import REAL, Worker, create_topics, settings, wait_until

_HEALTHY_SECONDS = 120
_PATIENCE_SECONDS = 600.0


def main() -> None:
    """Play the incident until the pager rings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=5.0, help="answers a second")
    rate = parser.parse_args().rate
    broker = EmbeddedBroker()
    config = settings(
        broker.bootstrap_servers,
        worker={"batch_events": 64},
        drift={"embeddings": True, "baseline_events": 2000},
    )
    create_topics(config, broker)
    with tempfile.TemporaryDirectory(prefix="semwatch-page-") as name:
        directory = Path(name)
        with Worker(config, directory, command=REAL) as worker:
            worker.wait_ready()
            with Watch(worker.port, directory) as watch:
                _play(config, watch, rate)


def _play(config: Config, watch: Watch, rate: float) -> None:
    healthy = round(rate * _HEALTHY_SECONDS)
    bot = Bot(config, rate=rate, healthy=healthy, ill=round(rate * _PATIENCE_SECONDS))
    wait_until(lambda: bool(_pages(watch)), "a page", _HEALTHY_SECONDS + _PATIENCE_SECONDS)
    sent = bot.sent - healthy
    bot.stop()
    [page, *_] = _pages(watch)
    began = bot.incident or time.time()

    print(f"{rate:g} answers a second, {sent} of them since the incident began")
    print(f"incident began to event delivered: {page.time - began:.0f} s")
    print(f"{page.body['payload']['severity']}: {page.body['payload']['summary']}")
    for link in page.body["links"]:
        print(f"{link['text']}: {link['href']}")


def _pages(watch: Watch) -> list[Event]:
    return [e for e in watch.pager.events if e.body["payload"]["severity"] == "critical"]


if __name__ == "__main__":
    main()
