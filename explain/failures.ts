import { type Explained, explainFetchError } from "./fetchErrors";
import type { Source } from "../clients/cluster";

/** The error of an object that is not ready, with the facts needed to explain it. */
export interface Failure {
    readonly reason: string;
    readonly message: string;
    readonly stack: string;
    readonly context: string;
    /** The config key of its settings, such as `fluxcd:sources.apps`. */
    readonly key: string;
    readonly repository: string;
    /** The folder that the Kustomization applies. */
    readonly path: string;
    /** The spec of its GitRepository. */
    readonly source: NonNullable<Source["spec"]>;
    /** The commit that failed, or the last applied one; undefined if there is none yet. */
    readonly commit: string | undefined;
}

/** A pattern for `<reason>: <message>` of a condition, and its explanation. The first rule that matches is used. */
interface Rule {
    readonly reads: RegExp;
    readonly explain: (failure: Failure, match: RegExpExecArray) => Explained;
}

/**
 * Explains a failure of Flux: its cause and a fix. Undefined if nothing is known about it beyond Flux's own message.
 */
export function explainFailure(failure: Failure): Explained | undefined {
    const { reason, message, source, stack } = failure;
    const refused = /^(GitOperation|Authentication)Failed$/.test(reason)
        ? explainFetchError(source, message, stack)
        : undefined;
    if (refused) {
        return refused;
    }
    for (const { reads, explain } of [...ofSources, ...ofBuilds, ...ofClusters]) {
        const match = reads.exec(`${reason}: ${message}`);
        if (match) {
            return explain(failure, match);
        }
    }
    return undefined;
}

const git = ({ repository }: Failure) => `git -C ${repository}`;
const checkout = (failure: Failure) => `${git(failure)} checkout --quiet ${failure.commit ?? "<commit>"}`;
const folder = ({ repository, path }: Failure) => `${repository}/${path.replace(/^\.\//, "")}`;

/**
 * Reasons and messages are from go-git, and from source-controller's internal/controller/gitrepository_controller.go.
 */
const ofSources: readonly Rule[] = [
    {
        reads: /couldn't find remote ref "?refs\/(heads|tags)\/([^"\s]+)/,
        explain: (failure, [, kind, name = ""]) => ({
            why: `${failure.repository} has no such ${kind === "tags" ? "tag" : "branch"}: ${name} was deleted, or never pushed`,
            fix:
                kind === "tags"
                    ? `${git(failure)} tag -a ${name} -m ${name} ${failure.commit ?? "<commit>"} && ${git(failure)} push origin ${name}`
                    : `${git(failure)} push origin HEAD:refs/heads/${name}`,
        }),
    },
    {
        reads: /^Invalid(?:TagSignature|CommitSignature|GitObject|VerificationMode): .*?(tag|commit) '([^'@\s]+)/,
        explain: (failure, [, kind = "", name = ""]) => ({
            why: `no signer in ${failure.key}.verify has signed ${kind} ${name}, so Flux refuses it`,
            fix: `${git(failure)} verify-${kind} ${name}   (then replace it with a signed one, or add its signer's key to ${failure.key}.verify)`,
        }),
    },
    {
        reads: /knownhosts|host key/i,
        explain: ({ stack }) => ({
            why: "the host's SSH key is not one that GitHub's API lists, or GitHub has changed it since the last update",
            fix: `pulumi up --stack ${stack}   (if fluxcd:ssh.knownHosts is set, first set it again)`,
        }),
    },
    {
        reads: /^GitOperationFailed: (?!.*(?:dial tcp|no such host|connection refused)).*(?:context deadline exceeded|context canceled)/s,
        explain: ({ stack, key, source }) => ({
            why: `one fetch takes longer than ${key}.timeout, which is ${typeof source.timeout === "string" ? source.timeout : "60s"}, or the cluster does not reach ${hostOf(source.url)}`,
            fix: `pulumi config set --stack ${stack} --path '${key}.timeout' 10m && pulumi up --stack ${stack}   (docs/sources.md has more for large repositories; if no other source of the host works either, check the cluster's network and proxy)`,
        }),
    },
    {
        reads: /^GitOperationFailed: .*(dial tcp|i\/o timeout|no such host|connection refused|unreachable|deadline exceeded)/,
        explain: ({ context, source, stack }) => ({
            why: `the cluster does not reach ${hostOf(source.url)}`,
            fix: `kubectl --context ${context} -n flux-system logs deployment/source-controller --tail 20   (check the cluster's network and proxy, and https://www.githubstatus.com${isAtPort22(source.url) ? `; if only port 443 is open: pulumi config set --stack ${stack} --path 'fluxcd:ssh.host' ssh.github.com:443 && pulumi up --stack ${stack}` : ""})`,
        }),
    },
];

/**
 * Reasons and messages are from kustomize-controller's internal/controller/kustomization_controller.go and
 * internal/decryptor.
 */
const ofBuilds: readonly Rule[] = [
    {
        reads: /^ArtifactFailed: kustomization path not found/,
        explain: (failure) => ({
            why: `the fetched commit has no folder ${failure.path}`,
            fix: `${git(failure)} ls-tree -d --name-only ${failure.commit ?? "HEAD"} ${failure.path.replace(/[^/]+$/, "")}`,
        }),
    },
    {
        reads: /is SOPS encrypted, configuring decryption is required/,
        explain: ({ stack, key }) => ({
            why: "it has a Secret that SOPS encrypted, and this stack gives Flux no key to decrypt it",
            fix: `pulumi config set --stack ${stack} --path '${key}.decryption' age && pulumi config set --stack ${stack} --secret fluxcd:sopsAgeKey && pulumi up --stack ${stack}`,
        }),
    },
    {
        reads: /error decrypting sources|decryption failed for|sops data key|cannot get .* decryption Secret/i,
        explain: ({ stack }) => ({
            why: "Flux has no key that decrypts the file, or the file was changed after SOPS encrypted it",
            fix: `pulumi config set --stack ${stack} --secret fluxcd:sopsAgeKey && pulumi up --stack ${stack}   (an identity of one of the file's recipients; docs/secrets.md)`,
        }),
    },
    {
        reads: /post build failed.*variable not set[^"]*"(\w+)"/s,
        explain: ({ stack, key }, [, name = ""]) => ({
            why: `the variable \${${name}} has no value`,
            fix: `pulumi config set --stack ${stack} --path '${key}.substitute.${name}' <value> && pulumi up --stack ${stack}`,
        }),
    },
    {
        reads: /^InvalidCELExpression: .*?healthchecks\[(\d+)\]/,
        explain: ({ stack, key }, [, index = ""]) => ({
            why: `Flux cannot read an expression in ${key}.healthCheckExprs: check ${index}, counted from 0, is no CEL`,
            fix: `pulumi config get --stack ${stack} --path '${key}.healthCheckExprs'   (correct it, then pulumi up --stack ${stack})`,
        }),
    },
    {
        reads: /^BuildFailed: /,
        explain: (failure) => ({
            why: "kustomize cannot build the overlay",
            fix: `${checkout(failure)} && kubectl kustomize ${folder(failure)}   (then fix it in Git)`,
        }),
    },
    {
        reads: /^DependencyNotReady: dependency '(?:[^/']*\/)?([^/']+)'/,
        explain: ({ context }, [, name = ""]) => ({
            why: `it waits for ${name}: fix that first`,
            fix: `kubectl --context ${context} -n flux-system get kustomization ${name} --output yaml`,
        }),
    },
];

/** Messages are from the API server and the workloads. */
const ofClusters: readonly Rule[] = [
    {
        reads: /^HealthCheckFailed: [^[]*\[(\w+)\/(?:([\w.-]+)\/)?([\w.:-]+) status/,
        explain: ({ context }, [, kind = "", namespace, name = ""]) => ({
            why: `it is applied, but ${kind} ${name} does not become healthy`,
            fix: `kubectl --context ${context}${namespace === undefined ? "" : ` -n ${namespace}`} describe ${kind.toLowerCase()} ${name}`,
        }),
    },
    {
        reads: /denied (?:the )?request/,
        explain: (failure) => ({
            why: "a policy or an admission webhook of the cluster refuses it",
            fix: `${checkout(failure)} && ${tryOut(failure)}   (then fix it in Git)`,
        }),
    },
    {
        reads: /User "(system:serviceaccount:[^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?:[^"]*namespace "([^"]+)")?/,
        explain: ({ context }, [, account = "", verb = "", resource = "", group = "", namespace]) => ({
            why: `Flux applies it as ${account.split(":").at(-1) ?? ""}, which may not ${verb} ${resource}`,
            fix: `kubectl --context ${context} auth can-i --list --as ${account}${namespace === undefined ? "" : ` -n ${namespace}`}   (a Role for ${verb} of ${resource}${group === "" ? "" : `.${group}`} belongs in fluxcd-infrastructure; docs/access.md)`,
        }),
    },
    {
        reads: /no matches for kind "(\w+)"/,
        explain: ({ context }, [, kind = ""]) => ({
            why: `the cluster knows no ${kind}: its custom resource definition does not exist, or has another version`,
            fix: `kubectl --context ${context} get customresourcedefinitions`,
        }),
    },
    {
        reads: /dry-run failed/,
        explain: (failure) => ({
            why: "the API server refuses an object",
            fix: `${checkout(failure)} && ${tryOut(failure)}   (then fix it in Git)`,
        }),
    },
];

function tryOut(failure: Failure): string {
    return `kubectl --context ${failure.context} apply --server-side --dry-run=server -k ${folder(failure)}`;
}

/** GitHub.com also has its SSH service at port 443, under another name. */
function isAtPort22(url = ""): boolean {
    return url.startsWith("ssh://git@github.com/");
}

function hostOf(url = ""): string {
    return URL.canParse(url) ? new URL(url).hostname : "the repository's host";
}
