import { inOrder } from "../status/gather";
import { wrongUsage } from "../terminal/exit";
import { namesOfStackFiles, readProjectValues, readStackFile } from "./projectFiles";
import { settingsFromPulumi } from "./pulumi";

/** The stacks that have a file here, in promotion order as far as the files tell it. */
export function stackFiles(): string[] {
    const stacks = namesOfStackFiles().map((stack) => ({ stack, promotedFrom: upstreamIn(promotionInFiles(stack)) }));
    return inOrder(stacks).map(({ stack }) => stack);
}

/** The stacks that an option names; if it names none, all that have a file here, in promotion order. */
export async function stacksOr(named: readonly string[] = []): Promise<readonly string[]> {
    const stacks = named.length > 0 ? named : await stacksInOrder();
    if (stacks.length === 0) {
        throw wrongUsage(
            "There is no Pulumi.<stack>.yaml here: run it in the folder of Pulumi.yaml, or name a stack with --stack.",
        );
    }
    return stacks;
}

async function stacksInOrder(): Promise<string[]> {
    const stacks = namesOfStackFiles().map(async (stack) => {
        const usesEnvironments = (readStackFile(stack)?.environments.length ?? 0) > 0;
        const promotion = usesEnvironments ? await promotionInPulumi(stack) : promotionInFiles(stack);
        return { stack, promotedFrom: upstreamIn(promotion) };
    });
    return inOrder(await Promise.all(stacks)).map(({ stack }) => stack);
}

const key = "fluxcd:promotion";

function promotionInFiles(stack: string): unknown {
    return readStackFile(stack)?.values[key] ?? readProjectValues()[key];
}

/** With the values from Pulumi ESC. Only the order depends on it, and a later question shows why pulumi fails. */
async function promotionInPulumi(stack: string): Promise<unknown> {
    const settings = await settingsFromPulumi(stack).catch(() => undefined);
    return settings ? (JSON.parse(settings.values[key] ?? "{}") as unknown) : promotionInFiles(stack);
}

function upstreamIn(promotion: unknown): string | undefined {
    const { from } = (promotion ?? {}) as { from?: unknown };
    return typeof from === "string" ? from : undefined;
}
