import { dirname, isAbsolute, join, sep } from "node:path";

import { z } from "zod";

import { type Entry, kubeconfigFiles, KubeconfigError, parsed } from "./kubeconfigFiles";

// Go decodes a missing value and null alike.
const text = z
    .string()
    .nullish()
    .transform((value) => value ?? "");
const flag = z
    .boolean()
    .nullish()
    .transform((value) => value ?? false);
const texts = z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? []);

const clusterSchema = z.object({
    server: text,
    "tls-server-name": text,
    "insecure-skip-tls-verify": flag,
    "certificate-authority": text,
    "certificate-authority-data": text,
    "proxy-url": text,
    "disable-compression": flag,
    extensions: z.array(z.object({ name: z.string(), extension: z.unknown() })).nullish(),
});

const execSchema = z.object({
    apiVersion: text,
    command: text,
    args: texts,
    env: z
        .array(z.object({ name: text, value: text }))
        .nullish()
        .transform((value) => value ?? []),
    installHint: text,
    provideClusterInfo: flag,
    interactiveMode: text,
});

const userSchema = z.object({
    "client-certificate": text,
    "client-certificate-data": text,
    "client-key": text,
    "client-key-data": text,
    token: text,
    tokenFile: text,
    as: text,
    "as-uid": text,
    "as-groups": texts,
    "as-user-extra": z
        .record(z.string(), texts)
        .nullish()
        .transform((value) => value ?? {}),
    username: text,
    password: text,
    "auth-provider": z.object({ name: text, config: z.record(z.string(), z.string()).nullish() }).nullish(),
    exec: execSchema.nullish(),
});

const contextSchema = z.object({ cluster: text, user: text });

/** A cluster as a kubeconfig has it, with its field names. An empty text is a missing one. */
export type KubeCluster = z.infer<typeof clusterSchema>;
/** A user as a kubeconfig has it. */
export type KubeUser = z.infer<typeof userSchema>;
export type KubeExec = z.infer<typeof execSchema>;

/** A context with its cluster and user. All paths are absolute. */
export interface KubeContext {
    readonly name: string;
    readonly clusterName: string;
    readonly cluster: KubeCluster;
    readonly userName: string;
    readonly user: KubeUser;
}

/** The names of all contexts. Fails if a file of the kubeconfig cannot be read, or is not one. */
export function contextNames(): string[] {
    return [...kubeconfigFiles().contexts.keys()];
}

/**
 * A context, read by the rules of kubectl: the files of KUBECONFIG, of which missing ones are skipped, or
 * ~/.kube/config. The first file that has a name wins, with all of its entry. Broken entries of other contexts do not
 * matter.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
export function kubeContext(name: string): KubeContext {
    const { clusters, users, contexts } = kubeconfigFiles();
    const found = contexts.get(name);
    if (!found) {
        throw new KubeconfigError(`the kubeconfig has no context ${name}`);
    }
    const context = parsed(contextSchema, found, `context ${name}`);
    const cluster = clusters.get(context.cluster);
    if (!cluster) {
        // kubectl would take localhost:8080, which is another cluster.
        throw new KubeconfigError(
            `context ${name} in ${found.file} names cluster ${context.cluster}, which does not exist`,
        );
    }
    const user = users.get(context.user);
    return {
        name,
        clusterName: context.cluster,
        cluster: absolute(parsed(clusterSchema, cluster, `cluster ${context.cluster}`), cluster.file),
        userName: context.user,
        // Without a user, requests are anonymous.
        user: userOf(user ?? { file: found.file, value: {} }, context.user),
    };
}

function userOf(entry: Entry, name: string): KubeUser {
    const user = absolute(parsed(userSchema, entry, `user ${name}`), entry.file);
    // A command without a separator is looked up in PATH.
    return user.exec?.command.includes(sep) === true
        ? { ...user, exec: { ...user.exec, command: resolved(user.exec.command, entry.file) } }
        : user;
}

/** The fields of an entry that name a file. */
const paths = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** Relative paths are relative to the kubeconfig file that has them. */
function absolute<T extends object>(entry: T, file: string): T {
    const fields = Object.entries(entry).map(([field, value]: [string, unknown]) => [
        field,
        paths.includes(field) && typeof value === "string" && value !== "" ? resolved(value, file) : value,
    ]);
    return Object.fromEntries(fields) as T;
}

function resolved(path: string, file: string): string {
    return isAbsolute(path) ? path : join(dirname(file), path);
}
