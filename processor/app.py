"""The Faust worker; the only file that knows Faust.

Faust's idiomatic agents lose events when an exception escapes them, so all agents keep to one
narrow pattern (docs/decisions/0001): take a batch without acknowledging it, do the work in a
thread, acknowledge the whole batch in order; anything unexpected ends the process at once with
nothing acknowledged, and the supervisor restarts it.
"""

import asyncio
import contextlib
import faulthandler
import logging
import os
import ssl
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import faust
from faust.transport.drivers import aiokafka

from processor import config as settings
from processor.errors import OwnershipLost, SemwatchError, Stalled
from processor.exporter import Exporter
from processor.kafka import Record
from processor.keyed import Advance, Change, Entry, KeyedStage, Ticking
from processor.lease import Lease
from processor.observe import Observer

log = logging.getLogger("semwatch")

EXIT_FATAL = 70  # EX_SOFTWARE of sysexits.h: the supervisor restarts us
_LAG_SECONDS = 2.0
_TICK_SECONDS = 1.0

Event = Any  # faust.Event; Faust ships no usable types


_Work = Callable[[Sequence[Event], int], Awaitable[None]]


class App:
    """The worker: the observing agent, one for each table, and the pages that watch them.

    Args:
        config: all settings.
        observer: the observing stage.
        stages: those that keep a table.
        exporter: the metrics.
        ticking: that of the stages, if any, which must be told of the time when nothing comes.
    """

    def __init__(
        self,
        config: settings.Config,
        *,
        observer: Observer,
        stages: Sequence[KeyedStage],
        exporter: Exporter,
        ticking: Ticking | None = None,
    ) -> None:
        self._config = config
        self._observer = observer
        self._stages = tuple(stages)
        self._topics = {config.topics.events, *(stage.topic for stage in stages)}
        self._exporter = exporter
        self._lease = Lease(config.kafka.session_timeout_seconds / 2, _die)
        # One thread a stage: batches of a stage stay in order, and the event loop stays free.
        self._threads = {
            name: ThreadPoolExecutor(1, thread_name_prefix=name)
            for name in ("observe", *(stage.name for stage in stages))
        }
        self._settled = False
        self._acked: dict[tuple[str, int], int] = {}
        self._last_beat = self._last_batch = time.monotonic()
        self._faust = _faust(config)
        self._tables = {
            stage.name: [self._create_table(name) for name in stage.tables] for stage in stages
        }
        self._add_agents()
        self._add_pages()
        self._add_housekeeping()
        if ticking:
            self._add_ticks(ticking)

    def run(self) -> NoReturn:
        """Run until SIGTERM or SIGINT: drain, commit, leave the group, exit 0."""
        self._lease.start()
        _Worker(
            self._faust,
            stop_seconds=self._config.worker.stop_seconds,
            loglevel="WARN",
            quiet=True,
            redirect_stdouts=False,
            override_logging=False,
        ).execute_from_commandline()
        raise SystemExit(0)

    def _create_table(self, name: str) -> Any:
        return self._faust.Table(
            name,
            partitions=self._config.topics.partitions,
            key_type=bytes,
            value_type=bytes,
        )

    def _add_agents(self) -> None:
        works: dict[str, tuple[tuple[str, ...], _Work]] = {
            "observe": (self._config.topics.sources, self._observe)
        }
        works |= {stage.name: ((stage.topic,), self._keyed(stage)) for stage in self._stages}
        for name, (names, work) in works.items():
            source = self._faust.topic(
                *names, key_serializer="raw", value_serializer="raw", value_type=bytes
            )
            self._faust.agent(source, name=name, concurrency=1)(self._agent(work))

    def _agent(self, work: _Work) -> Callable[..., AsyncIterator[None]]:
        batch_events = self._config.worker.batch_events
        batch_seconds = self._config.worker.batch_seconds

        async def agent(stream: Any) -> AsyncIterator[None]:
            async for taken in stream.noack().noack_take(batch_events, within=batch_seconds):
                generation = self._faust.consumer_generation_id
                events = [e for e in taken if e.message.generation_id == generation]
                if not events:
                    continue  # taken before a rebalance: whoever owns them now reads them again
                try:
                    await work(events, generation)
                except asyncio.CancelledError:
                    raise
                # river's Rust panics are not an Exception.
                except BaseException as error:  # noqa: BLE001
                    _die(error)
                for event in events:
                    await stream.ack(event)
                    self._acked[event.message.tp] = event.message.offset
                self._last_batch = time.monotonic()
                yield

        return agent

    async def _observe(self, events: Sequence[Event], generation: int) -> None:
        records = [_record(event.message) for event in events]
        limit = self._config.worker.batch_events
        self._exporter.in_flight(len(records), limit=limit)
        try:
            await self._in_thread(
                "observe", self._observer.observe, records, generation, self._owner(generation)
            )
        finally:  # a rebalance may end it
            self._exporter.in_flight(0, limit=limit)

    def _keyed(self, stage: KeyedStage) -> _Work:
        tables = self._tables[stage.name]

        async def work(events: Sequence[Event], generation: int) -> None:
            start = time.perf_counter()
            records = [_record(event.message) for event in events]
            still_owner = self._owner(generation)
            advance: Advance = await self._in_thread(
                stage.name,
                stage.advance,
                [table.data for table in tables],
                records,
                generation,
                still_owner,
            )
            still_owner()
            for table, changes in zip(tables, advance.changes, strict=True):
                await _write(table, changes)
            advance.done()
            self._exporter.batch_done(stage.name, time.perf_counter() - start)

        return work

    def _owner(self, generation: int) -> Callable[[], None]:
        def still_owner() -> None:
            self._lease.check()
            if self._faust.consumer_generation_id != generation:
                raise OwnershipLost("the group was rebalanced while a batch was worked on")
            # Asked before anything is sent, so work goes on: a record may hold many interactions.
            self._last_batch = time.monotonic()

        return still_owner

    async def _in_thread(self, stage: str, function: Callable[..., Any], *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads[stage], function, *args)

    def _add_pages(self) -> None:
        @self._faust.page("/metrics")
        async def metrics(web: Any, request: Any) -> Any:
            body, content_type = self._exporter.expose(request.headers.get("accept"))
            return web.bytes(body, content_type=None, headers={"Content-Type": content_type})

        @self._faust.page("/livez")
        async def livez(web: Any, _request: Any) -> Any:
            problem = self._stalled()
            return web.text(problem or "ok", status=503 if problem else 200)

        @self._faust.page("/readyz")
        async def readyz(web: Any, _request: Any) -> Any:
            ready = self._settled
            return web.text(
                "ok" if ready else "joining or recovering", status=200 if ready else 503
            )

    def _stalled(self) -> str:
        limit = self._config.worker.stall_seconds
        now = time.monotonic()
        if now - self._last_beat > limit:
            return "the event loop does not turn"
        if now - self._last_batch > limit and any(self._lags().values()):
            return "records wait and no batch was finished"
        return ""

    def _add_housekeeping(self) -> None:
        @self._faust.task
        async def beat() -> None:
            while not self._faust.should_stop:
                self._last_beat = time.monotonic()
                if problem := self._stalled():
                    _die(Stalled(problem))
                for (topic, partition), lag in self._lags().items():
                    self._exporter.lagging(topic, partition, lag)
                await asyncio.sleep(_LAG_SECONDS)

        @self._faust.on_partitions_revoked.connect
        async def revoked(_app: Any, revoked: Any, **_: Any) -> None:
            self._settled = False
            self._acked.clear()  # another worker may go on from there
            for topic, partition in revoked:
                self._exporter.partition_left(topic, partition)
                self._leave(topic, partition)

        @self._faust.on_rebalance_complete.connect
        async def completed(_app: Any, **_: Any) -> None:
            # Faust resumes our partitions, seeks them, and then clears its queues; but with its
            # flow on, as after reading a changelog, records come in between and would be lost.
            self._faust.consumer.stop_flow()
            self._faust.flow_control.suspend()
            for stage in self._stages:
                await self._in_thread(stage.name, self._recover, stage)
            self._settled = True

    def _add_ticks(self, stage: Ticking) -> None:
        @self._faust.task
        async def tick() -> None:
            while not self._faust.should_stop:
                await asyncio.sleep(_TICK_SECONDS)
                if not self._settled:
                    continue
                try:
                    await self._in_thread(stage.name, stage.tick)
                except asyncio.CancelledError:
                    raise
                except Exception as error:  # noqa: BLE001 - as for a batch
                    _die(error)

    def _lags(self) -> dict[tuple[str, int], int]:
        consumer = self._faust.consumer
        with contextlib.suppress(Exception):  # it has no assignment before it has started
            return {
                tp: max(0, (consumer.highwater(tp) or 0) - self._next_offset(tp))
                for tp in consumer.assignment()
                if tp.topic in self._topics
            }
        return {}

    def _next_offset(self, tp: Any) -> int:
        if tp in self._acked:
            return self._acked[tp] + 1
        return self._faust.consumer._committed_offset.get(tp) or 0  # noqa: SLF001 - no other way

    def _leave(self, topic: str, partition: int) -> None:
        for stage in self._stages:
            if topic == stage.topic:  # behind its batch, for which the group will not wait
                self._threads[stage.name].submit(stage.left, partition)

    def _recover(self, stage: KeyedStage) -> None:
        """Hand a stage what its tables hold, and drop what is another worker's now."""
        consumer = self._faust.consumer
        owned = {tp.partition for tp in consumer.assignment() if tp.topic == stage.topic}
        entries: list[Entry] = []
        for table in self._tables[stage.name]:
            entries = [
                Entry(consumer.key_partition(stage.topic, stage.located_by(key)), key, state)
                for key, state in list(table.data.items())
            ]
            # Should they come back, the changelog is read again from its start.
            for entry in entries:
                if entry.partition not in owned:
                    table.data.pop(entry.key, None)
        stage.recovered(entry for entry in entries if entry.partition in owned)


async def _write(table: Any, changes: Mapping[bytes, Change]) -> None:
    """Change a table and its changelog, which the broker acknowledges."""
    for key, change in changes.items():
        if change.state is None:
            table.data.pop(key, None)
        else:
            table.data[key] = change.state
    await asyncio.gather(
        *(table.send_changelog(c.partition, key, c.state) for key, c in changes.items())
    )


def _faust(config: settings.Config) -> Any:
    kafka, topics, worker = config.kafka, config.topics, config.worker
    app = faust.App(
        kafka.group,
        broker=[f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(kafka),
        consumer_group_instance_id=kafka.instance_id or None,
        broker_session_timeout=kafka.session_timeout_seconds,
        broker_heartbeat_interval=kafka.session_timeout_seconds / 10,
        broker_commit_interval=kafka.commit_interval_seconds,
        broker_request_timeout=max(90.0, kafka.session_timeout_seconds * 3),
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=topics.max_message_bytes,
        producer_max_request_size=topics.max_message_bytes,
        stream_wait_empty=True,
        stream_buffer_maxsize=4 * worker.batch_events,
        topic_partitions=topics.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="semwatch-"),
        web_bind=worker.host,
        web_port=worker.port,
        web_in_thread=True,
        web_tables_enabled=False,
        web_router_enabled=False,
        # Otherwise a stray BROKER_URL in the environment would override all of this.
        env_prefix="SEMWATCH_FAUST_",
    )
    app.transport.Consumer = _Consumer  # type: ignore[misc] # of this app alone
    return app


class _Consumer(aiokafka.Consumer):
    """Faust's, with its rewinds at a rebalance made whole.

    Faust drops what is fetched while its flow is off, and trusts that a seek brings it back.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._fetching = asyncio.Lock()

    async def _getmany(self, *args: Any, **options: Any) -> Any:
        async with self._fetching:
            return await super()._getmany(*args, **options)

    async def seek_wait(self, partitions: Any) -> None:
        """Go to the given offsets of changelogs, when no fetch is under way.

        One from before the rebalance would move on from there, and the recovery wait for ever
        for what was dropped.
        """
        async with self._fetching:
            await super().seek_wait(partitions)

    async def perform_seek(self) -> None:
        """Go back to the committed offsets, or to the beginning where there is none yet."""
        await super().perform_seek()
        fresh = [
            self._new_topicpartition(*tp)
            for tp in self.assignment()
            if not self._committed_offset.get(tp) and not self._is_changelog_tp(tp)
        ]
        if fresh:
            await self._thread.seek_to_beginning(*fresh)

    async def verify_all_partitions_active(self) -> None:
        """Leave it to /livez: Faust's check only logs, and fails on a partition amid a seek."""


class _Worker(faust.Worker):
    """Faust's, with a stop that ends."""

    def __init__(self, app: faust.App, *, stop_seconds: float, **options: Any) -> None:
        super().__init__(app, **options)
        self._stop_seconds = stop_seconds

    async def stop(self) -> None:
        """Stop in good order; if that hangs, show the threads' stacks and exit with 1.

        The watch needs no interpreter, so it covers its teardown as well.
        """
        faulthandler.dump_traceback_later(self._stop_seconds, exit=True)
        await super().stop()


def _credentials(kafka: settings.Kafka) -> Any:
    context = _ssl_context(kafka) if "SSL" in kafka.security_protocol.split("_") else None
    if kafka.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password,
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def _ssl_context(kafka: settings.Kafka) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=kafka.ssl_ca_file or None)
    if kafka.ssl_certificate_file:
        context.load_cert_chain(kafka.ssl_certificate_file, kafka.ssl_key_file)
    return context


def _record(message: Any) -> Record:
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        time=message.timestamp,
        key=message.key,
        value=message.value,
        headers=tuple(message.headers or ()),
    )


def _die(error: BaseException) -> NoReturn:
    """End the process with nothing acknowledged; a graceful stop could hang or commit."""
    # The message of a foreign exception may hold text of a user; ours never do.
    message = f": {error}" if isinstance(error, SemwatchError) else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.critical("fatal: %s%s\n%s", type(error).__name__, message, frames)
    logging.shutdown()
    os._exit(EXIT_FATAL)
