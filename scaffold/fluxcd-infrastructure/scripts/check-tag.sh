#!/usr/bin/env bash
# Checks a release tag: its name, that main has its commit, and that production takes what staging was given.
# CI runs this for every tag that is pushed. It needs the whole history, with its tags.
set -euo pipefail

fail() {
  echo "$tag: $1" >&2
  echo "A release tag never moves: leave it, put no stack on it, and make the next version." >&2
  exit 1
}

tag=${1:?the name of the tag is missing}
number='(0|[1-9][0-9]*)'
if ! [[ $tag =~ ^(staging|prod)-v$number\.$number\.$number$ ]]; then
  fail "not a release tag. Expected staging-vX.Y.Z or prod-vX.Y.Z."
fi
if ! commit=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}"); then
  fail "there is no such tag here."
fi
if grep --quiet '^hotfix: .' <<<"$(git for-each-ref --format='%(contents)' "refs/tags/$tag")"; then
  echo "$tag is a hotfix, which may leave main and skip staging. Its reason is in the tag and in the stack file."
  exit 0
fi
if ! git merge-base --is-ancestor "$commit" refs/remotes/origin/main; then
  fail "$commit is not on main."
fi
if [[ $tag == prod-v* && -z $(git tag --list 'staging-v*' --points-at "$commit") ]]; then
  fail "$commit has no staging tag, so staging cannot have run it."
fi
echo "$tag is a release of $commit."
