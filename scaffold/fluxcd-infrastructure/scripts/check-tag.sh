#!/usr/bin/env bash
# Checks a release tag: its name, that main has its commit, and that the environment before it was given that commit.
# The file release-tags says which tags there are. CI runs this for every tag that is pushed. It needs the whole history,
# with its tags.
set -euo pipefail

fail() {
  echo "$tag: $1" >&2
  echo "A release tag never moves: leave it, put no stack on it, and make the next version." >&2
  exit 1
}

tag=${1:?the name of the tag is missing}
number='(0|[1-9][0-9]*)'
is_of() { [[ $1 == "$2"* && ${1#"$2"} =~ ^$number\.$number\.$number$ ]]; }

family='' before='' expected=''
while read -r prefix previous || [[ -n $prefix ]]; do
  [[ -z $prefix || $prefix == '#'* ]] && continue
  expected+="${expected:+ or }${prefix}X.Y.Z"
  if is_of "$tag" "$prefix"; then
    family=$prefix before=$previous
  fi
done <"${BASH_SOURCE[0]%/*}/../release-tags"
if [[ -z $family ]]; then
  fail "not a release tag. Expected $expected. The file release-tags lists the prefixes."
fi
if ! commit=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}"); then
  fail "there is no such tag here."
fi
if grep --quiet '^hotfix: .' <<<"$(git for-each-ref --format='%(contents)' "refs/tags/$tag")"; then
  echo "$tag is a hotfix, which may leave main and skip environments. Its reason is in the tag and in the stack file."
  exit 0
fi
if ! git merge-base --is-ancestor "$commit" refs/remotes/origin/main; then
  fail "$commit is not on main."
fi
if [[ -n $before ]]; then
  proven=''
  while read -r other; do
    if is_of "$other" "$before"; then
      proven=$other
    fi
  done < <(git tag --points-at "$commit")
  if [[ -z $proven ]]; then
    fail "$commit has no tag ${before}X.Y.Z, so the environment before cannot have run it."
  fi
fi
echo "$tag is a release of $commit."
