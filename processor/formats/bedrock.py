"""Amazon Bedrock's model invocation log: a request and its response of any model family."""

from processor.formats.draft import Draft
from processor.formats.openai_pair import fill
from processor.formats.part import Parts, one
from processor.formats.values import Fields, at, count, fields, first, name, time

_ANSWERING = ("InvokeModel", "Converse")


def is_log(document: Fields) -> bool:
    """Return whether an object is such a log."""
    return document.get("schemaType") == "ModelInvocationLog"


def decode(document: Fields) -> Parts:
    """Read a log; a call without a text, such as an embedding, is no interaction."""
    operation = name(document.get("operation")) or "InvokeModel"
    request = fields(at(document, "input", "inputBodyJson"))
    if not operation.startswith(_ANSWERING) or (
        "inputText" in request and "embed" in _model(document)
    ):
        return Parts(others=1)
    return one(lambda: _draft(document, request).interaction())


def _model(document: Fields) -> str:
    return name(document.get("modelId")) or ""


def _draft(document: Fields, request: Fields) -> Draft:
    metadata = fields(document.get("requestMetadata"))
    found = Draft(
        id=first(document.get("requestId")),
        time=time(document.get("timestamp")),
        app=first(metadata.get("app"), _role(document)),
        conversation_id=first(metadata.get("conversation_id"), metadata.get("session_id")),
        extensions=metadata,
    )
    answered = at(document, "output", "outputBodyJson")
    fill(found, _known(request), answered)
    # An ARN names a model or a profile; its last part is the name of either.
    found.model = _model(document).rpartition("/")[2] or None
    found.input_tokens = count(at(document, "input", "inputTokenCount"))
    found.output_tokens = count(at(document, "output", "outputTokenCount"))
    # Bodies beyond 100 kB go to S3.
    if at(document, "input", "inputBodyS3Path") and not request:
        found.truncated |= {"prompt", "history"}
    if at(document, "output", "outputBodyS3Path") and answered is None:
        found.truncated.add("response")
    return found


def _known(request: Fields) -> Fields:
    """Return the request with its prompt under a name that `fill` knows."""
    if "inputText" in request:  # Titan
        return {**request, "prompt": request["inputText"]}
    return request


def _role(document: Fields) -> str | None:
    """Return the role or user of the caller, without account and session."""
    parts = (name(at(document, "identity", "arn")) or "").split("/")
    return name(parts[1]) if len(parts) > 1 else None
