import input from "@inquirer/input";

import { carryOut } from "./carryOut";
import { runCommand, wrongUsage } from "./exit";
import { exitCodesHelp, type Options, releaseCommand, requiredReason } from "./options";
import { entriesOf, type PerSource, type Target } from "./plan";
import { safeOrder } from "./rollbackOrder";
import { givenRollback, proposedRollback } from "./rollbackTargets";
import { readStack } from "./stack";
import { planOf, type Stack } from "./take";

async function rollback(name: string, version: string | undefined, options: Options): Promise<void> {
    const given = options.reason === undefined ? undefined : requiredReason(options.reason, "--reason");
    if (given === undefined && !canAsk()) {
        throw wrongUsage("A rollback says why: add --reason '<why>'.");
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
        origin: version === undefined ? `Back to what ran healthily in ${stack.config.stack} before.` : undefined,
        notes: [...notes, ...order],
        then: goingOn(stack, later, reason),
        diff: options.diff,
    });
    await carryOut(stack, plan, options);
}

/** The command that takes back what has to wait. */
function goingOn({ name, family }: Stack, later: PerSource<Target>, reason: string): string | undefined {
    const [next] = entriesOf(later);
    if (!next) {
        return undefined;
    }
    const [source, { tag }] = next;
    const quoted = `'${reason.replaceAll("'", String.raw`'\''`)}'`;
    return `npm run rollback -- ${name} ${tag.slice(family.prefix.length)} --only ${source} --reason ${quoted}`;
}

function canAsk(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY;
}

async function askReason(targets: PerSource<Target>, { json }: Options): Promise<string> {
    const tags = entriesOf(targets).map(([source, { tag }]) => `${source} ${tag}`);
    const message = `Why go back to ${tags.join(" and ")}?`;
    const validate = (text: string) => text.trim() !== "" || "A rollback says why.";
    return (await input({ message, validate }, { output: json ? process.stderr : process.stdout })).trim();
}

const help = `
Without a version it proposes the release that ran healthily before the one the stack stands on: of both sources where they
stand on the same version, else of the one with the higher version, which came last. It goes past change windows, freezes
and soak, makes no tags, and is undone by promoting again. The reason is shown in the preview, the outputs and the history.

Where the infrastructure loses something by it, such as a namespace, the apps go back first, in an update of their own, and
the command that takes the infrastructure back after them is printed. --infrastructure-first does not wait for the apps.

Interrupted at any point, the same command goes on. It needs GITHUB_TOKEN (Contents: read; with --pr, Contents: write and
Pull requests: write), pulumi and the kubeconfig.

Examples:
  npm run rollback -- production --reason "checkout fails for 3 % of customers"
  npm run rollback -- production 1.2.0 --reason "..."     to a release of your choice
  npm run rollback -- production --only apps --reason "..."
  npm run rollback -- production --reason "..." --dry-run  what it would do
${exitCodesHelp}`;

const command = releaseCommand("rollback", "Take a stack back to an earlier release.")
    .option("--reason <why>", "why; asked for on a terminal")
    .option("--infrastructure-first", "take the infrastructure back though the apps may need what it loses")
    .addHelpText("after", help)
    .action(rollback);

void runCommand(command, process.argv);
