"""Settings come from defaults, file and environment, and what is wrong stops the start."""

import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from processor.cli import main
from processor.config import Config, Kafka, Topics, load, markdown
from processor.errors import ConfigError

SECRET = "hunter2"  # noqa: S105 - the word that must not be seen


def write(directory: Path, text: str) -> Path:
    """Return a file with that text."""
    file = directory / "semwatch.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_file_and_variables_the_defaults_hold() -> None:
    """Nothing needs to be set."""
    assert load(environ={}) == Config()


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    """Every key is optional."""
    assert load(write(tmp_path, ""), environ={}) == Config()


def test_the_file_changes_what_it_names(tmp_path: Path) -> None:
    """The other keys of a table keep their defaults."""
    config = load(write(tmp_path, '[kafka]\ngroup = "a"\n[worker]\ndetectors = []\n'), environ={})

    assert config.kafka == Kafka(group="a")
    assert config.worker.detectors == ()


def test_every_topic_with_a_format_is_read(tmp_path: Path) -> None:
    """Beside the topic of events, which may have a format too."""
    text = '[topics]\nevents = "a"\n[topics.formats]\na = "native"\nb = "otlp_proto"\n'

    assert load(write(tmp_path, text), environ={}).topics.sources == ("a", "b")
    assert Config().topics.sources == ("semwatch.events",)


def test_a_variable_names_the_file(tmp_path: Path) -> None:
    """SEMWATCH_CONFIG serves where no option can be given."""
    file = write(tmp_path, '[kafka]\ngroup = "a"\n')

    assert load(environ={"SEMWATCH_CONFIG": str(file)}).kafka.group == "a"


def test_the_option_goes_before_the_variable(tmp_path: Path) -> None:
    """Who names a file means that file."""
    file = write(tmp_path, '[kafka]\ngroup = "a"\n')

    assert load(file, environ={"SEMWATCH_CONFIG": "/nowhere.toml"}).kafka.group == "a"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """What is deployed once is adjusted per place."""
    file = write(tmp_path, '[kafka]\ngroup = "a"\nbootstrap_servers = "a:1"\n')
    config = load(file, environ={"SEMWATCH_KAFKA_GROUP": "b"})

    assert (config.kafka.group, config.kafka.bootstrap_servers) == ("b", "a:1")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("WORKER_PORT", "9000", 9000, id="integer"),
        pytest.param("GROUNDING_THRESHOLD", "0.25", 0.25, id="number"),
        pytest.param("KAFKA_SASL_PASSWORD", "8", "8", id="text of digits"),
        pytest.param("LABELS_APPS", "a", ("a",), id="list of one"),
        pytest.param("LABELS_APPS", " a, b ,,c d", ("a", "b", "c d"), id="list"),
        pytest.param("LABELS_APPS", "", (), id="empty list"),
        pytest.param("DRIFT_MAX_SERIES", "7", 7, id="key of two words"),
        pytest.param(
            "TOPICS_FORMATS",
            "spans=otlp_proto, logs = auto",
            {"spans": "otlp_proto", "logs": "auto"},
            id="table",
        ),
    ],
)
def test_a_variable_is_read_as_its_key_wants(name: str, text: str, expected: object) -> None:
    """Variables are text; lists are separated by commas."""
    section, _, key = name.lower().partition("_")
    config = load(environ={f"SEMWATCH_{name}": text})

    assert getattr(getattr(config, section), key) == expected


@pytest.mark.parametrize(
    "name",
    ["PATH", "SEMWATCH", "semwatch_kafka_group", "SEMWATCH_FAUST_X", "SEMWATCH_TEST_KAFKA"],
)
def test_other_variables_are_not_ours(name: str) -> None:
    """The environment is full of them."""
    assert load(environ={name: "x"}) == Config()


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        pytest.param("[kafka]\nbrokers = 1\n", "`brokers` - at `$.kafka`", "", id="unknown key"),
        pytest.param("[worker]\nprot = 80\n", "`prot` - at `$.worker`", "80", id="misspelt key"),
        pytest.param("[kafak]\ngroup = 'a'\n", "`kafak`", "", id="unknown table"),
        pytest.param("[worker]\nport = '80'\n", "`$.worker.port`", "'80'", id="wrong type"),
        pytest.param("[worker]\nport = true\n", "`$.worker.port`", "True", id="boolean"),
        pytest.param("[worker]\nport = 70000\n", "`$.worker.port`", "70000", id="beyond"),
        pytest.param("[topics]\npartitions = 0\n", "`$.topics.partitions`", "0", id="not positive"),
        pytest.param("[kafka]\ngroup = ''\n", "`$.kafka.group`", "''", id="empty"),
        pytest.param(
            "[grounding]\nthreshold = nan\n", "`$.grounding.threshold`", "nan", id="not a number"
        ),
        pytest.param(
            "[embedding]\nbackend = 'onnx'\n", "`$.embedding.backend`", "'onnx'", id="no choice"
        ),
        pytest.param(
            "[worker]\ndetectors = ['grounding', 'x']\n",
            "`$.worker.detectors[1]`",
            "['grounding', 'x']",
            id="in a list",
        ),
        pytest.param("kafka = 5\n", "`$.kafka`", "5", id="no table"),
        pytest.param(
            "[topics.formats]\nspans = 'otel'\n", "`$.topics.formats", "'otel'", id="no format"
        ),
        pytest.param(
            "[topics.formats]\n'semwatch.alarms' = 'auto'\n",
            "topics",
            "'semwatch.alarms'",
            id="an outcome as a source",
        ),
        pytest.param(
            "[topics]\nevents = 'a'\nalarms = 'a'\n", "topics", "'a'", id="topics that are one"
        ),
        pytest.param(
            "[kafka]\nssl_ca_file = '/no/ca'\n", "kafka.ssl_ca_file", "'/no/ca'", id="no such file"
        ),
        pytest.param(
            "[kafka]\nssl_key_file = 'k'\n", "kafka.ssl_key_file", "'k'", id="key, no certificate"
        ),
        pytest.param(
            "[kafka]\nsecurity_protocol = 'SASL_SSL'\n",
            "kafka.sasl_username",
            "'SASL_SSL'",
            id="SASL without a user",
        ),
        pytest.param("[kafka\n", "line 1", "", id="no TOML"),
        pytest.param("a = 1\na = 2\n", "line 2", "", id="key twice"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, key: str, value: str) -> None:
    """The message holds the file, the key and the value."""
    file = write(tmp_path, text)

    with pytest.raises(ConfigError, match=rf"{re.escape(str(file))}: .*{re.escape(key)}") as caught:
        load(file, environ={})
    assert value in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("KAFKA_GRUOP", "a", "no such setting", id="unknown key"),
        pytest.param("KAFKA", "a", "no such setting", id="no key"),
        pytest.param("CONFIG_FILE", "a", "no such setting", id="like the variable of the file"),
        pytest.param("WORKER_PORT", "http", "`$.worker.port`, value 'http'", id="wrong type"),
        pytest.param("WORKER_PORT", "", "`$.worker.port`, value ''", id="empty"),
        pytest.param("DRIFT_DELTA", "1.5", "`$.drift.delta`, value '1.5'", id="beyond"),
        pytest.param(
            "WORKER_DETECTORS", "x", "`$.worker.detectors[0]`, value ['x']", id="in a list"
        ),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(name: str, value: str, said: str) -> None:
    """The message holds the variable, the key and the value."""
    with pytest.raises(ConfigError) as caught:
        load(environ={f"SEMWATCH_{name}": value})

    assert str(caught.value).startswith(f"environment variable SEMWATCH_{name}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "content", [pytest.param(None, id="missing"), pytest.param(b"\xff", id="no UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A misspelt path is no reason to run on defaults."""
    file = tmp_path / "semwatch.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=re.escape(str(file))):
        load(file, environ={})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("brokers = 1", id="unknown key beside it"),
        pytest.param("bootstrap_servers = 1", id="wrong type beside it"),
        pytest.param("security_protocol = 'SASL_SSL'", id="no user"),
        pytest.param("[oops]", id="unknown table"),
        pytest.param("group = ", id="no TOML after it"),
        pytest.param(f"sasl_password = '{SECRET}'", id="twice"),
        pytest.param(f"sasl_pasword = '{SECRET}'", id="misspelt"),
        pytest.param(f"sasl_secret = '{SECRET}'", id="misnamed"),
    ],
)
@pytest.mark.parametrize("table", ["[kafka]", "[[kafka]]"])
def test_a_password_is_never_shown(tmp_path: Path, table: str, text: str) -> None:
    """Whatever else is wrong with the file, the message is safe to pass on."""
    file = write(tmp_path, f"{table}\nsasl_password = '{SECRET}'\n{text}\n")

    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert SECRET not in str(caught.value)


def test_a_password_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    """Digits without quotes are the likely slip."""
    with pytest.raises(ConfigError, match=r"`\$.kafka.sasl_password`") as caught:
        load(write(tmp_path, "[kafka]\nsasl_password = 271828\n"), environ={})

    assert "271828" not in str(caught.value)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose environment holds no settings."""
    monkeypatch.delenv("SEMWATCH_CONFIG", raising=False)
    return CliRunner()


def test_the_check_prints_what_it_would_run_with(command: CliRunner, tmp_path: Path) -> None:
    """The output is a file that says the same."""
    file = write(tmp_path, '[kafka]\ngroup = "a"\n')
    result = command.invoke(main, ["config", "check", "--config", str(file)])

    assert result.exit_code == 0
    assert msgspec.toml.decode(result.output, type=Config) == Config(kafka=Kafka(group="a"))


@pytest.mark.parametrize("setting", ["[kafka]\nsasl_password", "[ship]\nhash_key"])
def test_the_check_hides_a_secret(command: CliRunner, tmp_path: Path, setting: str) -> None:
    """That there is one may be seen."""
    file = write(tmp_path, f"{setting} = '{SECRET}'\n")
    result = command.invoke(main, ["config", "check", "--config", str(file)])

    assert SECRET not in result.output
    assert "(hidden)" in result.output


@pytest.mark.parametrize("key", ["hash_key", "hash_kye"])
def test_a_secret_that_cannot_be_used_is_not_shown(tmp_path: Path, key: str) -> None:
    """Nor one under a misspelt key."""
    file = write(tmp_path, f"[ship]\n{key} = ['{SECRET}']\n")
    with pytest.raises(ConfigError) as caught:
        load(file, {})

    assert SECRET not in str(caught.value)


def test_the_check_fails_on_what_the_worker_would(command: CliRunner, tmp_path: Path) -> None:
    """Its exit status says so, without a traceback."""
    file = write(tmp_path, "[worker]\nport = 0\n")
    result = command.invoke(main, ["config", "check", "--config", str(file)])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {file}: ")


def test_every_key_is_on_the_page() -> None:
    """The page is made from the settings, each with a meaning."""
    page = markdown()

    for section in Config.__struct_fields__:
        assert f"## `[{section}]`" in page
        for key in type(getattr(Config(), section)).__struct_fields__:
            assert re.search(rf"^\| `{key}` \| `.*` \| \S.*\. \|$", page, re.MULTILINE)


def test_no_event_outlives_its_verdict() -> None:
    """Read again, it would be judged again."""
    with pytest.raises(ConfigError, match=r"topics.verdict_hours .* values 5 and 168"):
        load(environ={"SEMWATCH_TOPICS_VERDICT_HOURS": "5"})


@pytest.mark.parametrize("key", ["TRAINING_SIGNALS", "TRAINING_REQUIRED", "DRIFT_SIGNALS"])
def test_only_signals_that_there_are_can_be_named(key: str) -> None:
    """A slip would let every invention through, or keep every answer out."""
    with pytest.raises(ConfigError, match=r"Invalid enum value 'halucination'"):
        load(environ={f"SEMWATCH_{key}": "halucination"})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"RATES": "grounding"}, "drift.rates: want signal=label", id="no label"),
        pytest.param({"RATES": "halucination=x"}, "value 'halucination=x'", id="no such signal"),
        pytest.param(
            {"RESTART_ON": "model_hash", "COMPARE_ON": "model_hash"}, "exclude", id="both"
        ),
    ],
)
def test_drift_settings_must_make_sense(settings: dict[str, str], message: str) -> None:
    """A rate needs a signal and a label, a migration one policy."""
    environ = {f"SEMWATCH_DRIFT_{key}": value for key, value in settings.items()}

    with pytest.raises(ConfigError, match=message):
        load(environ=environ)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "[topics]\njoined = ['spans']\n",
            "topics.joined: not among the topics read, value ['spans']",
            id="not read",
        ),
        pytest.param(
            "[topics]\njoined = ['a']\nformats = {a = 'auto', \"semwatch.traces\" = 'auto'}\n",
            "topics: names must differ, value 'semwatch.traces'",
            id="joined traces among the sources",
        ),
        pytest.param(
            "[join]\nwait_seconds = 20\nmemory_seconds = 10\n",
            "join.memory_seconds is below join.wait_seconds, values 10.0 and 20.0",
            id="forgotten before they are due",
        ),
    ],
)
def test_settings_of_joining_must_make_sense(tmp_path: Path, text: str, message: str) -> None:
    """A topic that nobody reads would be joined by nobody."""
    file = tmp_path / "semwatch.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(file, {})

    assert message in str(raised.value)


def test_joined_traces_are_read_only_where_some_are_joined() -> None:
    """They come back as records of a topic of their own, in protobuf."""
    joined = Topics(formats={"spans": "otlp_proto"}, joined=("spans",))

    assert joined.sources == ("semwatch.events", "spans", "semwatch.traces")
    assert joined.format_of("semwatch.traces") == "otlp_proto"


def test_a_topic_of_bots_holds_what_is_said_of_it_whatever_its_name() -> None:
    """Without joining, the name of the joined traces is a name like any other."""
    topics = Topics(formats={"semwatch.traces": "native"})

    assert topics.format_of("semwatch.traces") == "native"
    assert "semwatch.traces" not in Topics().sources
