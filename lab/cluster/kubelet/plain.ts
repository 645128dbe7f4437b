import type { V1Container, V1EnvVar, V1Pod, V1Probe, V1Volume } from "@kubernetes/client-node";

/** A Kubernetes object as the JSON that a watch delivers; the client's own types are classes. */
export type Plain<T> = T extends Date
    ? Date
    : T extends (infer Element)[]
      ? Plain<Element>[]
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> }
        : T;

export type Pod = Plain<V1Pod>;
export type ContainerSpec = Plain<V1Container>;
export type Probe = Plain<V1Probe>;
export type Volume = Plain<V1Volume>;
export type Variable = Plain<V1EnvVar>;
