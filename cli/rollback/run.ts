import input from "@inquirer/input";

import { carryOut } from "../release/apply";
import { wrongUsage } from "../terminal/exit";
import { type Options, requiredReason } from "../terminal/options";
import type { PerSource, Target } from "../release/targets";
import { safeOrder } from "./order";
import { givenRollback, proposedRollback } from "./targets";
import { readStack } from "../release/stack";
import { planOf, type Stack } from "../release/plan";

/** Rolls a stack back to an earlier release. Without a version, proposes one. */
export async function rollback(name: string, version: string | undefined, options: Options): Promise<void> {
    const given = options.reason === undefined ? undefined : requiredReason(options.reason, "--reason");
    if (given === undefined && !canAsk()) {
        throw wrongUsage("A rollback needs a reason: add --reason '<why>'.");
    }
    const stack = await readStack(name);
    const { targets, notes } =
        version === undefined ? await proposedRollback(stack, options) : await givenRollback(stack, version, options);
    const { now, later, notes: order } = await safeOrder(stack, targets, options);
    const reason = given ?? (await askReason(targets, options));
    const plan = await planOf(stack, {
        command: "rollback",
        targets: now,
        exemption: { kind: "rollback", reason },
        origin:
            version === undefined
                ? `Returns to an earlier release that was healthy in ${stack.config.stack}.`
                : undefined,
        notes: [...notes, ...order],
        then: goingOn(stack, later, reason),
        diff: options.diff,
    });
    await carryOut(stack, plan, options);
}

/** The commands that roll back the remaining sources, with an update after each one. */
function goingOn({ name, family }: Stack, later: PerSource<Target>, reason: string): string | undefined {
    const quoted = `'${reason.replaceAll("'", String.raw`'\''`)}'`;
    const commands = Object.entries(later).map(([source, { tag }]) => {
        const version = tag.slice(family.prefix.length);
        return `npx fluxcd rollback ${name} ${version} --source ${source} --reason ${quoted}`;
    });
    return commands.length === 0 ? undefined : commands.join(` && pulumi up --stack ${name} && `);
}

function canAsk(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY;
}

async function askReason(targets: PerSource<Target>, { json }: Options): Promise<string> {
    const tags = Object.entries(targets).map(([source, { tag }]) => `${source} ${tag}`);
    const message = `Why go back to ${tags.join(" and ")}?`;
    const validate = (text: string) => text.trim() !== "" || "A rollback needs a reason.";
    return (await input({ message, validate }, { output: json ? process.stderr : process.stdout })).trim();
}
