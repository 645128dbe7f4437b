#!/usr/bin/env bash
# Reads manifests, and names each value of a Secret that is not encrypted. Exits with 1 if there is one.
# Encrypted is what Flux decrypts: the values of a Secret with the metadata of SOPS, and files and variables that SOPS has
# encrypted, in a Secret that a secretGenerator makes: https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
set -euo pipefail

where=${1:?what the manifests are is missing}

# One line for each value: the Secret, whether it has the metadata of SOPS, the key, the value.
values() {
  awk '
    function text(value) {
      gsub(/^["\047]|["\047]$/, "", value)
      return value
    }
    function finish(i) {
      if (kind == "Secret" && version == "v1") {
        for (i = 1; i <= count; i++) print (namespace == "" ? "" : namespace "/") name "\t" sops "\t" keys[i] "\t" found[i]
      }
      kind = version = name = namespace = part = ""
      sops = "no"
      count = depth = 0
    }
    BEGIN { finish() }
    END { finish() }
    /^---/ { finish(); next }
    /^[ \t]*$/ { next }
    { match($0, /^ */); isValue = part == "data" || part == "stringData" }
    # A comment, unless it is a line of a long value.
    /^ *#/ && !(isValue && depth > 0 && RLENGTH > depth) { next }
    {
      key = value = $0
      sub(/^ */, "", key)
      sub(/:.*/, "", key)
      key = text(key)
      sub(/^[^:]*: */, "", value)
    }
    RLENGTH == 0 {
      part = key
      depth = 0
      if (part == "kind") kind = text(value)
      if (part == "apiVersion") version = text(value)
      if (part == "sops") sops = "yes"
      # All values on the line of the field, as in JSON.
      if ((part == "data" || part == "stringData") && value ~ /^\{./ && value != "{}") {
        keys[++count] = part
        found[count] = value
      }
      next
    }
    depth == 0 { depth = RLENGTH }
    part == "metadata" && RLENGTH == depth && key == "name" { name = text(value) }
    part == "metadata" && RLENGTH == depth && key == "namespace" { namespace = text(value) }
    isValue && RLENGTH == depth {
      keys[++count] = key
      found[count] = value ~ /^[|>]/ ? "" : text(value)
    }
    isValue && RLENGTH > depth { line = $0; sub(/^ */, "", line); found[count] = found[count] line }
  '
}

decoded() { base64 --decode <<<"$1" 2>/dev/null | tr -d '\0' || true; }

plain=0
while IFS=$'\t' read -r secret sops key value; do
  if [[ -z $value || ($sops == yes && $value == 'ENC[AES256_GCM,'*) ]]; then
    continue
  fi
  # Of a file with variables, SOPS encrypts the values, and adds variables of its own.
  if [[ $key == sops_* || $(decoded "$value") == *'ENC[AES256_GCM,'* ]]; then
    continue
  fi
  echo "$where: Secret $secret has \"$key\" in plain text." >&2
  plain=1
done < <(values)
exit "$plain"
