"""The manifests of deploy/kubernetes: valid, restricted, and of one mind with the settings."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from processor.cli import main
from processor.config import Config, load
from tests.deploy.cluster import (
    BASE,
    EXAMPLE,
    SIDECAR,
    Object,
    built,
    containers,
    objects,
    only,
    parse,
    templates,
)
from tests.deploy.tools import ROOT, said
from tests.program import program

PROMETHEUS = ROOT / "deploy" / "prometheus"

_STREAMS = {
    "base": lambda: built(BASE),
    "example": lambda: built(EXAMPLE),
    "sidecar": lambda: SIDECAR.read_text(encoding="utf-8"),
}
_OLDEST, _NEWEST = "1.29.1", "1.37.0"  # the first with native sidecars by default, and today's

every_stream = pytest.mark.parametrize("stream", _STREAMS)


def pods(stream: str) -> list[Object]:
    """Return the specs of all pods of a stream."""
    return [template["spec"] for template in templates(parse(_STREAMS[stream]()))]


@every_stream
@pytest.mark.parametrize("version", [_OLDEST, _NEWEST])
def test_every_object_is_of_its_schema(stream: str, version: str, tmp_path: Path) -> None:
    """Strictly: no key is misspelt. Schemas of custom resources are not at hand; see below."""
    validate = program("kubernetes-validate", source="the development group of pyproject.toml")
    file = tmp_path / "objects.yaml"
    file.write_text(_STREAMS[stream](), encoding="utf-8")
    code, text = said(validate, "--strict", "--no-warn", "-k", version, str(file))

    assert code == 0, text
    assert "passed" in text


def test_the_sidecar_needs_a_cluster_that_knows_sidecars() -> None:
    """The check has teeth: before 1.28 a container that starts first could not stay."""
    validate = program("kubernetes-validate", source="the development group of pyproject.toml")

    assert said(validate, "--strict", "-k", "1.27.0", str(SIDECAR))[0] != 0


def test_the_base_is_what_it_says() -> None:
    """Seven objects, and no Secret among them: those are made by hand."""
    kinds = [each["kind"] for each in objects(BASE)]

    assert sorted(kinds) == [
        *("ConfigMap", "Job", "NetworkPolicy", "PodDisruptionBudget"),
        *("Service", "ServiceAccount", "StatefulSet"),
    ]
    assert "Secret" not in {each["kind"] for each in objects(EXAMPLE)}


@every_stream
def test_pods_run_as_the_user_of_the_image(stream: str) -> None:
    """By number, not as root, under the default filter of system calls."""
    for pod in pods(stream):
        context = pod["securityContext"]

        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] == 10001
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}


@every_stream
def test_containers_are_restricted(stream: str) -> None:
    """As the Pod Security Standard `restricted` asks, and with a root that is read-only."""
    for container in (each for pod in pods(stream) for each in containers(pod)):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@every_stream
def test_no_pod_can_ask_the_cluster(stream: str) -> None:
    """It has no token."""
    assert all(pod["automountServiceAccountToken"] is False for pod in pods(stream))


@every_stream
def test_no_service_is_taken_for_a_setting(stream: str) -> None:
    """Kubernetes sets SEMWATCH_…_PORT for a Service semwatch-…; unknown settings end a worker."""
    assert all(pod["enableServiceLinks"] is False for pod in pods(stream))


@every_stream
def test_memory_is_asked_for_and_limited(stream: str) -> None:
    """And a volume in memory or on the node is as well."""
    for pod in pods(stream):
        assert all("memory" in each["resources"]["limits"] for each in containers(pod))
        assert all("memory" in each["resources"]["requests"] for each in containers(pod))
        assert all("sizeLimit" in v["emptyDir"] for v in pod["volumes"] if "emptyDir" in v)


@every_stream
def test_every_mount_has_its_volume(stream: str) -> None:
    """And no volume is there for nothing."""
    for pod in pods(stream):
        mounted = {m["name"] for each in containers(pod) for m in each["volumeMounts"]}

        assert mounted == {volume["name"] for volume in pod["volumes"]}


@every_stream
def test_our_commands_parse(stream: str) -> None:
    """Name and options, and the settings lie where the option says."""
    every = [each for pod in pods(stream) for each in containers(pod)]
    ours = [each for each in every if "/semwatch:" in f"/{each['image']}"]

    assert ours
    for container in ours:
        name, *options = container["args"]
        file = main.commands[name].make_context(name, options).params["config_file"]

        assert file.name == "semwatch.toml"
        assert str(file.parent) in {mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("directory", [BASE, EXAMPLE], ids=["base", "example"])
def test_worker_and_job_read_the_settings_that_are_generated(directory: Path) -> None:
    """The name has a digest in it, so that a change of them rolls the workers."""
    built_objects = objects(directory)
    [settings] = [each for each in built_objects if "semwatch.toml" in each.get("data", {})]
    name = settings["metadata"]["name"]
    volumes = [v for t in templates(built_objects) for v in t["spec"]["volumes"]]

    assert name.startswith("semwatch-")
    assert [v["configMap"]["name"] for v in volumes if v["name"] == "config"] == [name] * 2


@pytest.mark.parametrize("directory", [BASE, EXAMPLE], ids=["base", "example"])
def test_the_settings_are_taken(directory: Path) -> None:
    """And hold no password: that is a variable, from a Secret."""
    config = settings(directory)

    assert config.worker.host == "0.0.0.0"  # noqa: S104 - of the pod
    assert config.kafka.sasl_password == ""


def test_a_worker_has_a_name_that_it_keeps() -> None:
    """Its pod's, so it is a static member of the group, and all start at once."""
    workers = only("StatefulSet", objects(BASE))
    [worker] = workers["spec"]["template"]["spec"]["containers"]
    [name] = [v for v in worker["env"] if v["name"] == "SEMWATCH_KAFKA_INSTANCE_ID"]

    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert workers["spec"]["podManagementPolicy"] == "Parallel"
    assert "volumeClaimTemplates" not in workers["spec"]  # tables are in memory


def test_probes_ask_the_pages_of_the_worker() -> None:
    """Recovery has ten minutes; then only a dead event loop or a stall restarts it."""
    [worker] = only("StatefulSet", objects(BASE))["spec"]["template"]["spec"]["containers"]
    paths = {name: worker[name]["httpGet"]["path"] for name in worker if name.endswith("Probe")}
    startup = worker["startupProbe"]

    assert paths == {
        "startupProbe": "/readyz",
        "readinessProbe": "/readyz",
        "livenessProbe": "/livez",
    }
    assert startup["periodSeconds"] * startup["failureThreshold"] == 600 > stall_seconds()
    assert worker["ports"] == [{"name": "metrics", "containerPort": settings(BASE).worker.port}]


def test_a_stop_that_hangs_ends_before_it_is_killed() -> None:
    """Then the log says where it stood."""
    pod = only("StatefulSet", objects(BASE))["spec"]["template"]["spec"]

    assert settings(BASE).worker.stop_seconds < pod["terminationGracePeriodSeconds"]


def stall_seconds() -> float:
    """Return how long a worker may stand still while records wait, its start included."""
    return settings(BASE).worker.stall_seconds


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("PodDisruptionBudget", "semwatch-worker"),
        ("NetworkPolicy", "semwatch"),
        ("Service", "semwatch-worker"),
        ("PodMonitor", "semwatch"),
    ],
)
def test_what_selects_pods_selects_the_workers(kind: str, name: str) -> None:
    """Every label that it asks for is on the template."""
    among = objects(EXAMPLE)
    spec = only(kind, among, name)["spec"]
    selector = spec.get("podSelector") or spec["selector"]
    wanted = selector.get("matchLabels", selector)
    labels = only("StatefulSet", among)["spec"]["template"]["metadata"]["labels"]

    assert wanted
    assert wanted.items() <= labels.items()


def test_a_drain_takes_one_worker_at_a_time() -> None:
    """And is not held up by one that does not work anyway."""
    spec = only("PodDisruptionBudget", objects(BASE))["spec"]

    assert spec["maxUnavailable"] == 1
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_only_prometheus_gets_in_and_only_names_and_kafka_are_asked() -> None:
    """No rule is open to every address, which would be the internet."""
    spec = only("NetworkPolicy", objects(BASE))["spec"]
    peers = [peer for rule in spec["egress"] for peer in rule["to"]]
    ports = {port["port"] for rule in spec["egress"] for port in rule["ports"]}
    [ingress] = spec["ingress"]

    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert all(peer.keys() == {"namespaceSelector"} and all(peer.values()) for peer in peers)
    assert ports == {53, 9092, 9093}
    assert [port["port"] for port in ingress["ports"]] == ["metrics"]


def test_the_job_of_the_metrics_is_the_one_that_rules_ask_for() -> None:
    """By the label of the pods that `jobLabel` names."""
    among = objects(EXAMPLE)
    labels = only("StatefulSet", among)["spec"]["template"]["metadata"]["labels"]

    assert labels[only("PodMonitor", among, "semwatch")["spec"]["jobLabel"]] == "semwatch"


def test_the_pod_monitor_has_the_keys_of_its_resource() -> None:
    """`scrapeProtocols` is of the spec, not of an endpoint; OpenMetrics first, for exemplars."""
    monitor = only("PodMonitor", objects(EXAMPLE), "semwatch")
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]

    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    assert monitor["spec"].keys() == {
        *("jobLabel", "selector", "scrapeProtocols", "podMetricsEndpoints")
    }
    assert monitor["spec"]["scrapeProtocols"][0].startswith("OpenMetricsText")
    assert endpoint.keys() == {"port", "path", "interval"}
    assert endpoint["port"] == "metrics"


def test_the_sidecar_is_scraped_under_its_own_job() -> None:
    """By the label and the port of the example, in whatever namespace the bots are."""
    spec = only("PodMonitor", objects(EXAMPLE), "semwatch-ship")["spec"]
    [endpoint] = spec["podMetricsEndpoints"]
    [bot] = templates(parse(SIDECAR.read_text(encoding="utf-8")))
    [ship] = bot["spec"]["initContainers"]

    assert spec["namespaceSelector"] == {"any": True}
    assert spec["selector"]["matchLabels"].items() <= bot["metadata"]["labels"].items()
    assert endpoint["port"] in {port["name"] for port in ship["ports"]}
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "semwatch-ship"}]


def test_the_jobs_are_those_of_prometheus_without_an_operator() -> None:
    """Rules and dashboards ask for them by these names."""
    scrapes = msgspec.yaml.decode((PROMETHEUS / "prometheus.yml").read_bytes())["scrape_configs"]

    assert {scrape["job_name"] for scrape in scrapes} == {"semwatch", "semwatch-ship"}


def test_the_operator_has_the_rules_of_everybody() -> None:
    """Group by group those of deploy/prometheus/rules."""
    files = sorted((PROMETHEUS / "rules").glob("*.yaml"))
    groups = [g for file in files for g in msgspec.yaml.decode(file.read_bytes())["groups"]]
    found = only("PrometheusRule", objects(EXAMPLE))["spec"]["groups"]

    assert groups
    assert sorted(found, key=_name) == sorted(groups, key=_name)


def _name(group: Object) -> str:
    name: str = group["name"]
    return name


def test_the_scaler_watches_the_lag_of_the_group() -> None:
    """Up to a worker a partition, never to none, and down slowly."""
    config = settings(BASE)
    scaled = only("ScaledObject", objects(EXAMPLE))
    [trigger] = scaled["spec"]["triggers"]
    down = scaled["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]

    assert scaled["apiVersion"] == "keda.sh/v1alpha1"
    assert scaled["spec"]["maxReplicaCount"] == config.topics.partitions
    assert scaled["spec"]["minReplicaCount"] >= 1
    assert trigger["metadata"]["consumerGroup"] == config.kafka.group
    assert trigger["metadata"]["topic"] == config.topics.events
    assert trigger["metadata"]["allowIdleConsumers"] == "false"
    assert down["stabilizationWindowSeconds"] > config.kafka.session_timeout_seconds
    assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_what_the_scaler_sets_is_not_set_by_an_apply() -> None:
    """The component takes the number of workers out of the manifest."""
    scaled = only("ScaledObject", objects(EXAMPLE))
    workers = only("StatefulSet", objects(EXAMPLE))

    assert "replicas" not in workers["spec"]
    assert scaled["spec"]["scaleTargetRef"]["name"] == workers["metadata"]["name"]


def test_the_scaler_has_the_credentials_that_it_names() -> None:
    """It asks the brokers itself, by the Secret of the workers."""
    among = objects(EXAMPLE)
    [trigger] = only("ScaledObject", among)["spec"]["triggers"]
    credentials = only("TriggerAuthentication", among)

    assert trigger["authenticationRef"]["name"] == credentials["metadata"]["name"]
    assert {each["parameter"] for each in credentials["spec"]["secretTargetRef"]} == {
        *("username", "password", "ca")
    }
    assert trigger["metadata"]["bootstrapServers"] == settings(EXAMPLE).kafka.bootstrap_servers


def test_the_base_and_the_scaler_reach_one_kafka() -> None:
    """The component names it again; KEDA does not read our settings."""
    component = BASE.parent / "components" / "keda" / "scaled-object.yaml"
    [trigger] = msgspec.yaml.decode(component.read_bytes())["spec"]["triggers"]

    assert trigger["metadata"]["bootstrapServers"] == settings(BASE).kafka.bootstrap_servers


def test_the_namespace_refuses_what_is_not_restricted() -> None:
    """The example enforces the standard that the pods keep."""
    labels = only("Namespace", objects(EXAMPLE))["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_rules_of_the_example_are_mounted_where_the_settings_look() -> None:
    """In a ConfigMap whose name stays, so that the worker sees them change."""
    among = objects(EXAMPLE)
    [rules] = [each for each in among if "policy.yaml" in each.get("data", {})]
    pod = only("StatefulSet", among)["spec"]["template"]["spec"]
    [volume] = [v for v in pod["volumes"] if v["name"] == "policy"]
    [mount] = [m for m in pod["containers"][0]["volumeMounts"] if m["name"] == "policy"]

    assert rules["metadata"]["name"] == volume["configMap"]["name"] == "semwatch-policy"
    assert f"{mount['mountPath']}/policy.yaml" in settings(EXAMPLE).policy.rules


def settings(directory: Path) -> Config:
    """Return the settings of a directory; files of the pod stand where they would."""
    file = directory / "semwatch.toml"
    certificate: dict[str, Any] = {"SEMWATCH_KAFKA_SSL_CA_FILE": str(file)}
    config = load(file, certificate)
    return replace(config, kafka=replace(config.kafka, ssl_ca_file=""))
