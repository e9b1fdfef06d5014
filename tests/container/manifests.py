"""The Kubernetes manifests of the documentation, as kustomize makes them."""

import shutil
import subprocess

import yaml

from engine import PATIENCE_S, ROOT

FOLDERS = ("base", "production")
KUSTOMIZE = shutil.which("kustomize")


def built(folder):
    """The objects of a kustomization, by kind."""
    done = subprocess.run([KUSTOMIZE, "build", ROOT / "docs" / "kubernetes" / folder],
                          text=True, capture_output=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    found = list(yaml.safe_load_all(done.stdout))
    objects = {one["kind"]: one for one in found}
    assert len(objects) == len(found)
    return objects


def pod(objects):
    return objects["Deployment"]["spec"]["template"]["spec"]


def container(objects):
    (only,) = pod(objects)["containers"]
    return only


def environment(objects):
    return {entry["name"]: entry["value"] for entry in container(objects)["env"]}


# --- The names of fields ------------------------------------------------------------

# What Kubernetes calls the fields that the manifests use; a name that is not
# here is a slip, which an API server would refuse and podman would not see. A
# "*" stands for names that are anybody's.
META = {"name", "namespace", "labels.*", "annotations.*"}
HTTP_PROBE = {"httpGet.path", "httpGet.port", "periodSeconds", "timeoutSeconds",
              "failureThreshold", "initialDelaySeconds"}
CONTAINER = {
    "name", "image", "env.name", "env.value", "ports.name", "ports.containerPort",
    "lifecycle.preStop.sleep.seconds", "resources.requests.*", "resources.limits.*",
    "securityContext.allowPrivilegeEscalation", "securityContext.readOnlyRootFilesystem",
    "securityContext.capabilities.drop", "volumeMounts.name", "volumeMounts.mountPath",
    "volumeMounts.readOnly",
    *(f"{probe}.{field}" for field in HTTP_PROBE
      for probe in ("startupProbe", "readinessProbe", "livenessProbe")),
}
POD = {
    "automountServiceAccountToken", "terminationGracePeriodSeconds",
    "securityContext.runAsNonRoot", "securityContext.runAsUser",
    "securityContext.runAsGroup", "securityContext.seccompProfile.type",
    "volumes.name", "volumes.configMap.name", "volumes.emptyDir.sizeLimit",
    *(f"containers.{field}" for field in CONTAINER),
}
SPECS = {
    ("v1", "ConfigMap"): {"data.*"},
    ("v1", "Service"): {"spec.ports.name", "spec.ports.port", "spec.ports.targetPort",
                        "spec.selector.*"},
    ("policy/v1", "PodDisruptionBudget"): {
        "spec.maxUnavailable", "spec.selector.matchLabels.*"},
    ("autoscaling/v2", "HorizontalPodAutoscaler"): {
        "spec.scaleTargetRef.apiVersion", "spec.scaleTargetRef.kind",
        "spec.scaleTargetRef.name", "spec.minReplicas", "spec.maxReplicas",
        "spec.metrics.type", "spec.metrics.pods.metric.name",
        "spec.metrics.pods.target.type", "spec.metrics.pods.target.averageValue",
        "spec.behavior.scaleDown.stabilizationWindowSeconds",
        "spec.behavior.scaleDown.policies.type", "spec.behavior.scaleDown.policies.value",
        "spec.behavior.scaleDown.policies.periodSeconds"},
    ("apps/v1", "Deployment"): {
        "spec.strategy.rollingUpdate.maxSurge", "spec.strategy.rollingUpdate.maxUnavailable",
        "spec.selector.matchLabels.*",
        *(f"spec.template.metadata.{field}" for field in META),
        *(f"spec.template.spec.{field}" for field in POD)},
}


def fields_of(value, place=""):
    """Each leaf's path, "spec.ports.name"; lists are looked through."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from fields_of(inner, f"{place}\0{name}" if place else name)
    elif isinstance(value, list):
        for inner in value:
            yield from fields_of(inner, place)
    else:
        yield place


def unknown_fields(one):
    known = SPECS[one["apiVersion"], one["kind"]] | {"apiVersion", "kind"}
    known = known | {f"metadata.{field}" for field in META}
    return [field.replace("\0", ".") for field in fields_of(one)
            if field.replace("\0", ".") not in known
            and f'{field.rpartition(chr(0))[0].replace(chr(0), ".")}.*' not in known]
