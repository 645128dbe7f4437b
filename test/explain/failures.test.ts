import assert from "node:assert/strict";

import { explainFailure } from "../../explain/failures";

const commit = "b".repeat(40);

/** What Flux says, and what a person is told to do about it. Messages as its controllers write them. */
const failures: readonly (readonly [name: string, reason: string, message: string, why: RegExp, fix: string])[] = [
    [
        "a deleted deploy key",
        "GitOperationFailed",
        "failed to checkout and determine revision: unable to list remote: ssh: handshake failed: ssh: unable to authenticate",
        /its deploy key is gone/,
        "pulumi up --stack staging --refresh",
    ],
    [
        "a health check that is no CEL",
        "InvalidCELExpression",
        "Reconciliation failed terminally due to configuration error: failed to create custom status evaluator for healthchecks[1]: failed to parse the expression Current: failed to parse the CEL expression 'status.(': ERROR: <input>:1:8: Syntax error",
        /cannot read an expression in fluxcd:\w+\.apps\.healthCheckExprs: check 1,/,
        "pulumi config get --stack staging --path ",
    ],
    [
        "a tag that does not exist",
        "GitOperationFailed",
        `failed to checkout and determine revision: unable to clone: couldn't find remote ref "refs/tags/staging-v1.0.0"`,
        /no such tag: staging-v1\.0\.0 was deleted, or never pushed/,
        `git -C fluxcd-apps tag -a staging-v1.0.0 -m staging-v1.0.0 ${commit} && git -C fluxcd-apps push origin staging-v1.0.0`,
    ],
    [
        "a branch that does not exist",
        "GitOperationFailed",
        `failed to checkout and determine revision: unable to clone: couldn't find remote ref "refs/heads/next"`,
        /no such branch: next/,
        "git -C fluxcd-apps push origin HEAD:refs/heads/next",
    ],
    [
        "a commit without a signature of a known key",
        "InvalidCommitSignature",
        `signature verification of commit '${commit}' failed: unable to verify Git commit: payload is not signed`,
        /no signer in fluxcd:sources\.apps\.verify has signed commit b{40}/,
        `git -C fluxcd-apps verify-commit ${commit} `,
    ],
    [
        "a tag without a signature",
        "InvalidGitObject",
        "cannot verify signature of tag 'staging-v1.0.0@0123' since it is not signed",
        /has signed tag staging-v1\.0\.0, so Flux refuses it/,
        "git -C fluxcd-apps verify-tag staging-v1.0.0 ",
    ],
    [
        "an SSH host key that does not match",
        "GitOperationFailed",
        "failed to checkout and determine revision: unable to list remote: ssh: handshake failed: knownhosts: key mismatch",
        /SSH key is not one that GitHub's API lists/,
        "pulumi up --stack staging",
    ],
    ...[
        "failed to checkout and determine revision: unable to clone 'https://github.com/misua/mono': context deadline exceeded",
        "failed to checkout and determine revision: unable to fetch-pack: context deadline exceeded",
        "failed to checkout and determine revision: unable to list remote for 'ssh://git@github.com/misua/mono.git': context deadline exceeded",
        "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/misua/mono': context canceled",
    ].map(
        (message) =>
            [
                `a fetch that takes too long: ${message}`,
                "GitOperationFailed",
                message,
                /one fetch takes longer than fluxcd:sources\.apps\.timeout, which is 60s/,
                "pulumi config set --stack staging --path 'fluxcd:sources.apps.timeout' 10m && pulumi up --stack staging ",
            ] as const,
    ),
    ...[
        'unable to clone: Get "https://github.com/": dial tcp 140.82.121.4:443: context deadline exceeded',
        "unable to list remote: dial tcp: lookup github.com on 10.96.0.10:53: no such host",
        "unable to clone: connect: connection refused: context deadline exceeded",
    ].map(
        (message) =>
            [
                `a network that does not reach the host: ${message}`,
                "GitOperationFailed",
                `failed to checkout and determine revision: ${message}`,
                /does not reach github\.com/,
                "kubectl --context staging -n flux-system logs deployment/source-controller --tail 20 ",
            ] as const,
    ),
    [
        "a host that cannot be reached",
        "GitOperationFailed",
        "failed to checkout and determine revision: unable to list remote: dial tcp 140.82.121.4:22: i/o timeout",
        /does not reach github\.com/,
        "kubectl --context staging -n flux-system logs deployment/source-controller --tail 20 ",
    ],
    [
        "a folder that does not exist",
        "ArtifactFailed",
        "kustomization path not found: stat /tmp/kustomization-1/apps/overlays/staging: no such file or directory",
        /no folder \.\/apps\/overlays\/staging/,
        `git -C fluxcd-apps ls-tree -d --name-only ${commit} ./apps/overlays/`,
    ],
    [
        "an encrypted Secret without a decryption key",
        "ReconciliationFailed",
        "Secret/podinfo/password is SOPS encrypted, configuring decryption is required for this secret to be reconciled",
        /gives Flux no key to decrypt it/,
        "pulumi config set --stack staging --path 'fluxcd:kustomizations.apps.decryption' age && pulumi config set --stack staging --secret fluxcd:sopsAgeKey",
    ],
    [
        "a key that cannot decrypt the Secret",
        "BuildFailed",
        "decryption failed for '/v1, Kind=Secret/password': failed to decrypt and format 'podinfo/password' Secret field 'data': cannot get sops data key",
        /no key that decrypts the file/,
        "pulumi config set --stack staging --secret fluxcd:sopsAgeKey && pulumi up --stack staging ",
    ],
    [
        "a variable without a value",
        "BuildFailed",
        `post build failed for 'podinfo/Deployment': envsubst error: variable substitution failed: variable not set (strict mode): "CLUSTER_NAME"`,
        /the variable \$\{CLUSTER_NAME\} has no value/,
        "pulumi config set --stack staging --path 'fluxcd:kustomizations.apps.substitute.CLUSTER_NAME' <value> && pulumi up --stack staging",
    ],
    [
        "an overlay that cannot be built",
        "BuildFailed",
        "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'gone.yaml'",
        /kustomize cannot build the overlay/,
        `git -C fluxcd-apps checkout --quiet ${commit} && kubectl kustomize fluxcd-apps/apps/overlays/staging `,
    ],
    [
        "a dependency that is not ready",
        "DependencyNotReady",
        "dependency 'flux-system/infrastructure' is not ready",
        /waits for infrastructure/,
        "kubectl --context staging -n flux-system get kustomization infrastructure --output yaml",
    ],
    [
        "a workload that does not become healthy",
        "HealthCheckFailed",
        "health check failed after 30.03s: timeout waiting for: [Deployment/podinfo/podinfo status: 'InProgress']",
        /applied, but Deployment podinfo does not become healthy/,
        "kubectl --context staging -n podinfo describe deployment podinfo",
    ],
    [
        "a workload that fails early",
        "HealthCheckFailed",
        "health check failed after 1s: failed early due to stalled resources: [Namespace/apps status: 'Failed']",
        /Namespace apps does not become healthy/,
        "kubectl --context staging describe namespace apps",
    ],
    [
        "a refusal by an admission policy",
        "ReconciliationFailed",
        `Deployment/podinfo/podinfo dry-run failed (Invalid): deployments.apps "podinfo" is forbidden: ValidatingAdmissionPolicy 'limits' with binding 'limits' denied request: no limits`,
        /policy or an admission webhook/,
        `git -C fluxcd-apps checkout --quiet ${commit} && kubectl --context staging apply --server-side --dry-run=server -k fluxcd-apps/apps/overlays/staging `,
    ],
    [
        "an account without permission",
        "ReconciliationFailed",
        `Deployment/podinfo/podinfo dry-run failed (Forbidden): deployments.apps "podinfo" is forbidden: User "system:serviceaccount:flux-system:apps-reconciler" cannot patch resource "deployments" in API group "apps" in the namespace "podinfo"`,
        /applies it as apps-reconciler, which may not patch deployments/,
        "kubectl --context staging auth can-i --list --as system:serviceaccount:flux-system:apps-reconciler -n podinfo ",
    ],
    [
        "a kind that the cluster does not know",
        "ReconciliationFailed",
        `HelmRelease/podinfo/podinfo dry-run failed: no matches for kind "HelmRelease" in version "helm.toolkit.fluxcd.io/v2"`,
        /the cluster knows no HelmRelease/,
        "kubectl --context staging get customresourcedefinitions",
    ],
    [
        "an object that the API server refuses",
        "ReconciliationFailed",
        `Deployment/podinfo/podinfo dry-run failed (Invalid): Deployment.apps "podinfo" is invalid: spec.template.spec.containers: Required value`,
        /the API server refuses an object/,
        `git -C fluxcd-apps checkout --quiet ${commit} && kubectl --context staging apply --server-side --dry-run=server -k `,
    ],
];

describe("explainFailure", () => {
    /** A failure of the GitRepository is about its source, any other about the Kustomization. */
    const about = (reason: string) => ({
        ...{ stack: "staging", context: "staging", commit },
        key: /^(GitOperation|Invalid)/.test(reason) ? "fluxcd:sources.apps" : "fluxcd:kustomizations.apps",
        ...{ repository: "fluxcd-apps", path: "./apps/overlays/staging" },
        source: { url: "ssh://git@github.com/misua/fluxcd-apps.git" },
    });
    const explained = (reason: string, message: string) => explainFailure({ ...about(reason), reason, message });

    for (const [name, reason, message, why, fix] of failures) {
        it(`explains ${name} and names the fix`, () => {
            const found = explained(reason, message);
            assert.match(found?.why ?? "", why);
            assert.ok(found?.fix.startsWith(fix), found?.fix);
        });
    }

    it("returns no explanation for an unknown failure", () => {
        assert.equal(explained("PruneFailed", "something else"), undefined);
    });

    it("returns no credential explanation if the cluster refuses an object", () => {
        const message = "permission denied by a webhook";
        assert.equal(explained("ReconciliationFailed", message), undefined);
    });
});
