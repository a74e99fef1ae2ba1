"""What the policy rules find and what they cost, by the bars that are set for them.

The data is not ours to ship: point SEMWATCH_DATA, or the argument, to the directory that holds
``policy/*.jsonl.gz`` and, for false alarms and pace, ``drift/answers_by_model.jsonl.gz``. What is
learned is judged on groups that it was not fitted on.
"""

import gzip
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, cycle
from pathlib import Path
from statistics import mean, median
from typing import Any

import click
import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped] # ships no types

from benchmarks.policy.data import (
    SUPPORT,
    Document,
    Texts,
    documents,
    instructions,
    passages,
    prompts,
    rows,
)
from benchmarks.policy.fit import (
    FOLDS,
    LINES,
    LINES_EMBEDDED,
    MODELS,
    PROMPTS,
    PROMPTS_EMBEDDED,
    RATES,
    Array,
    Design,
    encoder,
    fit,
    fit_lines,
    folds,
    out_of_fold,
    score,
    threshold,
    worst_lines,
)
from benchmarks.policy.secrets import TEMPLATES, make
from detectors.base import Interaction, Signal
from detectors.embedding import load as load_encoder
from detectors.policy.pack import Pack, load
from detectors.policy.pattern import Pattern
from detectors.policy.rule import Kit
from detectors.policy.secret import Secret
from detectors.policy.text_model import load as load_model
from detectors.policy_violation import PolicyViolation

_PII = {
    "EMAIL_ADDRESS": "pii.email",
    "CREDIT_CARD": "pii.card",
    "IBAN_CODE": "pii.iban",
    "US_SSN": "pii.ssn",
    "PHONE_NUMBER": "pii.phone",
    "IP_ADDRESS": "pii.ip",
    "DOMAIN_NAME": "pii.url",
}
_PII_BARS = {
    "pii.email": 0.99,
    "pii.iban": 0.99,
    "pii.ip": 0.99,
    "pii.url": 0.99,
    "pii.phone": 0.78,
}
_SPLITS = 20
_ELSEWHERE = 5
_HELD_OUT = 0.2
_PLANTED = 50
_ANSWERS = 2_000
_LENGTH = 1_200
_PACE_RULES = 100
_ROUNDS = 7
_BATCH = 64

console = Console()


def bar(value: float, least: float) -> str:
    """Say whether a figure reaches its bar."""
    return f"{'met' if value >= least else 'MISSED'} (>= {least:g})"


def bar_above(value: float, most: float) -> str:
    """Say whether a figure stays below its bar."""
    return f"{'met' if value <= most else 'MISSED'} (<= {most:g})"


def judge(pack: Pack, texts: Sequence[str]) -> list[Signal]:
    """Judge texts as answers."""
    batch = [Interaction(id=str(number), response=text) for number, text in enumerate(texts)]
    return [signal for (signal,) in PolicyViolation(pack).detect_many(batch)]


def pii_table(directory: Path) -> Table:
    """Report personal data by type: a hit of the right type that overlaps."""
    data = rows(directory, "pii")
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    found: Counter[str] = Counter()
    unreachable = 0
    signals = judge(load(["starter:personal_data"], Kit()), [row["text"] for row in data])
    for row, signal in zip(data, signals, strict=True):
        hits = [(v.rule, *span) for v in signal.violations for span in v.spans]
        wanted = [
            (_PII[s["type"]], s["start"], s["end"]) for s in row["spans"] if s["type"] in _PII
        ]
        unreachable += len(row["spans"]) - len(wanted)
        said.update(rule for rule, *_ in hits)
        gold.update(rule for rule, *_ in wanted)
        right.update(hit[0] for hit in hits if any(_meets(hit, one) for one in wanted))
        found.update(one[0] for one in wanted if any(_meets(hit, one) for hit in hits))
    table = Table("personal data", "spans", "precision", "recall", "F1", "bar")
    for rule in (*sorted(gold), "all"):
        parts = [rule] if rule != "all" else sorted(gold)
        counts = [sum(c[p] for p in parts) for c in (right, said, found, gold)]
        precision, recall = counts[0] / max(1, counts[1]), counts[2] / max(1, counts[3])
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        least = 0.93 if rule == "all" else _PII_BARS.get(rule)
        cells = (f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", bar(f1, least) if least else "")
        table.add_row(rule, str(counts[3]), *cells)
    table.caption = f"{unreachable} more spans are names, places and the like: out of reach"
    return table


def _meets(hit: tuple[str, int, int], wanted: tuple[str, int, int]) -> bool:
    return hit[0] == wanted[0] and hit[1] < wanted[2] and wanted[1] < hit[2]


def jailbreak_table(directory: Path) -> Table:
    """Report jailbreaks over five folds of groups; a fold's threshold is of the others."""
    data = prompts(directory, "jailbreak")
    table = Table("jailbreak", "text alone", "with the embedding", "bar, with the embedding")
    alone, embedded = (_jailbreaks(data, design) for design in (PROMPTS, PROMPTS_EMBEDDED))
    for (name, own, _), (_, value, told) in zip(alone, embedded, strict=True):
        table.add_row(name, f"{own:.4f}", f"{value:.4f}", told)
    table.caption = (
        f"{data.label.sum()} jailbreaks, {(~data.label).sum()} benign, "
        f"{len(set(data.group))} groups"
    )
    return table


def _jailbreaks(data: Texts, design: Design) -> list[tuple[str, float, str]]:
    """Return figures with what their bars say, of one design."""
    odds, fold = out_of_fold(data, design)
    label = data.label
    area = mean(roc_auc_score(label[fold == n], odds[fold == n]) for n in range(FOLDS))
    figures = [
        ("AUROC, mean of the folds", area, bar(area, 0.994)),
        ("AUROC, pooled", float(roc_auc_score(label, odds)), ""),
    ]
    for rate in RATES:
        hit = np.zeros(len(odds), np.bool_)
        for n in range(FOLDS):
            hit[fold == n] = odds[fold == n] > threshold(odds[(fold != n) & ~label], rate)
        recall = float(hit[label].mean())
        told = bar(recall, 0.93) if rate == 0.01 else ""
        figures.append((f"recall at {rate:g} false positives", recall, told))
        for kind, most in (
            ("benign_trigger_words", 0.02),
            ("benign_roleplay", 0.06),
            ("benign_instruction", 0),
            (SUPPORT, 0),
        ):
            share = float(hit[data.kind == kind].mean())
            told = bar_above(share, most) if rate == 0.01 and most else ""
            figures.append((f"  false positives, {kind}", share, told))
    return figures


def direct_table(directory: Path) -> Table:
    """Report injections with their variant left out, against benign prompts that are left out."""
    data = prompts(directory, "prompt_injection", "variant")
    benign = folds(data.group)
    table = Table("direct injection", "left out", "AUROC", "recall at 1 %", "at 5 %", "bar")
    variants = sorted(set(data.kind[data.label]))
    odds, label, weights, recalls = [], [], [], []
    for number, variant in enumerate(variants):
        test = np.where(data.label, data.kind == variant, benign == number % FOLDS)
        train = [t for t, out in zip(data.texts, test, strict=True) if not out]
        model = fit(train, data.label[~test], PROMPTS)
        own = score(model, [t for t, out in zip(data.texts, test, strict=True) if out])
        is_attack = data.label[test]
        recall = [
            float((own[is_attack] > threshold(own[~is_attack], r)).mean()) for r in (0.01, 0.05)
        ]
        area = roc_auc_score(is_attack, own)
        table.add_row(
            variant, str(is_attack.sum()), f"{area:.3f}", *(f"{r:.2f}" for r in recall), ""
        )
        odds += own.tolist()
        label += is_attack.tolist()
        weights.append(int(is_attack.sum()))
        recalls.append(recall)
    area = float(roc_auc_score(label, odds))
    at_1, at_5 = np.average(recalls, axis=0, weights=weights)
    table.add_row(
        *("all", str(sum(weights)), f"{area:.3f}", f"{at_1:.2f}", f"{at_5:.2f}"),
        f"AUROC {bar(area, 0.93)}, recall at 1 % {bar(at_1, 0.47)}",
    )
    return table


def indirect_table(directory: Path) -> Table:
    """Report e-mails by their worst line: contexts and kinds of attack are both left out."""
    docs, ordinary = documents(directory), instructions(directory)
    table = Table("indirect injection", "text alone", "with the embedding", "bar, of the latter")
    alone, embedded = (_splits(docs, ordinary, d) for d in (LINES, LINES_EMBEDDED))
    for at, (name, least) in enumerate(
        (("AUROC", 0.975), ("recall at 1 %", None), ("recall at 5 %", 0.93))
    ):
        cells = (
            f"{own.mean():.3f} ({own.min():.3f} to {own.max():.3f})"
            for own in (alone[:, at], embedded[:, at])
        )
        table.add_row(name, *cells, bar(embedded[:, at].mean(), least) if least else "")
    table.caption = (
        f"mean, least and most of {_SPLITS} splits that leave out {_HELD_OUT:.0%} "
        "of contexts and of attacks"
    )
    return table


def _splits(docs: Sequence[Document], ordinary: Sequence[str], design: Design) -> Array:
    """Return AUROC and the recalls at 1 % and 5 % of each split, shape (splits, 3)."""
    attacks = sorted({d.attack for d in docs if d.attack})
    contexts = sorted({d.context for d in docs})
    figures = []
    for seed in range(_SPLITS):
        generator = np.random.default_rng(seed)
        places = set(_some(generator, contexts))
        kinds = set(_some(generator, attacks))
        train = [d for d in docs if d.context not in places and d.attack not in kinds]
        test = [d for d in docs if d.context in places and (not d.attack or d.attack in kinds)]
        model = fit_lines(train, ordinary, design)
        attacked = [d.lines for d in test if d.attack]
        clean = [d.lines for d in test if not d.attack]
        figures.append(_figures(worst_lines(model, attacked), worst_lines(model, clean)))
    return np.array(figures)


def elsewhere_table(directory: Path) -> Table:
    """Report passages of another source, and the same with an attack of a kind that is left out."""
    docs, ordinary, clean = documents(directory), instructions(directory), passages(directory)
    table = Table("indirect injection, elsewhere", "text alone", "with the embedding")
    designs = {"": LINES, "_embedding": LINES_EMBEDDED}
    figures = [_planted(docs, ordinary, clean, design).mean(axis=0) for design in designs.values()]
    for name, *cells in zip(("AUROC", "recall at 1 %", "recall at 5 %"), *figures, strict=True):
        table.add_row(name, *(f"{cell:.3f}" for cell in cells))
    models = [load_model(f"policy_indirect_injection{suffix}") for suffix in designs]
    odds = [worst_lines(model, clean) for model in models]
    for rate in RATES:
        shares = ((o > m.thresholds[rate]).mean() for o, m in zip(odds, models, strict=True))
        table.add_row(f"clean ones that hit at {rate:g}", *(f"{share:.3f}" for share in shares))
    table.caption = f"{len(clean)} passages; mean of {_ELSEWHERE} splits of the kinds of attack"
    return table


def _planted(
    docs: Sequence[Document], ordinary: Sequence[str], clean: Sequence[list[str]], design: Design
) -> Array:
    """Return AUROC and the recalls at 1 % and 5 % of each split, shape (splits, 3)."""
    attacks = {d.attack: list(compress(d.lines, d.injected)) for d in docs if d.attack}
    figures = []
    for seed in range(_ELSEWHERE):
        generator = np.random.default_rng(seed)
        kinds = set(_some(generator, sorted(attacks)))
        model = fit_lines([d for d in docs if d.attack not in kinds], ordinary, design)
        planted = []
        for lines, kind in zip(clean, cycle(sorted(kinds)), strict=False):
            at = generator.integers(len(lines) + 1)
            planted.append([*lines[:at], *attacks[kind], *lines[at:]])
        figures.append(_figures(worst_lines(model, planted), worst_lines(model, clean)))
    return np.array(figures)


def _figures(attacked: Array, clean: Array) -> tuple[float, float, float]:
    """Return AUROC and the recalls at 1 % and 5 %."""
    label = np.repeat((True, False), (len(attacked), len(clean)))
    area = float(roc_auc_score(label, np.concatenate((attacked, clean))))
    at_1, at_5 = (float((attacked > threshold(clean, rate)).mean()) for rate in (0.01, 0.05))
    return area, at_1, at_5


def _some(generator: np.random.Generator, values: Sequence[Any]) -> Iterator[Any]:
    order = generator.permutation(len(values))
    return (values[at] for at in order[: int(_HELD_OUT * len(values))])


def answers(directory: Path) -> list[str]:
    """Return ordinary answers of several models."""
    with gzip.open(directory / "drift" / "answers_by_model.jsonl.gz") as file:
        texts = [msgspec.json.decode(line)["response"] for line in file]
    random.Random(0).shuffle(texts)
    return [text for text in texts if text]


def secrets_table(directory: Path) -> Table:
    """Report planted secrets, and false alarms on ordinary answers."""
    pack = load(["starter:secrets"], Kit())
    ordinary = answers(directory)
    generator = random.Random(1)
    table = Table("secrets", "figure", "bar")
    shares = {}
    for kind in TEMPLATES:
        planted = [_plant(make(kind, generator), generator, ordinary) for _ in range(_PLANTED)]
        hits = [bool(signal.violations) for signal in judge(pack, planted)]
        shares[kind] = sum(hits) / len(hits)
    share = mean(shares.values())
    table.add_row(
        f"{len(shares)} kinds x {_PLANTED} planted, found", f"{share:.4f}", bar(share, 0.99)
    )
    for kind, own in shares.items():
        if own < 1:
            table.add_row(f"  {kind}", f"{own:.2f}", "")
    false = sum(bool(s.violations) for s in judge(pack, ordinary[:_ANSWERS]))
    table.add_row(f"false alarms on {_ANSWERS} answers", str(false), bar_above(false, 2))
    return table


def _plant(secret: str, generator: random.Random, ordinary: Sequence[str]) -> str:
    words = generator.choice(ordinary).split(" ")
    at = generator.randrange(len(words) + 1)
    return " ".join([*words[:at], secret, *words[at:]])


def ordinary_table(directory: Path) -> Table:
    """Report what the whole starter pack says of ordinary questions and answers."""
    with gzip.open(directory / "drift" / "answers_by_model.jsonl.gz") as file:
        found = [msgspec.json.decode(line) for line in file]
    random.Random(0).shuffle(found)
    batch = [
        Interaction(id=str(n), prompt=row["prompt"], response=row["response"])
        for n, row in enumerate(found[:_ANSWERS])
    ]
    pack = load(["starter"], Kit(encoder, embeds=True))
    signals = [s for (s,) in PolicyViolation(pack).detect_many(batch)]
    counts = Counter(
        rule for s in signals for rule in {v.rule for v in s.violations if not v.echoed}
    )
    table = Table("ordinary traffic", "interactions", "share")
    violated = sum(signal.label == "violated" for signal in signals)
    for name, count in (("violated", violated), *counts.most_common()):
        table.add_row(name, str(count), f"{count / len(batch):.4f}")
    table.caption = f"{len(batch):,} questions with an answer"
    return table


def promises_table(directory: Path) -> Table:
    """Report commitments on 48 sentences of our own: a check of the plumbing, no evidence."""
    data = [r for r in rows(directory, "commitments") if r["label_name"] in ("discount", "refund")]
    signals = judge(load(["starter:commitments"], Kit()), [row["text"] for row in data])
    right = sum(bool(s.violations) == bool(r["label"]) for s, r in zip(signals, data, strict=True))
    table = Table("commitments", "sentences", "as labelled")
    table.add_row("discount and refund", str(len(data)), str(right))
    return table


def pace_table(directory: Path) -> Table:
    """Report texts a second of CPU time; what else the machine does slows all rows alike.

    The bar is held against the fastest round.
    """
    long = [text[:_LENGTH] for text in answers(directory) if len(text) >= _LENGTH][:500]
    hundred, starter = _hundred(), load(["starter"], Kit())
    prompt_rules = ["starter:jailbreak", "starter:injection"]
    learned = load(prompt_rules, Kit())
    warm = load(prompt_rules, Kit(encoder, embeds=True))
    forgetful = load_encoder(threads=1, cache_texts=0).embedding
    cold = load(prompt_rules, Kit(lambda: forgetful, embeds=True))
    works: dict[str, tuple[Callable[[], object], int]] = {
        f"{len(hundred.entries)} pattern rules, answers": (
            _judging(hundred, long, "response"),
            len(long),
        ),
        f"all {len(starter.entries)} rules, answers": (
            _judging(starter, long, "response"),
            len(long),
        ),
        "jailbreak and injection rules, prompts": (_judging(learned, long, "prompt"), len(long)),
        "  with the embedding, in the cache": (_judging(warm, long, "prompt"), len(long)),
        "  with the embedding, not in the cache": (_judging(cold, long[:_BATCH], "prompt"), _BATCH),
        "str.lower and str.split alone": (
            lambda: [text.lower().split() for text in long],
            len(long),
        ),
    }
    table = Table("pace", "texts/s, median", "fastest", "bar", caption=f"{_LENGTH:,} characters")
    for name, (work, count) in works.items():
        pace = _pace(work, count)
        told = bar(max(pace), 10_000) if name.startswith(str(_PACE_RULES)) else ""
        table.add_row(name, f"{median(pace):,.0f}", f"{max(pace):,.0f}", told)
    return table


def _judging(pack: Pack, texts: Sequence[str], part: str) -> Callable[[], object]:
    detector = PolicyViolation(pack)
    made = [Interaction(id=str(n), **{part: text}) for n, text in enumerate(texts)]  # type: ignore[arg-type] # by name
    batches = [made[at : at + _BATCH] for at in range(0, len(made), _BATCH)]
    return lambda: [detector.detect_many(batch) for batch in batches]


def _hundred() -> Pack:
    """Return 100 pattern rules: all of the starter pack, and as many of its secrets again."""
    entries = [e for e in load(["starter"], Kit()).entries if isinstance(e.rule, Pattern | Secret)]
    again = [
        entry._replace(rule=msgspec.structs.replace(entry.rule, id=f"{entry.rule.id}.again"))
        for entry in entries
        if entry.check.keywords
    ]
    return Pack(tuple([*entries, *again][:_PACE_RULES]), "")


def _pace(work: Callable[[], object], count: int) -> list[float]:
    work()
    paces = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        work()
        paces.append(count / (time.process_time() - start))
    return paces


_TABLES: dict[str, Callable[[Path], Table]] = {
    "pii": pii_table,
    "secrets": secrets_table,
    "ordinary": ordinary_table,
    "promises": promises_table,
    "pace": pace_table,
    "jailbreak": jailbreak_table,
    "direct": direct_table,
    "indirect": indirect_table,
    "elsewhere": elsewhere_table,
}


@click.command()
@click.argument("directory", envvar="SEMWATCH_DATA", type=click.Path(path_type=Path))
@click.option("--only", multiple=True, type=click.Choice(list(_TABLES)), help="These tables alone.")
@click.option(
    "--fit", "is_fit", is_flag=True, help="Fit and write the models of that name instead."
)
def main(directory: Path, only: Sequence[str], *, is_fit: bool) -> None:
    """Print what the policy rules find and cost, on the data of DIRECTORY."""
    if is_fit:
        for name in [name for name in only or MODELS if name in MODELS]:
            console.print(*MODELS[name](directory), sep="\n")
        return
    for name in only or _TABLES:
        console.print(_TABLES[name](directory))


if __name__ == "__main__":
    main()
