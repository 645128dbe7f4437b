import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Cluster } from "./cluster/clusters.ts";
import type { ControlPlane } from "./cluster/kwok.ts";
import { mergedKubeconfig, writeKubeconfig } from "./cluster/kubeconfig.ts";
import { environments } from "./cluster/names.ts";
import { ensureGitHub, leadWebhooks, provideRelease } from "./github.ts";
import { identityOf, markedProcesses } from "./identity.ts";
import { withLock } from "./lock.ts";
import { leaveLab, throughLab } from "./outside.ts";
import { checkout, labDirectory } from "./paths.ts";
import { firstJsonLine, Processes, stop } from "./processes.ts";
import { say, step } from "./progress.ts";
import { type Settings, newSettings, readProject, readSettings, saveSettings } from "./settings.ts";
import { ensureStacks } from "./stacks.ts";
import { besideCli, fluxManifest, toolchain } from "./toolchain/index.ts";
import { requiredVersion } from "./toolchain/go.ts";
import { type Command, environmentScript, nodeWrapper, pulumiWrapper, writeCommands } from "./wrappers.ts";

const controllers = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
] as const;

/** The release before the project's, to upgrade from. Of what the lab has of Flux, it differs in one controller. */
const previous = {
    version: "v2.9.4",
    versions: { "helm-controller": requiredVersion("github.com/fluxcd/helm-controller", "previous") },
};

const controlPlane = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "kwokctl",
    "kubectl",
] as const;

/** Pulumi's plugins for the providers that the program uses. */
const providers = ["pulumi-resource-github", "pulumi-resource-kubernetes", "pulumi-resource-random"] as const;

/** Pulumi's Node.js language host, the one part of Pulumi that is not published as a module, and what belongs to it. */
const languageHost = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

/** Brings the lab up, or whatever of it is missing; what runs already is left alone. */
export async function up(): Promise<void> {
    const start = performance.now();
    leaveLab();
    mkdirSync(labDirectory, { recursive: true });
    await withLock(join(labDirectory, "up.lock"), async () => {
        const settings = readSettings() ?? (await newSettings());
        saveSettings(settings);
        const project = readProject();
        const names = [...controlPlane, ...controllers, "previous-helm-controller", "pulumi", ...providers] as const;
        const tools = await toolchain(names, { log: say });
        const processes = new Processes(labDirectory);
        provideRelease(project.fluxVersion, await fluxManifest(project.fluxVersion, { log: say }));
        const { version, versions } = previous;
        provideRelease(version, await fluxManifest(version, { versions, log: say }));
        const environment = environmentOf(settings);

        await endInterrupted([tools.kwokctl, tools.pulumi]);

        const [github] = await allOrFirstFailure([
            step("GitHub", () => ensureGitHub(processes, settings)),
            step("Clusters dev, staging, production", () => ensureClusters(processes, tools)),
            step("Stacks dev, staging, production", () => ensureStacks(tools.pulumi, project.name, environment)),
        ]);
        const webhookReceivers = await step("Kubelet", () => ensureKubelet(processes, tools));
        await leadWebhooks(github.url, webhookReceivers);

        const bin = join(labDirectory, "bin");
        mkdirSync(join(labDirectory, "stacks"), { recursive: true });
        const commands = await commandsOf(tools);
        writeCommands(bin, commands);
        const script = environmentScript({ ...environment, ...throughLab(github.proxy, github.ca) }, bin);
        writeFileSync(join(labDirectory, "env.sh"), script, { mode: 0o600 });
        saveSettings({ ...settings, tools: { ...tools, ...languageHostPath(commands) } });
    });
    const script = relative("", join(labDirectory, "env.sh"));
    say(`The lab is up (${((performance.now() - start) / 1000).toFixed(1)} s). Next: source ${script}`);
}

/** What a killed `up` was waiting for: it would go on working beside this one. */
async function endInterrupted(executables: string[]): Promise<void> {
    const left = markedProcesses(labDirectory).filter(({ command }) =>
        executables.some((executable) => command.startsWith(`${executable} `)),
    );
    await Promise.all(left.map(({ pid }) => stop({ pid, identity: identityOf(pid) ?? "" }, 0)));
}

/** Like Promise.all, but nothing is still at work when it fails. */
async function allOrFirstFailure<T extends readonly unknown[]>(work: {
    [Index in keyof T]: Promise<T[Index]>;
}): Promise<T> {
    await Promise.allSettled(work);
    return await Promise.all(work);
}

async function ensureClusters(
    processes: Processes,
    binaries: Record<(typeof controlPlane)[number], string>,
): Promise<{ value: undefined; changed: boolean }> {
    const clusters = environments.map((name) => new Cluster(labDirectory, name));
    // A kubelet that knew the cluster before this one would watch a history that is gone.
    if (clusters.some(({ exists }) => !exists)) await processes.stop("kubelet");
    const changed = await Promise.all(clusters.map((cluster) => cluster.ensure(binaries)));
    const access = Object.fromEntries(clusters.map((cluster) => [cluster.name, cluster.access]));
    writeKubeconfig(join(labDirectory, "kubeconfig"), mergedKubeconfig(access));
    return { value: undefined, changed: changed.some(Boolean) };
}

/** Starts what of a lab that was up does not run any more, without a word. */
export async function startAgain(names: readonly (typeof environments)[number][]): Promise<void> {
    leaveLab();
    const settings = readSettings();
    if (!settings) throw new Error("There is no lab to start again: npm run lab -- up");
    const tools = settings.tools as Record<string, string> & ControlPlane & KubeletTools;
    const processes = new Processes(labDirectory);
    const [github] = await Promise.all([
        ensureGitHub(processes, settings),
        ...names.map((name) => new Cluster(labDirectory, name).ensure(tools)),
    ]);
    const webhookReceivers = await ensureKubelet(processes, tools);
    await leadWebhooks(github.value.url, webhookReceivers.value);
}

type KubeletTools = Record<(typeof controllers)[number] | "previous-helm-controller", string>;

async function ensureKubelet(
    processes: Processes,
    tools: KubeletTools,
): Promise<{ value: Record<string, string>; changed: boolean }> {
    const images = [
        ...controllers.map((name) => `${name}@${requiredVersion(`github.com/fluxcd/${name}`)}=${tools[name]}`),
        `helm-controller@${previous.versions["helm-controller"]}=${tools["previous-helm-controller"]}`,
    ];
    const { record, started } = await processes.ensure({
        name: "kubelet",
        command: [
            process.execPath,
            join(checkout, "lab", "cluster", "kubelet", "main.ts"),
            ...["--lab", labDirectory, "--kubeconfig", join(labDirectory, "kubeconfig")],
            ...environments.flatMap((name) => ["--cluster", name]),
            ...images.flatMap((image) => ["--image", image]),
        ],
        log: join(labDirectory, "log", "kubelet.log"),
        ready: ({ log }) => firstJsonLine(log),
        timeoutSeconds: 60,
    });
    const { webhookReceivers } = record.ready as { webhookReceivers: Record<string, string> };
    return { value: webhookReceivers, changed: started };
}

/** Everything the lab sets, and nothing that only it would understand except LAB_GITHUB_URL. */
function environmentOf({ token, passphrase, github }: Settings): Record<string, string> {
    const url = `http://127.0.0.1:${github.port}`;
    return {
        GITHUB_BASE_URL: `${url}/`,
        GITHUB_TOKEN: token,
        LAB_GITHUB_URL: url,
        KUBECONFIG: join(labDirectory, "kubeconfig"),
        // kubectl would leave what it learned of the lab's clusters in the home directory.
        KUBECACHEDIR: join(labDirectory, "kube-cache"),
        PULUMI_BACKEND_URL: `file://${join(labDirectory, "pulumi")}`,
        PULUMI_HOME: join(labDirectory, "pulumi-home"),
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        // Plain `git clone` and `git push` know the token, as a person's credential helper would.
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: `credential.${url}.helper`,
        GIT_CONFIG_VALUE_0: "!f() { echo username=x-access-token; echo password=$GITHUB_TOKEN; }; f",
    };
}

async function commandsOf(
    tools: Record<"pulumi" | "kubectl" | (typeof providers)[number], string>,
): Promise<Record<string, Command>> {
    const { pulumi, kubectl } = tools;
    const host = await Promise.all(
        languageHost.map(async (name): Promise<[string, Command]> => {
            const installed = await besideCli(pulumi, name);
            const script = join(checkout, "lab", "pulumi", name.replace(/^pulumi-/, ""), "main.ts");
            return [name, installed ? { program: installed } : { script: nodeWrapper(process.execPath, script) }];
        }),
    );
    return {
        ...Object.fromEntries(host),
        ...Object.fromEntries(providers.map((name) => [name, { program: tools[name] }])),
        pulumi: { script: pulumiWrapper({ pulumi, lab: labDirectory }) },
        kubectl: { program: kubectl },
        node: { program: process.execPath },
    };
}

function languageHostPath(commands: Record<string, Command>): Record<string, string> {
    const [name] = languageHost;
    const command = commands[name];
    return { [name]: command && "program" in command ? command.program : "stand-in" };
}
