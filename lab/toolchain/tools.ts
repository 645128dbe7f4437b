import { type GoModule, requiredVersion } from "./go.ts";

export interface Tool {
    /** The main package, as its Go module names it. */
    package: string;
    /** The Go module that it is built from; the lab's tools, unless named. */
    module?: GoModule;
    /**
     * Which of the versions that people may have installed serves as well: one that is not older, one that says it
     * is the same, or none.
     */
    installed: { notOlderThan: string } | { same: string } | "never";
}

const kubernetes = requiredVersion("k8s.io/kubernetes");
const kwok = requiredVersion("sigs.k8s.io/kwok");
const etcd = requiredVersion("go.etcd.io/etcd/server/v3");
const pulumi = requiredVersion("github.com/pulumi/pulumi/pkg/v3");

const kubernetesCommand = (name: string): Tool => ({
    package: `k8s.io/kubernetes/cmd/${name}`,
    installed: { same: kubernetes },
});

// The controllers do not tell their version, so one that is installed cannot be told from another release.
const fluxController = (name: string): Tool => ({ package: `github.com/fluxcd/${name}`, installed: "never" });

export const tools = {
    // v3.276 is the oldest that updates a partly created object on a retry, and the oldest with which the lab was run.
    pulumi: { package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", installed: { notOlderThan: "v3.276.0" } },
    // Found among Pulumi's plugins, in the version of the npm package.
    "pulumi-resource-github": { package: "./pulumi-resource-github", installed: "never" },
    "pulumi-resource-kubernetes": { package: "./pulumi-resource-kubernetes", module: "kubernetes", installed: "never" },
    "pulumi-resource-random": { package: "./pulumi-resource-random", module: "random", installed: "never" },
    kubectl: { package: "k8s.io/kubernetes/cmd/kubectl", installed: { notOlderThan: "v1.28.0" } },
    "kube-apiserver": kubernetesCommand("kube-apiserver"),
    "kube-controller-manager": kubernetesCommand("kube-controller-manager"),
    "kube-scheduler": kubernetesCommand("kube-scheduler"),
    etcd: { package: "./etcd", installed: { same: etcd } },
    kwok: { package: "sigs.k8s.io/kwok/cmd/kwok", installed: { same: kwok } },
    kwokctl: { package: "sigs.k8s.io/kwok/cmd/kwokctl", installed: { same: kwok } },
    "source-controller": fluxController("source-controller"),
    "kustomize-controller": fluxController("kustomize-controller"),
    "helm-controller": fluxController("helm-controller"),
    "notification-controller": fluxController("notification-controller"),
    "image-reflector-controller": fluxController("image-reflector-controller"),
    "image-automation-controller": fluxController("image-automation-controller"),
    // What people encrypt with. The lab itself needs neither, so `up` does not build them.
    sops: { package: "github.com/getsops/sops/v3/cmd/sops", installed: { notOlderThan: "v3.9.0" } },
    "age-keygen": { package: "filippo.io/age/cmd/age-keygen", installed: { notOlderThan: "v1.1.0" } },
    // What keeps Pulumi's state elsewhere.
    gofakes3: { package: "github.com/johannesboyne/gofakes3/cmd/gofakes3", module: "s3", installed: "never" },
    // What the workflow `validate` of both repositories runs.
    kubeconform: {
        package: "github.com/yannh/kubeconform/cmd/kubeconform",
        module: "kubeconform",
        installed: "never",
    },
    "previous-helm-controller": { ...fluxController("helm-controller"), module: "previous" },
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

export const toolNames = Object.keys(tools) as ToolName[];

/** Versions that the tools print and clients parse; their release builds set them the same way. */
const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(kubernetes) ?? [];
export const linkedVersions = {
    "k8s.io/component-base/version.gitVersion": kubernetes,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumi,
};
