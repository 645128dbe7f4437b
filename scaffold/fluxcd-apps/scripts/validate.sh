#!/usr/bin/env bash
# Builds every environment, and every cluster with a folder of its own, from the files that Flux reads. Checks each object
# against the Kubernetes schemas, and each Secret for values in plain text. CI runs this too.
# Further arguments go to kubeconform: -schema-location <url> adds schemas of custom resources.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

# The oldest version that a cluster runs.
kubernetes_version=1.33.0
# The schemas of common custom resources, such as those of Flux, the Gateway API and the Prometheus Operator.
custom_resources='https://raw.githubusercontent.com/datreeio/CRDs-catalog/7b1e26ef9deea49293714d204c1a2270aab1178f/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'

if command -v kustomize >/dev/null; then
  build=(kustomize build --load-restrictor LoadRestrictionsNone)
elif command -v kubectl >/dev/null; then
  build=(kubectl kustomize --load-restrictor LoadRestrictionsNone)
else
  echo "Neither kustomize nor kubectl is installed. See https://kubectl.docs.kubernetes.io/installation/kustomize/" >&2
  exit 1
fi
if ! command -v kubeconform >/dev/null; then
  echo "kubeconform is not installed. See https://github.com/yannh/kubeconform#installation" >&2
  exit 1
fi

if ! git rev-parse --git-dir >/dev/null; then
  echo "This folder is not a clone, so the files that Flux reads are not known. See https://git-scm.com" >&2
  exit 1
fi

# Flux reads what is committed, but no files that a .sourceignore names. Without a rule, it has its own ones:
# https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files
ignore=(--exclude-per-directory=.sourceignore)
if ! find . -name .sourceignore -exec cat {} + | grep -v '^#' | grep -q '[^[:space:]]'; then
  ignore=()
  for rule in '*.jpg' '*.jpeg' '*.gif' '*.png' '*.wmv' '*.flv' '*.tar.gz' '*.zip' .github/ .circleci/ .travis.yml \
    .gitlab-ci.yml appveyor.yml .drone.yml cloudbuild.yaml codeship-services.yml codeship-steps.yml .goreleaser.yml \
    .sops.yaml .flux.yaml; do
    ignore+=(--exclude="$rule")
  done
fi
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/files"
list() { git -c core.quotePath=off ls-files "$@"; }
{
  list --cached --ignored "${ignore[@]}"
  list --others --ignored "${ignore[@]}"
  # Of a file in Git LFS, Flux reads the pointer.
  list ':(attr:filter=lfs)'
} >"$tree/unread"
list -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [[ -L $file ]]; then
    echo "$file" >>"$tree/unread"
  elif [[ -f $file ]]; then
    printf '%s\0' "$file"
  fi
done | COPYFILE_DISABLE=1 tar --null -T - -cf - | tar -xf - -C "$tree/files"
(cd "$tree/files" && while IFS= read -r file; do rm -f "$file"; done <"$tree/unread")

has_kustomization() { [[ -f $1/kustomization.yaml || -f $1/kustomization.yml || -f $1/Kustomization ]]; }

# Flux builds a folder without a kustomization from all manifests below it.
list_manifests() {
  local entry
  for entry in "$1"/* "$1"/.[!.]*; do
    if [[ -d $entry ]] && ! has_kustomization "$entry"; then
      list_manifests "$entry"
    elif [[ -d $entry || $entry == *.yaml || $entry == *.yml ]] && [[ -e $entry ]]; then
      echo "  - '$entry'"
    fi
  done
}
as_flux() {
  cd "$tree/files/$1" || return
  if ! has_kustomization .; then
    manifests=$(list_manifests .)
    echo "${manifests:+resources:
}${manifests:-namespace: nothing}" >kustomization.yaml
  fi
  "${build[@]}" .
}

failed=()
secrets=()
# A Secret in Git is public to all who can clone, also if no environment lists it.
while IFS= read -r -d '' file; do
  if [[ -f $file ]] && grep -Eq "^kind: [\"']?Secret" "$file" && ! bash scripts/plain-secrets.sh "$file" <"$file"; then
    secrets+=("$file")
  fi
done < <(list -z --cached --others --exclude-standard -- '*.yaml' '*.yml')

checked=0
for directory in */overlays/* */configs/overlays/* clusters/*; do
  [[ -d $directory ]] || continue
  checked=$((checked + 1))
  echo "$directory"
  # The build has its own line, so that its failure is not hidden behind the pipe.
  if ! manifests=$(as_flux "$directory"); then
    failed+=("$directory")
    if "${build[@]}" "$directory" >/dev/null 2>&1; then
      echo "It builds here, but not for Flux. Flux reads nothing outside the repository, and not these files:" >&2
      sed 's/^/  /' "$tree/unread" >&2
    fi
  # A Secret has what SOPS adds to it, which its schema does not know.
  elif ! kubeconform -strict -skip Secret -summary -kubernetes-version "$kubernetes_version" \
    -schema-location default -schema-location "$custom_resources" "$@" <<<"$manifests"; then
    failed+=("$directory")
  fi
  if ! bash scripts/plain-secrets.sh "$directory" <<<"${manifests:-}"; then
    secrets+=("$directory")
  fi
done

if ((checked == 0)); then
  echo "There is no folder to check, such as apps/overlays/production." >&2
  exit 1
fi
if ((${#secrets[@]})); then
  echo "Secrets in plain text: ${secrets[*]}. Encrypt each file with: sops encrypt --in-place <file>" >&2
  echo "What was pushed stays in the history: change it. docs/secrets.md of the Pulumi program has the steps." >&2
fi
if ((${#failed[@]})); then
  echo "Invalid: ${failed[*]}. The lines above say what is wrong." >&2
fi
if ((${#secrets[@]} + ${#failed[@]})); then
  exit 1
fi
echo "Every environment is valid."
