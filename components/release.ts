import * as pulumi from "@pulumi/pulumi";

import type { Judgement } from "../promotion/judge";
import type { Standings } from "../promotion/release";
import { refuse } from "../refusal";

/**
 * Remembers which releases a stack stands on. Before it takes others, also in a preview, `judge` says whether it may: a
 * refused run leaves no trace. Resolves when the releases may be applied.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
 */
export async function takeReleases(
    name: string,
    to: Standings,
    judge: (from: Standings | undefined) => Promise<Judgement>,
): Promise<void> {
    const gate = new pulumi.ResourceHook(
        "fluxcd:promotion",
        async ({ oldInputs }) => {
            const { problems, notes } = await judge((oldInputs as { input?: Standings } | undefined)?.input);
            await Promise.all(notes.map((note) => pulumi.log.warn(note)));
            if (problems.length > 0) {
                refuse(`Stack ${pulumi.getStack()} must not take this release.`, problems);
            }
        },
        { onDryRun: true },
    );
    const hooks = { beforeCreate: [gate], beforeUpdate: [gate] };
    const remembered = new pulumi.Stash(name, { input: to }, { hooks });
    await new Promise((resolve) => remembered.input.apply(resolve));
}

/** The outputs of another stack of this project, as of its last update. Fails where there is no such stack. */
export async function stackOutputs(stack: string): Promise<unknown> {
    const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
    // What a StackReference is made of, without a resource that each promotion would show as changed.
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name }, { async: true })) as {
        outputs: unknown;
    };
    return outputs;
}
