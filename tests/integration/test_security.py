"""TLS and SASL against a real broker: one section of settings, two clients that read it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from confluent_kafka.admin import (  # type: ignore[attr-defined] # re-exported without saying so
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec.structs import replace

from processor.config import Config
from processor.errors import KafkaUnreachable
from processor.topics import create
from tests.broker import Kafka
from tests.integration.books import verdicts, wait_idle
from tests.integration.load import Load
from tests.integration.stream import Worker, create_topics, settings

_USER, _PASSWORD, _WRONG = "semwatch", "for this test alone", "for no test"
_FURTHER = """
listeners=PLAINTEXT://{{broker}},CONTROLLER://{{controller}},SASL_SSL://{{secure}}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
"""


class Line(NamedTuple):
    """The same topics by the open door, for the test, and by the guarded one, for the worker."""

    plain: Config
    secure: Config


@pytest.fixture(scope="module")
def line(kafka_at_hand: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A broker that asks for TLS and a password at one of its doors."""
    del kafka_at_hand
    directory = tmp_path_factory.mktemp("secure")
    authority = trustme.CA()
    keystore, ca_file = directory / "broker.pem", directory / "ca.pem"
    keystore.write_bytes(_pem(authority.issue_cert("127.0.0.1")))
    authority.cert_pem.write_to_path(ca_file)
    kafka = Kafka.start(directory / "kafka", further=_FURTHER.format(keystore=keystore))
    _create_user(kafka.bootstrap)
    plain = settings(kafka.bootstrap)
    secure = replace(
        plain.kafka,
        bootstrap_servers=kafka.secure,
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username=_USER,
        sasl_password=_PASSWORD,
        ssl_ca_file=str(ca_file),
    )
    yield Line(plain, replace(plain, kafka=secure))
    kafka.stop()


def _pem(certificate: trustme.LeafCert) -> bytes:
    """Write key and certificates as Java reads them: the key must be in PKCS #8."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), password=None)
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pkcs8 + b"".join(blob.bytes() for blob in certificate.cert_chain_pems)


def _create_user(bootstrap: str) -> None:
    user = UserScramCredentialUpsertion(
        _USER, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), _PASSWORD.encode()
    )
    client = AdminClient({"bootstrap.servers": bootstrap})
    for future in client.alter_user_scram_credentials([user]).values():
        future.result(timeout=30)


@pytest.mark.kafka
def test_the_whole_line_works_over_tls_with_a_password(line: Line, tmp_path: Path) -> None:
    """Topics, consumer, table, producer and tail all use the one section."""
    create_topics(line.secure)
    ids = Load(line.plain, events=200).start().join()
    with Worker(line.secure, tmp_path) as worker:
        worker.wait_ready()
        wait_idle(line.plain)

    judged = {verdict.event_id for verdict in verdicts(line.plain)}
    assert judged == {name for number, name in enumerate(ids) if number % 50 != 49}


@pytest.mark.kafka
def test_a_wrong_password_stops_the_start_and_is_not_shown(line: Line) -> None:
    """Whoever reads the error learns where, not the password."""
    wrong = replace(line.secure.kafka, sasl_password=_WRONG)

    with pytest.raises(KafkaUnreachable, match="no broker answered") as caught:
        create(replace(line.secure, kafka=wrong))
    assert _WRONG not in str(caught.value)
