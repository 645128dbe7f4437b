import { type Backend, lookAtBackend, lookAtStack } from "./backend";
import { prefixOf } from "../../domain/stackName";
import { asShown, type Line, guarded, skipped } from "./line";
import { clusterLines } from "./cluster";
import { githubLines } from "./github";
import { networkLines } from "./network";
import { settingsFromFiles, settingsOfStack } from "./settings";
import { tools } from "./tools";

/** The lines about one subject: this machine, or one stack. */
export interface Section {
    /** The stack; undefined for this machine. */
    readonly stack: string | undefined;
    readonly checks: readonly Line[];
}

/** Runs all checks in parallel, even if one of them fails. Changes nothing. */
export async function examine(stacks: readonly string[], token: string): Promise<Section[]> {
    const backend = lookAtBackend();
    const machine = Promise.all([guarded("tools", "npm ci", tools()), backend]).then(([found, { check }]) => ({
        stack: undefined,
        checks: [...found, ...networkLines(process.env), check],
    }));
    return Promise.all([machine, ...stacks.map((stack) => examineStack(stack, token, backend))]);
}

async function examineStack(stack: string, token: string, backend: Promise<Backend>): Promise<Section> {
    const { config, checks } = await linesOfStack(stack, token, backend);
    const githubBaseUrl = config?.github.baseUrl ?? "https://api.github.com/";
    const here = { stackPrefix: prefixOf(stack), githubBaseUrl };
    return { stack, checks: checks.map((line) => asShown(line, here)) };
}

async function linesOfStack(stack: string, token: string, backend: Promise<Backend>) {
    const { secretsProvider } = settingsFromFiles(stack);
    const state = backend.then((it) => lookAtStack(stack, it, secretsProvider));
    const { config, checks } = await settingsOfStack(stack, backend);
    const ofStack = guarded(
        `stack ${stack}`,
        `pulumi stack --stack ${stack}`,
        state.then((it) => it.checks),
    );
    if (!config) {
        const rest = skipped("GitHub and the cluster", "the settings must be valid first");
        return { config, checks: [...checks, ...(await ofStack), rest] };
    }
    const found = await Promise.all([
        ofStack,
        guarded("GitHub", "run it again", githubLines(config, token)),
        guarded(
            "the cluster",
            `kubectl --context ${config.context} get namespaces`,
            clusterLines(
                config,
                state.then(({ outputs }) => outputs).catch(() => undefined),
            ),
        ),
    ]);
    return { config, checks: [...checks, ...found.flat()] };
}
