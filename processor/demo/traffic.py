"""Made-up traffic of a support bot: good answers from its passages, then an incident.

The same seed gives the same events. Nothing in them is anybody's text or data.
"""

import random
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

_CITIES = ("Hamburg", "Lyon", "Porto", "Graz", "Turku")
_NAMES = ("Ada", "Bo", "Chidi", "Dana", "Emre", "Freya")
_SMALL_TALK = 0.05
_CHAT = 0.7


class Traffic:
    """Makes events of the bot ``support-bot`` on its routes ``chat`` and ``email``.

    Args:
        seed: of everything that is drawn.
        start: time of the first event, in seconds since the epoch.
        rate: events a second, in the events' own time.

    Examples:
        >>> event = next(Traffic(seed=1).healthy(1))
        >>> event["app"], event["route"], len(event["passages"])
        ('support-bot', 'chat', 3)
    """

    def __init__(self, *, seed: int, start: float = 1_700_000_000.0, rate: float = 20.0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - traffic, not secrets
        self._bot = tomllib.loads(
            resources.files(__package__).joinpath("traffic.toml").read_text(encoding="utf-8")
        )
        self._start = start
        self._rate = rate
        self._count = 0

    def healthy(self, events: int) -> Iterator[dict[str, Any]]:
        """Yield events whose answers say what their passages say."""
        for _ in range(events):
            if self._random.random() < _SMALL_TALK:
                yield self._small_talk()
            else:
                topic = self._random.choice(self._bot["topic"])
                yield self._grounded(topic, self._answer(topic["answers"]), route=self._route())

    def incident(self, events: int) -> Iterator[dict[str, Any]]:
        """Yield events in which the chat answers whatever is asked with an invented discount.

        The route ``email``, another prompt, stays healthy; so does every latency.
        """
        for _ in range(events):
            topic = self._random.choice(self._bot["topic"])
            route = self._route()
            invented = route == "chat"
            answers = self._bot["incident"]["answers"] if invented else topic["answers"]
            event = self._grounded(topic, self._answer(answers), route=route)
            yield event | {"prompt_version": "v12"} if invented else event

    def _route(self) -> str:
        return "chat" if self._random.random() < _CHAT else "email"

    def _answer(self, sentences: list[str]) -> str:
        chosen = sorted(self._random.sample(range(len(sentences)), k=min(3, len(sentences))))
        return " ".join(sentences[index] for index in chosen[self._random.randrange(2) :])

    def _small_talk(self) -> dict[str, Any]:
        talk = self._bot["small_talk"]
        return self._event(talk, self._random.choice(talk["answers"]), route="chat")

    def _grounded(self, topic: Mapping[str, Any], answer: str, *, route: str) -> dict[str, Any]:
        return self._event(topic, answer, route=route) | {"passages": self._passages(topic)}

    def _event(self, topic: Mapping[str, Any], answer: str, *, route: str) -> dict[str, Any]:
        number = self._count
        self._count += 1
        slots = {
            "order": f"A{self._random.randrange(100, 200)}",
            "days": str(self._random.randrange(5, 60)),
            "city": self._random.choice(_CITIES),
            "name": self._random.choice(_NAMES),
        }
        return {
            "id": f"{route}-{number:06d}",
            "time": round(self._start + number / self._rate, 3),
            "app": "support-bot",
            "route": route,
            "conversation_id": f"c-{number // 3:05d}",
            "prompt": self._random.choice(topic["questions"]).format(**slots),
            "response": answer.format(**slots),
            "model": "shop-llm-2",
            "output_tokens": len(answer) // 4,
            "latency_seconds": round(self._random.lognormvariate(-0.4, 0.25), 3),
            "trace_id": f"{self._random.getrandbits(128):032x}",
            "span_id": f"{self._random.getrandbits(64):016x}",
            "prompt_version": "v11",
            "retrieval_snapshot": "policies-2026-11",
            "sampling": {"temperature": 0.2},
        }

    def _passages(self, topic: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Retrieve the topic's own passage and two that happen to be near."""
        topics = self._bot["topic"]
        others = self._random.sample([t for t in topics if t is not topic], k=2)
        return [
            {"id": f"policy-{topics.index(t):02d}", "text": t["passage"]} for t in (topic, *others)
        ]
