"""The parts are put together as the settings say, and what cannot be loaded stops the start."""

from pathlib import Path

import pytest

from detectors.base import Interaction, Passage
from processor.assembly import load_pipeline
from processor.config import Config, load
from processor.errors import ConfigError
from tests.detectors import tiny

UNDECIDED = Interaction(
    id="1", response="alpha lie beta.", passages=(Passage(text="alpha beta gamma."),)
)


def settings(directory: Path, text: str) -> Config:
    """Return the settings of a file with that text."""
    file = directory / "semwatch.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, environ={})


def names(config: Config) -> list[str]:
    """Return the names of the signals that the configured detectors make of one answer."""
    pipeline, _ = load_pipeline(config)
    [verdict] = pipeline.judge([UNDECIDED])
    assert not verdict.failures
    return [signal.name for signal in verdict.signals]


def neural(directory: Path, options: str) -> Config:
    """Return settings with a tiny classifier."""
    model = tiny.save(directory / "model", length=512)
    return settings(
        directory,
        f'[worker]\ndetectors = ["hallucination", "neural"]\n'
        f'[neural]\nmodel = "{model}"\nprompt = "plain"\n{options}',
    )


def test_a_classifier_runs_beside_the_fast_score(tmp_path: Path) -> None:
    """Where it is configured it judges every answer."""
    assert names(neural(tmp_path, ""))[-1] == "hallucination_neural"


@pytest.mark.parametrize(
    ("band", "ran"),
    [pytest.param("[0.0, 1.0]", True, id="within"), pytest.param("[1.0, 1.0]", False, id="beyond")],
)
def test_a_cascade_runs_it_only_where_the_fast_score_is_undecided(
    tmp_path: Path, band: str, *, ran: bool
) -> None:
    """What the fast score settles costs nothing more."""
    config = neural(tmp_path, f"cascade = true\nband = {band}\n")

    assert ("hallucination_neural" in names(config)) is ran


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('[neural]\nmodel = "x"', "neural.model and `neural`", id="model alone"),
        pytest.param('[worker]\ndetectors = ["neural"]', "neural.model and", id="name alone"),
        pytest.param("[neural]\ncascade = true", "neural.cascade needs", id="cascade alone"),
        pytest.param("[neural]\nband = [0.6, 0.2]", "neural.band does not ascend", id="band"),
    ],
)
def test_settings_of_the_classifier_fit_together(tmp_path: Path, text: str, message: str) -> None:
    """Each is valid alone."""
    with pytest.raises(ConfigError, match=message):
        settings(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            '[worker]\ndetectors = ["neural"]\n[neural]\nmodel = "/nowhere"',
            "neural.model, value '/nowhere'",
            id="classifier",
        ),
        pytest.param(
            '[worker]\ndetectors = ["hallucination"]\n[hallucination]\nmodel = "/nowhere"',
            "hallucination.model, value '/nowhere'",
            id="score",
        ),
        pytest.param(
            '[worker]\ndetectors = ["commercial_claims"]\n'
            '[commercial_claims]\ncatalogue = "/nowhere"',
            "commercial_claims.catalogue: /nowhere",
            id="catalogue",
        ),
    ],
)
def test_what_cannot_be_loaded_stops_the_start(tmp_path: Path, text: str, message: str) -> None:
    """The message names key and value."""
    with pytest.raises(ConfigError, match=message):
        load_pipeline(settings(tmp_path, text))


def test_a_model_of_ones_own_replaces_the_packaged_one(tmp_path: Path) -> None:
    """Its digest is in the verdicts."""
    packaged = Path("detectors/models/hallucination.json").read_text(encoding="utf-8")
    own = tmp_path / "own.json"
    own.write_text(packaged.replace('"slope"', '"slope" '), encoding="utf-8")
    text = '[worker]\ndetectors = ["hallucination"]\n'
    default, _ = load_pipeline(settings(tmp_path, text))
    changed, _ = load_pipeline(settings(tmp_path, f'{text}[hallucination]\nmodel = "{own}"'))

    assert changed.versions["hallucination"] != default.versions["hallucination"]


@pytest.mark.parametrize(
    ("training", "reasons"),
    [
        pytest.param('signals = ["commercial_claims"]\nrequired = []', ("commercial_claims",)),
        pytest.param('signals = []\nrequired = ["hallucination"]', ("unjudged",)),
        pytest.param("signals = []\nrequired = []", ()),
    ],
    ids=["a bad signal", "a signal that is not made", "nothing asked"],
)
def test_what_keeps_an_answer_out_of_training_is_as_set(
    tmp_path: Path, training: str, reasons: tuple[str, ...]
) -> None:
    """The pipeline decides by the settings, not by its own defaults."""
    text = f'[worker]\ndetectors = ["commercial_claims"]\n[training]\n{training}\n'
    pipeline, _ = load_pipeline(settings(tmp_path, text))
    promise = Interaction(
        id="1", response="You get 90% off.", passages=(Passage(text="Returns are free."),)
    )
    [verdict] = pipeline.judge([promise])

    assert verdict.training.reasons == reasons
