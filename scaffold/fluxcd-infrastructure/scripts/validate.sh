#!/usr/bin/env bash
# Builds every environment with kustomize and checks each object against the Kubernetes schemas. CI runs this too.
# Further arguments go to kubeconform: -schema-location <url> adds schemas of custom resources.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

# The oldest version that a cluster runs.
kubernetes_version=1.36.0
# The schemas of common custom resources, as those of infrastructure/monitoring.
custom_resources='https://raw.githubusercontent.com/datreeio/CRDs-catalog/7b1e26ef9deea49293714d204c1a2270aab1178f/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'

if command -v kustomize >/dev/null; then
  build=(kustomize build)
elif command -v kubectl >/dev/null; then
  build=(kubectl kustomize)
else
  echo "Neither kustomize nor kubectl is installed. See https://kubectl.docs.kubernetes.io/installation/kustomize/" >&2
  exit 1
fi
if ! command -v kubeconform >/dev/null; then
  echo "kubeconform is not installed. See https://github.com/yannh/kubeconform#installation" >&2
  exit 1
fi

failed=()
for directory in clusters/* infrastructure/overlays/*; do
  echo "$directory"
  # The build has its own line, so that its failure is not hidden behind the pipe.
  if ! manifests=$("${build[@]}" "$directory"); then
    failed+=("$directory")
  # A Secret has what SOPS adds to it, which its schema does not know.
  elif ! kubeconform -strict -skip Secret -summary -kubernetes-version "$kubernetes_version" \
    -schema-location default -schema-location "$custom_resources" "$@" <<<"$manifests"; then
    failed+=("$directory")
  fi
done

if ((${#failed[@]})); then
  echo "Invalid: ${failed[*]}. The lines above say what is wrong." >&2
  exit 1
fi
echo "Every environment is valid."
