import { type Backend, lookAtBackend, lookAtStack } from "./backend";
import { type Check, guarded, skipped } from "./check";
import { lookAtTarget } from "./cluster";
import { lookAtAccess } from "./github";
import { settingsFromFiles } from "./settings";
import { tools } from "./tools";

/** What was looked at together: this machine, or one stack. */
export interface Section {
    /** Undefined for what all stacks share. */
    readonly stack: string | undefined;
    readonly checks: readonly Check[];
}

/** Looks at everything side by side; what fails keeps nothing else from being looked at. Changes nothing anywhere. */
export async function examine(stacks: readonly string[], token: string): Promise<Section[]> {
    const backend = lookAtBackend();
    const machine = Promise.all([guarded("tools", "npm ci", tools()), backend]).then(([found, { check }]) => ({
        stack: undefined,
        checks: [...found, check],
    }));
    return Promise.all([machine, ...stacks.map((stack) => examineStack(stack, token, backend))]);
}

async function examineStack(stack: string, token: string, backend: Promise<Backend>): Promise<Section> {
    const { config, secretsProvider, checks } = settingsFromFiles(stack);
    const state = backend.then((it) => lookAtStack(stack, it, secretsProvider));
    const ofStack = guarded(
        `stack ${stack}`,
        `pulumi stack --stack ${stack}`,
        state.then((it) => it.checks),
    );
    if (!config) {
        const rest = skipped("GitHub and the cluster", "not looked at before the settings are valid");
        return { stack, checks: [...checks, ...(await ofStack), rest] };
    }
    const found = await Promise.all([
        ofStack,
        guarded("GitHub", "run it again", lookAtAccess(config, token)),
        guarded(
            "the cluster",
            `kubectl --context ${config.context} get namespaces`,
            lookAtTarget(
                config,
                state.then(({ outputs }) => outputs).catch(() => undefined),
            ),
        ),
    ]);
    return { stack, checks: [...checks, ...found.flat()] };
}
