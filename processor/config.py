"""One TOML file plus ``SEMWATCH_*`` environment overrides, checked before anything starts."""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from processor.errors import ConfigError

_Positive = Annotated[int, Meta(gt=0)]
_Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_Hours = Annotated[float, Meta(gt=0, le=24 * 365)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Text = Annotated[str, Meta(min_length=1)]


Format = Literal["auto", "native", "otlp_proto"]
"""What a topic holds; ``auto`` looks at each record, but must be told of OTLP in protobuf."""

DetectorName = Literal[
    "grounding",
    "hallucination",
    "neural",
    "commercial_claims",
    "citations",
    "self_contradiction",
    "self_consistency",
    "token_probability",
    "policy_violation",
    "intent_resolution",
]


SignalName = Literal[
    "grounding",
    "hallucination",
    "novel_content",
    "novel_numbers",
    "record_conflicts",
    "unsupported_claims",
    "hallucination_neural",
    "commercial_claims",
    "citations",
    "self_contradiction",
    "self_consistency",
    "policy_violation",
    "token_probability",
    "intent",
    "intent_resolution",
]

ProvenanceField = Literal[
    "model_hash",
    "prompt_version",
    "retrieval_snapshot",
    "sampling",
    "preprocessing_version",
    "embedding_model",
]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that it does not have is an error."""


class Kafka(_Section, frozen=True):
    """How to reach the brokers; one section, rendered for both Kafka clients."""

    bootstrap_servers: Annotated[_Text, Meta(description="Brokers, separated by commas.")] = (
        "localhost:9092"
    )
    group: Annotated[
        _Text, Meta(description="Consumer group, and the prefix of the changelog topic.")
    ] = "semwatch"
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Meta(description="How to talk to the brokers."),
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        Meta(description="Used with the SASL protocols."),
    ] = "SCRAM-SHA-512"
    sasl_username: Annotated[str, Meta(description="Used with the SASL protocols.")] = ""
    sasl_password: Annotated[
        str, Meta(description="Better in the environment than in the file.")
    ] = ""
    ssl_ca_file: Annotated[
        str, Meta(description="PEM file; empty for the system's authorities.")
    ] = ""
    ssl_certificate_file: Annotated[
        str, Meta(description="PEM file of our certificate; empty for none.")
    ] = ""
    ssl_key_file: Annotated[
        str, Meta(description="PEM file of our key; goes with the certificate.")
    ] = ""
    session_timeout_seconds: Annotated[
        _Seconds, Meta(description="After so long without a heartbeat another worker takes over.")
    ] = 30.0
    instance_id: Annotated[
        str,
        Meta(
            description="Names this worker to the group: restarted within the session timeout it "
            "has its partitions again without a rebalance. Unique; empty for none."
        ),
    ] = ""
    commit_interval_seconds: Annotated[
        _Seconds, Meta(description="How often acknowledged offsets are committed.")
    ] = 0.5


class Topics(_Section, frozen=True):
    """Names, partitions and retention of the topics; partitions are never changed later."""

    events: Annotated[_Text, Meta(description="Where the bots' events come from.")] = (
        "semwatch.events"
    )
    formats: Annotated[
        dict[_Text, Format],
        Meta(description="Format by topic; those other than `events` are read beside it."),
    ] = {}
    features: Annotated[_Text, Meta(description="Scores by series, for drift.")] = (
        "semwatch.features"
    )
    turns: Annotated[_Text, Meta(description="Turns by conversation, for their outcomes.")] = (
        "semwatch.turns"
    )
    verdicts: Annotated[_Text, Meta(description="One verdict an event.")] = "semwatch.verdicts"
    conversations: Annotated[
        _Text, Meta(description="The last verdict on every conversation; compacted.")
    ] = "semwatch.conversations"
    alarms: Annotated[_Text, Meta(description="Drift alarms.")] = "semwatch.alarms"
    dead_letters: Annotated[_Text, Meta(description="Records that hold no event.")] = (
        "semwatch.dead-letters"
    )
    evaluations: Annotated[
        str, Meta(description="The signals as OTLP JSON, for other tools; empty for none.")
    ] = ""
    joined: Annotated[
        tuple[_Text, ...],
        Meta(description="Those of OTLP spans whose traces come in several records: see `join`."),
    ] = ()
    spans: Annotated[_Text, Meta(description="Parts of such traces, by trace.")] = "semwatch.spans"
    traces: Annotated[
        _Text, Meta(description="Their calls with their documents, to be judged.")
    ] = "semwatch.traces"
    partitions: Annotated[_Positive, Meta(description="Of every topic; never changed later.")] = 8
    replication: Annotated[_Positive, Meta(description="Copies of every topic.")] = 1
    retention_hours: Annotated[
        _Positive,
        Meta(
            description="How long events, dead letters and what is between the stages are kept; "
            "longer than any outage."
        ),
    ] = 168
    verdict_hours: Annotated[
        _Positive,
        Meta(
            description="How long verdicts, alarms and conversations are kept: they hold no text, "
            "and explain an answer months later."
        ),
    ] = 4320
    max_message_bytes: Annotated[
        _Positive, Meta(description="The largest record that the topics take.")
    ] = 8 << 20

    @property
    def sources(self) -> tuple[str, ...]:
        """The topics that events are read from: those that bots write to, and joined traces."""
        joined = (self.traces,) if self.joined else ()
        return tuple(dict.fromkeys((self.events, *self.formats, *joined)))

    def format_of(self, topic: str) -> Format:
        """Return what a topic holds."""
        if self.joined and topic == self.traces:
            return "otlp_proto"
        return self.formats.get(topic, "auto")


class Worker(_Section, frozen=True):
    """The stream processor itself."""

    host: Annotated[_Text, Meta(description="Address of /metrics, /livez and /readyz.")] = (
        "127.0.0.1"
    )
    port: Annotated[Annotated[int, Meta(ge=1, le=65535)], Meta(description="Port of the same.")] = (
        8088
    )
    batch_events: Annotated[
        _Positive, Meta(description="At most so many records are judged together.")
    ] = 64
    batch_seconds: Annotated[_Seconds, Meta(description="How long a batch waits to fill.")] = 0.05
    stall_seconds: Annotated[
        _Seconds,
        Meta(description="Records waiting so long with no batch finished end the worker with 70."),
    ] = 120.0
    stop_seconds: Annotated[
        _Seconds,
        Meta(
            description="A stop that takes longer ends with 1; nothing is lost. Less than the "
            "supervisor's patience."
        ),
    ] = 45.0
    max_event_bytes: Annotated[
        _Positive, Meta(description="A longer event goes to the dead letters.")
    ] = 1 << 20
    detectors: Annotated[
        tuple[DetectorName, ...], Meta(description="What to run; empty for none.")
    ] = (
        "grounding",
        "hallucination",
        "commercial_claims",
        "citations",
        "self_contradiction",
        "self_consistency",
        "token_probability",
        "policy_violation",
        "intent_resolution",
    )


class Embedding(_Section, frozen=True):
    """The sentence encoder."""

    model: Annotated[
        str, Meta(description="Directory or hub name; empty for the packaged all-MiniLM-L6-v2.")
    ] = ""
    backend: Annotated[
        Literal["torch", "openvino"], Meta(description="What runs the model; openvino is an extra.")
    ] = "torch"
    precision: Annotated[
        Literal["f32", "bf16"],
        Meta(description="bf16 is faster on CPUs that have it, slower on others."),
    ] = "f32"
    threads: Annotated[
        Annotated[int, Meta(ge=0)], Meta(description="Of the backend; 0 for one per core.")
    ] = 0
    cache_texts: Annotated[
        _Positive, Meta(description="How many texts to remember; 1.6 kB each.")
    ] = 50_000
    sha256: Annotated[
        str, Meta(description="Expected digest of model.safetensors; empty accepts any.")
    ] = ""


class Grounding(_Section, frozen=True):
    """The grounding detector."""

    threshold: Annotated[_Share, Meta(description="A lower grounding is labelled ungrounded.")] = (
        0.5
    )


class Hallucination(_Section, frozen=True):
    """The calibrated score of unsupported claims, and its parts."""

    model: Annotated[
        str, Meta(description="File of `make fit-hallucination`; empty for the packaged one.")
    ] = ""
    threshold: Annotated[
        _Share, Meta(description="From it on an answer is hallucinated; 0 for the model's own.")
    ] = 0.0


class Neural(_Section, frozen=True):
    """A classifier of tokens or claims, run where `worker.detectors` names it."""

    model: Annotated[str, Meta(description="Directory or hub name; needed to run it.")] = ""
    revision: Annotated[
        str, Meta(description="Commit of a hub name, 40 hexadecimal digits; a branch can move.")
    ] = ""
    sha256: Annotated[
        str, Meta(description="Expected digest of model.safetensors; empty accepts any.")
    ] = ""
    threshold: Annotated[
        _Share, Meta(description="From it on a token or claim is hallucinated.")
    ] = 0.5
    window: Annotated[_Positive, Meta(description="The longest row in tokens.")] = 512
    tokens_per_event: Annotated[
        _Positive, Meta(description="What one event may cost at most, in tokens read.")
    ] = 4096
    threads: Annotated[
        Annotated[int, Meta(ge=0)], Meta(description="Of torch; 0 for one per core.")
    ] = 1
    prompt: Annotated[
        Literal["", "lettucedetect", "plain"],
        Meta(description="How the model was shown its input; empty for what its kind expects."),
    ] = ""
    cascade: Annotated[
        bool, Meta(description="Run it only where the hallucination score is within `band`.")
    ] = False
    band: Annotated[
        tuple[_Share, _Share], Meta(description="The lowest and the highest undecided score.")
    ] = (0.15, 0.6)


class CommercialClaims(_Section, frozen=True):
    """Promises of the answer, held against passages, record and catalogue."""

    catalogue: Annotated[
        str, Meta(description="YAML or JSON file of what may be promised; reloaded on change.")
    ] = ""


class SelfConsistency(_Section, frozen=True):
    """Agreement of the answer with other samples for the same prompt."""

    threshold: Annotated[_Share, Meta(description="A lower score is labelled inconsistent.")] = 0.5


class TokenProbability(_Section, frozen=True):
    """The model's own probability of its tokens, where they are logged."""

    threshold: Annotated[_Share, Meta(description="A lower score is labelled unsure.")] = 0.5


class Policy(_Section, frozen=True):
    """The rules of the policy detector."""

    rules: Annotated[
        tuple[_Text, ...],
        Meta(
            description="YAML files, reloaded on change; `starter` for the rules that come with "
            "semwatch, `starter:secrets` for one file of them."
        ),
    ] = ("starter",)
    disabled: Annotated[tuple[_Text, ...], Meta(description="Ids of rules to leave out.")] = ()
    embeddings: Annotated[
        bool,
        Meta(
            description="Whether learned rules read the embedding of a text too; they were fitted "
            "for the packaged encoder."
        ),
    ] = True
    masking: Annotated[
        Literal["off", "shape", "ends"],
        Meta(
            description="What excerpts in verdicts show: nothing, `Xxxx 0000`, or that with the "
            "first and last two characters."
        ),
    ] = "off"


class IntentResolution(_Section, frozen=True):
    """What users want, by a team's exemplars."""

    intents: Annotated[
        str, Meta(description="YAML file of intents; reloaded on change; empty for none.")
    ] = ""


class Conversations(_Section, frozen=True):
    """How conversations end; all hours are the stream's, not the clock's."""

    window_hours: Annotated[
        _Hours, Meta(description="After so long without a word an intent has ended.")
    ] = 24.0
    memory_hours: Annotated[
        _Hours, Meta(description="Who comes back within it revokes the outcome.")
    ] = 168.0
    lateness_seconds: Annotated[
        Annotated[float, Meta(ge=0, le=3600)],
        Meta(description="How long a turn waits for those that were said before it."),
    ] = 30.0
    model: Annotated[
        str, Meta(description="JSON file of a fitted outcome model; empty for the rules alone.")
    ] = ""
    max_conversations: Annotated[
        _Positive, Meta(description="More at a time a worker are refused and counted.")
    ] = 500_000


class Join(_Section, frozen=True):
    """How calls wait for the documents of their trace, in the topics of `topics.joined`."""

    wait_seconds: Annotated[
        _Seconds, Meta(description="So long a call waits; its verdict comes as much later.")
    ] = 10.0
    memory_seconds: Annotated[
        _Seconds, Meta(description="So long after its last part a trace's documents are kept.")
    ] = 120.0
    max_traces: Annotated[
        _Positive, Meta(description="Of more at a time a worker the calls do not wait.")
    ] = 5_000


class Drift(_Section, frozen=True):
    """What is watched per series, and how."""

    signals: Annotated[
        tuple[SignalName, ...], Meta(description="The signals whose scores are charted.")
    ] = ("grounding",)
    rates: Annotated[
        tuple[_Text, ...],
        Meta(description="`signal=label`: how often a signal has a label is charted."),
    ] = ("commercial_claims=unauthorised",)
    embeddings: Annotated[
        bool, Meta(description="Whether prompts and answers are embedded for the charts.")
    ] = True
    baseline_events: Annotated[
        Annotated[int, Meta(ge=100)], Meta(description="Events that make a baseline.")
    ] = 2000
    baseline_hours: Annotated[
        Annotated[float, Meta(ge=0)],
        Meta(description="What a baseline spans at least, such as a day; 0 for any time."),
    ] = 0.0
    arl: Annotated[
        Annotated[float, Meta(ge=1000)],
        Meta(description="Quiet events to a false alarm of a series, all charts together."),
    ] = 100_000.0
    slack: Annotated[
        Annotated[float, Meta(ge=0, le=2)],
        Meta(description="A shifted mean that a page tolerates, in standard deviations."),
    ] = 0.5
    tolerance: Annotated[
        Annotated[float, Meta(ge=1)], Meta(description="A rate may be so many times its baseline.")
    ] = 1.5
    cooldown_events: Annotated[
        _Positive, Meta(description="Calm events that release an alarm; silence after its ack.")
    ] = 2000
    restart_on: Annotated[
        tuple[ProvenanceField, ...],
        Meta(description="A change of these begins a new baseline at once."),
    ] = ()
    compare_on: Annotated[
        tuple[ProvenanceField, ...],
        Meta(description="A change of these begins one, the old one serves until it is complete."),
    ] = ()
    delta: Annotated[
        Annotated[float, Meta(gt=0, lt=1)],
        Meta(description="Confidence of the adaptive windows that dashboards show."),
    ] = 0.002
    max_series: Annotated[
        _Positive, Meta(description="More series than this are refused and counted.")
    ] = 10_000


class Training(_Section, frozen=True):
    """Which answers must not become training data."""

    signals: Annotated[
        tuple[SignalName, ...], Meta(description="An answer is excluded where one of these is bad.")
    ] = (
        "grounding",
        "hallucination",
        "hallucination_neural",
        "commercial_claims",
        "citations",
        "self_contradiction",
        "self_consistency",
        "policy_violation",
    )
    required: Annotated[
        tuple[SignalName, ...],
        Meta(
            description="An answer is excluded where one of these could not judge it, for want of "
            "evidence too."
        ),
    ] = ("hallucination", "policy_violation")


class Labels(_Section, frozen=True):
    """Which values metric labels may take; what is beyond them is counted as ``other``."""

    apps: Annotated[
        tuple[str, ...],
        Meta(description="The only values of the label app; empty admits the first max_values."),
    ] = ()
    routes: Annotated[tuple[str, ...], Meta(description="The same for route.")] = ()
    models: Annotated[tuple[str, ...], Meta(description="The same for model.")] = ()
    intents: Annotated[tuple[str, ...], Meta(description="The same for intent.")] = ()
    max_values: Annotated[_Positive, Meta(description="Further values are counted as other.")] = 50


class Redaction(_Section, frozen=True):
    """One rule of what must not leave the host."""

    path: Annotated[
        str | tuple[_Text, ...],
        Meta(description="Keys from the outside in; `*` is any key, `**` any depth."),
    ]
    action: Literal["drop", "mask", "hash"]
    pattern: Annotated[
        str, Meta(description="RE2; only what it finds is masked or hashed. Empty for all.")
    ] = ""


class Ship(_Section, frozen=True):
    """The sidecar `semwatch ship`, from log files to Kafka."""

    paths: Annotated[
        tuple[_Text, ...],
        Meta(description="JSONL files as glob patterns, found with their rotations; `-` is stdin."),
    ] = ()
    topic: Annotated[str, Meta(description="Where to; empty for topics.events.")] = ""
    checkpoint: Annotated[
        _Text, Meta(description="File that says how far is acknowledged; keep it with the logs.")
    ] = "semwatch-ship.json"
    first_start: Annotated[
        Literal["beginning", "end"],
        Meta(description="Where to begin in what is there when no checkpoint is."),
    ] = "beginning"
    key: Annotated[
        tuple[_Text, ...],
        Meta(description="Paths of the Kafka key, the first that is there; turns stay in order."),
    ] = ("conversation_id", "id")
    queue_bytes: Annotated[
        _Positive, Meta(description="With so much read and not acknowledged, reading waits.")
    ] = 32 << 20
    quiet_seconds: Annotated[
        _Seconds, Meta(description="A rotated file that did not grow for so long has ended.")
    ] = 5.0
    drain_seconds: Annotated[
        _Seconds, Meta(description="How long SIGTERM waits for what is not acknowledged yet.")
    ] = 20.0
    checkpoint_seconds: Annotated[
        _Seconds, Meta(description="How often the checkpoint is written, if it has changed.")
    ] = 1.0
    not_json: Annotated[
        Literal["", "ship", "refuse"],
        Meta(description="A line without JSON; empty: refuse where `redact` has rules, else ship."),
    ] = ""
    hash_key: Annotated[
        str, Meta(description="Secret of the hashes; better in the environment than in the file.")
    ] = ""
    redact: Annotated[
        tuple[Redaction, ...],
        Meta(description="Rules, in order: tables `[[ship.redact]]` with path, action, pattern."),
    ] = ()
    host: Annotated[_Text, Meta(description="Address of its /metrics, /livez and /readyz.")] = (
        "127.0.0.1"
    )
    port: Annotated[Annotated[int, Meta(ge=0, le=65535)], Meta(description="Port of the same.")] = (
        8089
    )


class Config(_Section, frozen=True):
    """All of semwatch's settings, with their defaults."""

    kafka: Kafka = Kafka()
    topics: Topics = Topics()
    worker: Worker = Worker()
    embedding: Embedding = Embedding()
    grounding: Grounding = Grounding()
    hallucination: Hallucination = Hallucination()
    neural: Neural = Neural()
    commercial_claims: CommercialClaims = CommercialClaims()
    self_consistency: SelfConsistency = SelfConsistency()
    token_probability: TokenProbability = TokenProbability()
    policy: Policy = Policy()
    intent_resolution: IntentResolution = IntentResolution()
    conversations: Conversations = Conversations()
    join: Join = Join()
    drift: Drift = Drift()
    training: Training = Training()
    labels: Labels = Labels()
    ship: Ship = Ship()


def markdown() -> str:
    """Return the settings as the page docs/configuration.md."""
    lines = [
        "# Configuration",
        "",
        "Generated from `processor/config.py` by `make docs`; do not edit.",
        "",
        "One TOML file, given by `--config` or `SEMWATCH_CONFIG`; all of it is optional.",
        "A variable `SEMWATCH_<SECTION>_<KEY>` overrides the file; lists are separated by commas,",
        "as are the pairs of a table: `topic=format`.",
        "What cannot be used stops the start with file, key and value.",
        "`semwatch config check` prints what the settings come to.",
    ]
    definitions = msgspec.json.schema(Config)["$defs"]
    for section in Config.__struct_fields__:
        definition = definitions[section.title().replace("_", "")]
        lines += ["", f"## `[{section}]`", "", definition["description"], ""]
        lines += ["| key | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{key}` | `{json.dumps(setting['default'])}` | {setting['description']} |"
            for key, setting in definition["properties"].items()
        ]
    return "\n".join(lines) + "\n"


_PREFIX = "SEMWATCH_"
_FILE = "SEMWATCH_CONFIG"  # the path of this file
# Read elsewhere: Faust's own settings, the suite's own switches.
_NOT_SETTINGS = ("SEMWATCH_FAUST_", "SEMWATCH_TEST_")


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the settings: defaults, then the file, then the environment.

    A variable is ``SEMWATCH_<SECTION>_<KEY>``; lists are separated by commas,
    and pairs of a table too: ``topic=format``.

    Raises:
        ConfigError: file, key and value of what cannot be used.
    """
    if path is None and environ.get(_FILE):
        path = Path(environ[_FILE])
    document = _read(path) if path else {}
    config = _convert(document, str(path))
    for name, section, key, value in _overrides(environ):
        document.setdefault(section, {})[key] = value
        config = _convert(document, f"environment variable {name}", value=value, lax=True)
    _check(config, str(path or "defaults"))
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _overrides(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    settings = {
        f"{_PREFIX}{section}_{key}".upper(): (section, key)
        for section in Config.__struct_fields__
        for key in type(getattr(Config(), section)).__struct_fields__
    }
    for name in sorted(environ):
        if not name.startswith(_PREFIX) or name == _FILE or name.startswith(_NOT_SETTINGS):
            continue
        if name not in settings:
            raise ConfigError(f"environment variable {name}: no such setting")
        section, key = settings[name]
        value: Any = environ[name]
        default = getattr(getattr(Config(), section), key)
        if isinstance(default, tuple | dict):
            value = [item.strip() for item in value.split(",") if item.strip()]
        if isinstance(default, dict):
            value = {k.strip(): v.strip() for k, _, v in (item.partition("=") for item in value)}
        yield name, section, key, value


def _convert(
    document: dict[str, Any], place: str, *, value: Any = None, lax: bool = False
) -> Config:
    try:
        return msgspec.convert(document, Config, strict=not lax)
    except msgspec.ValidationError as error:
        shown = value if lax else _value_at(document, str(error))
        raise ConfigError(f"{place}: {error}, value {_masked(str(error), shown)}") from error


def _value_at(document: Any, message: str) -> Any:
    """Follow the path that a validation message names, such as ``$.kafka.group``."""
    path = re.findall(r"\w+", message.rpartition("`$")[2]) if "`$" in message else []
    for key in path + re.findall(r"unknown field `(.*?)`", message):
        if not isinstance(document, dict) or key not in document:
            break
        document = document[key]
    return document


def _masked(message: str, value: Any) -> str:
    # A table may hold the password, and an unknown key of [kafka] may be meant as the password's.
    secret = "{" in repr(value) or re.search(
        "password|hash_key|unknown field .*(kafka|ship)", message
    )
    return "(hidden)" if secret else repr(value)


def _check(config: Config, place: str) -> None:
    """Refuse settings that are each valid and together are not."""
    kafka, topics = config.kafka, config.topics
    if kafka.security_protocol.startswith("SASL") and not kafka.sasl_username:
        raise ConfigError(
            f"{place}: kafka.sasl_username is empty, security_protocol is "
            f"{kafka.security_protocol!r}"
        )
    if bool(kafka.ssl_certificate_file) != bool(kafka.ssl_key_file):
        raise ConfigError(
            f"{place}: kafka.ssl_certificate_file and kafka.ssl_key_file go together, "
            f"values {kafka.ssl_certificate_file!r} and {kafka.ssl_key_file!r}"
        )
    for key in ("ssl_ca_file", "ssl_certificate_file", "ssl_key_file"):
        file = getattr(kafka, key)
        if file and not Path(file).is_file():
            raise ConfigError(f"{place}: kafka.{key}: no such file, value {file!r}")
    if len(set(config.worker.detectors)) < len(config.worker.detectors):
        raise ConfigError(f"{place}: worker.detectors: repeated, value {config.worker.detectors!r}")
    if topics.verdict_hours < topics.retention_hours:
        raise ConfigError(
            f"{place}: topics.verdict_hours is below topics.retention_hours, an event would "
            f"outlive its verdict, values {topics.verdict_hours!r} and {topics.retention_hours!r}"
        )
    _check_join(config, place)
    _check_neural(config, place)
    _check_drift(config.drift, place)
    names = [
        *topics.sources,
        *(topics.features, topics.turns, topics.verdicts),
        *(topics.conversations, topics.alarms, topics.dead_letters),
        *((topics.evaluations,) if topics.evaluations else ()),
        *((topics.spans,) if topics.joined else ()),
    ]
    if len(set(names)) < len(names):
        raise ConfigError(f"{place}: topics: names must differ, values {tuple(names)!r}")


def _check_join(config: Config, place: str) -> None:
    topics, join = config.topics, config.join
    bots = {topics.events, *topics.formats}
    if unread := sorted(set(topics.joined) - bots):
        raise ConfigError(f"{place}: topics.joined: not among the topics read, value {unread!r}")
    if topics.joined and topics.traces in bots:
        raise ConfigError(f"{place}: topics: names must differ, value {topics.traces!r}")
    if join.memory_seconds < join.wait_seconds:
        raise ConfigError(
            f"{place}: join.memory_seconds is below join.wait_seconds, "
            f"values {join.memory_seconds!r} and {join.wait_seconds!r}"
        )


def _check_neural(config: Config, place: str) -> None:
    neural, detectors = config.neural, config.worker.detectors
    if ("neural" in detectors) != bool(neural.model):
        raise ConfigError(
            f"{place}: neural.model and `neural` in worker.detectors go together, "
            f"values {neural.model!r} and {detectors!r}"
        )
    if neural.cascade and not {"hallucination", "neural"} <= set(detectors):
        raise ConfigError(
            f"{place}: neural.cascade needs `hallucination` and `neural` in worker.detectors, "
            f"value {detectors!r}"
        )
    if neural.band[0] > neural.band[1]:
        raise ConfigError(f"{place}: neural.band does not ascend, value {neural.band!r}")


def _check_drift(drift: Drift, place: str) -> None:
    for rate in drift.rates:
        signal, _, label = rate.partition("=")
        if signal not in get_args(SignalName) or not label:
            raise ConfigError(
                f"{place}: drift.rates: want signal=label, of a known signal, value {rate!r}"
            )
    both = set(drift.restart_on) & set(drift.compare_on)
    if both:
        raise ConfigError(
            f"{place}: drift.restart_on and drift.compare_on exclude each other, "
            f"value {sorted(both)!r}"
        )
