"""A baseline: what a series looked like when it was good, as the transforms and thresholds of it.

Half of the collected events fits the transforms, the other half calibrates the charts: what was
fitted on the same events would look better on them than on any later ones.
"""

import zlib
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from processor.drift.adjustment import Adjustment
from processor.drift.behaviour import STYLE
from processor.drift.mewma import simulate, whitening
from processor.drift.mix import Mix
from processor.drift.rank import COARSE, Rank
from processor.seal import SealError, seal, unseal

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]

VERSION = 1
CENTROID_COSINE = "centroid_cosine"
"""Cosine of an answer to the mean answer of the baseline; only the owner of the series has it."""

# A mix moves slowly and for long: the centroid of the prompts remembers more events.
PROMPT_WEIGHT = 0.01
# Ridge penalty relative to each input's variance; docs/drift.md says how it was chosen.
_PENALTY = 0.3
# A feature that fewer events have, or that hardly varies, is not charted.
_MIN_SHARE = 0.5
_MIN_SPREAD = 1e-6


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of a series holds, in order.

    ``features`` and ``rates`` by name, the style (`STYLE`), the logarithm of the prompt's length,
    and the projections of prompt and response, of ``dimensions`` each; 0 without an encoder.
    """

    features: tuple[str, ...]
    rates: tuple[str, ...]
    dimensions: int
    embedding: str

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return len(self.features) + len(self.rates) + len(STYLE) + 1 + 2 * self.dimensions


class Columns(NamedTuple):
    """Where in a row what stands; ``prompt`` begins with the length, ``vector`` does not."""

    features: slice
    rates: slice
    style: slice
    prompt: slice
    vector: slice
    response: slice

    @classmethod
    def of(cls, schema: Schema) -> "Columns":
        """Return the columns of a schema."""
        widths = (len(schema.features), len(schema.rates), len(STYLE), 1 + schema.dimensions)
        a, b, c, d = (int(end) for end in np.cumsum(widths))
        return cls(
            features=slice(0, a),
            rates=slice(a, b),
            style=slice(b, c),
            prompt=slice(c, d),
            vector=slice(c + 1, d),
            response=slice(d, d + schema.dimensions),
        )


class Joint(msgspec.Struct, frozen=True, kw_only=True):
    """What a `MEWMA` needs; without a whitening it is the identity.

    The page's threshold holds also while the mix of prompts swings.
    """

    center: Singles
    whitening: Halves
    threshold: float
    page_threshold: float


class BaselineError(ValueError):
    """Bytes that are no baseline, or of another version."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The transforms and thresholds of a series, plain data; ``None`` for what had no data.

    ``charted`` names the features that have charts of their own, ``styled`` the measures of style
    that the joint chart takes beside them; ``hits`` and ``counts`` are of the rates. ``since``
    and ``until`` are the times of its first and last event.
    """

    version: int
    schema: Schema
    events: int
    since: float | None
    until: float | None
    charted: tuple[str, ...]
    styled: tuple[str, ...]
    prompt_mean: Halves
    feature_mean: Halves
    weights: Halves
    centroid: Singles
    quantiles: Halves
    style_quantiles: Halves
    hits: tuple[int, ...]
    counts: tuple[int, ...]
    joint: Joint | None
    prompts: Joint | None
    canary: Halves
    clusters: Halves
    cluster_means: Halves
    novelty: Halves

    @property
    def calibrated(self) -> int:
        """Events that calibrated the charts."""
        return self.events - self.events // 2


def fit(
    rows: Floats,
    schema: Schema,
    *,
    arl: float,
    since: float | None = None,
    until: float | None = None,
    canary: Halves | None = None,
) -> Baseline:
    """Make the baseline of collected rows.

    Args:
        rows: shape (events, schema.width), in the order they came; NaN where missing.
        schema: what the rows hold.
        arl: events to a false alarm of each chart that is calibrated by simulation.
        since: time of the first event.
        until: time of the last one.
        canary: what the encoder made of the fixed texts.
    """
    columns, half = Columns.of(schema), len(rows) // 2
    fitting, calibrating = rows[:half], rows[half:]
    seed = zlib.crc32(rows.astype(np.float32).tobytes())
    centroid = _centroid(fitting[:, columns.response])
    charted, styled = _measured((fitting, calibrating), columns, centroid)
    adjustment = Adjustment.fit(
        fitting[:, columns.prompt],
        targets(fitting, columns, centroid, charted, styled),
        penalty=_PENALTY,
    )
    fitted, left = (
        adjustment.residuals(
            part[:, columns.prompt], targets(part, columns, centroid, charted, styled)
        )
        for part in (fitting, calibrating)
    )
    vectors = calibrating[:, columns.vector]
    mix = Mix.fit(fitting[:, columns.vector], seed=seed)
    labels = mix.labels(vectors)
    means = mix.means(labels, left)
    left = left - means[labels]
    fitted = fitted - means[mix.labels(fitting[:, columns.vector])]
    named = len(charted)
    rank, style = Rank.fit(left[:, :named]), Rank.fit(left[:, named:], COARSE)
    joined = [
        np.column_stack((rank.scores(part[:, :named]), style.scores(part[:, named:])))
        for part in (fitted, left)
    ]
    names = (*schema.features, CENTROID_COSINE)
    rates = rows[:, columns.rates]
    return Baseline(
        version=VERSION,
        schema=schema,
        events=len(rows),
        since=since,
        until=until,
        charted=tuple(names[index] for index in charted),
        styled=tuple(STYLE[index] for index in styled),
        prompt_mean=adjustment.prompt_mean,
        feature_mean=adjustment.feature_mean,
        weights=adjustment.weights,
        centroid=centroid,
        quantiles=rank.quantiles,
        style_quantiles=style.quantiles,
        hits=tuple(int(hits) for hits in np.nansum(rates, axis=0)),
        counts=tuple(int(count) for count in (~np.isnan(rates)).sum(axis=0)),
        joint=_joint(*joined, labels=labels, arl=arl, seed=seed),
        prompts=_distance(vectors, arl=arl, seed=seed),
        canary=np.zeros((0, 0), np.float16) if canary is None else canary,
        clusters=mix.centers,
        cluster_means=means,
        novelty=_novelty(vectors, mix),
    )


def targets(
    rows: Floats,
    columns: Columns,
    centroid: Singles,
    charted: list[int],
    styled: list[int],
) -> Floats:
    """Return what is regressed on the prompt: charted features, then style."""
    features = _with_cosine(rows, columns, centroid)
    return np.concatenate((features[..., charted], rows[..., columns.style][..., styled]), axis=-1)


def _with_cosine(rows: Floats, columns: Columns, centroid: Singles) -> Floats:
    """Return the features and, last, the cosine of the answer to the baseline's mean answer."""
    response = rows[..., columns.response]
    if len(centroid) == 0:
        cosine = np.full(rows.shape[:-1], np.nan)
    else:
        length = np.sqrt((response * response).sum(axis=-1))
        cosine = (response @ centroid) / np.maximum(length, np.finfo(np.float32).tiny)
    return np.concatenate((rows[..., columns.features], cosine[..., None]), axis=-1)


def _centroid(response: Floats) -> Singles:
    known = response[~np.isnan(response).any(axis=1)]
    if known.size == 0:
        return np.zeros(0, np.float32)
    mean = known.mean(axis=0)
    length = np.maximum(np.linalg.norm(mean), np.finfo(np.float32).tiny)
    return np.asarray(mean / length, np.float32)


def _measured(
    halves: tuple[Floats, Floats], columns: Columns, centroid: Singles
) -> tuple[list[int], list[int]]:
    """Return which features, and which measures of style, are there and vary in both halves."""
    first, second = (
        [
            {index for index, column in enumerate(part.T) if _is_measured(column)}
            for part in (_with_cosine(rows, columns, centroid), rows[:, columns.style])
        ]
        for rows in halves
    )
    return sorted(first[0] & second[0]), sorted(first[1] & second[1])


def _is_measured(column: Floats) -> bool:
    present = column[~np.isnan(column)]
    return len(present) >= _MIN_SHARE * len(column) and float(present.std()) > _MIN_SPREAD


def _joint(
    fitting: Floats, calibrating: Floats, *, labels: Integers, arl: float, seed: int
) -> Joint | None:
    """Fit the whitening on one part, centre and thresholds on the other."""
    whole = ~np.isnan(calibrating).any(axis=1)
    fitting, rows = fitting[~np.isnan(fitting).any(axis=1)], calibrating[whole]
    if not fitting.shape[1] or min(len(fitting), len(rows)) <= 2 * fitting.shape[1]:
        return None
    center, factor = rows.mean(axis=0), whitening(fitting).astype(np.float16)
    white = (rows - center) @ factor.astype(np.float64)
    return Joint(
        center=center.astype(np.float32),
        whitening=factor,
        threshold=simulate(white, arl=arl, seed=seed),
        page_threshold=simulate(white, arl=arl, seed=seed, labels=labels[whole]),
    )


def _distance(vectors: Floats, *, arl: float, seed: int) -> Joint | None:
    """Calibrate the plain distance of a moving centroid."""
    known = vectors[~np.isnan(vectors).any(axis=1)]
    if known.size == 0 or float(known.std(axis=0).max()) <= _MIN_SPREAD:
        return None
    center = known.mean(axis=0)
    threshold = simulate(known - center, arl=arl, seed=seed, weight=PROMPT_WEIGHT)
    return Joint(
        center=center.astype(np.float32),
        whitening=np.zeros((0, 0), np.float16),
        threshold=threshold,
        page_threshold=threshold,
    )


def _novelty(vectors: Floats, mix: Mix) -> Halves:
    """Return the quantiles of how far prompts are from the clusters."""
    known = vectors[~np.isnan(vectors).any(axis=1)]
    if known.size == 0:
        return np.zeros((0, 0), np.float16)
    return Rank.fit(mix.distances(known)[:, None]).quantiles


def encode(baseline: Baseline) -> bytes:
    """Return a baseline as bytes: version, CRC-32, MessagePack."""
    return seal(VERSION, _encoder.encode(baseline))


def decode(raw: bytes) -> Baseline:
    """Read what `encode` wrote.

    Raises:
        BaselineError: it is damaged, of another version, or something else.
    """
    try:
        baseline = _decoder.decode(unseal(VERSION, raw))
    except (SealError, msgspec.DecodeError, ValueError, TypeError) as error:
        raise BaselineError(f"no baseline: {error}") from error
    _check(baseline)
    return baseline


def _check(baseline: Baseline) -> None:
    """Refuse arrays that do not fit together: a baseline may come from anywhere."""
    features, inputs = len(baseline.charted) + len(baseline.styled), 1 + baseline.schema.dimensions
    clusters = max(1, len(baseline.clusters))
    joint = (features,) if baseline.joint else None
    expected = {
        "prompt_mean": (inputs,),
        "feature_mean": (features,),
        "weights": (inputs, features),
        "cluster_means": (clusters, features),
    }
    shapes = {name: getattr(baseline, name).shape for name in expected}
    known = {*baseline.schema.features, CENTROID_COSINE}
    fits = (
        shapes == expected
        and baseline.quantiles.shape[0] == len(baseline.charted)
        and baseline.style_quantiles.shape[0] == len(baseline.styled)
        and (joint is None or (baseline.joint and baseline.joint.center.shape == joint))
        and known.issuperset(baseline.charted)
        and set(STYLE).issuperset(baseline.styled)
        and len(baseline.hits) == len(baseline.counts) == len(baseline.schema.rates)
        and baseline.events > 1
    )
    if not fits:
        raise BaselineError("no baseline: its parts do not fit together")


def _to_plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return (value.dtype.newbyteorder("<").str, value.shape, value.tobytes())
    raise NotImplementedError(type(value).__name__)


def _from_plain(_type: object, value: tuple[str, tuple[int, ...], bytes]) -> object:
    kind, shape, raw = value
    if kind not in {"<f2", "<f4"}:
        raise ValueError("an array of another kind")
    array = np.frombuffer(raw, kind).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError("an array with what is no number")
    return array


_encoder = msgspec.msgpack.Encoder(enc_hook=_to_plain)
_decoder = msgspec.msgpack.Decoder(Baseline, dec_hook=_from_plain)
