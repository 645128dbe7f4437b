import { carryOut } from "../release/apply";
import { type Options, requiredReason, selected } from "../terminal/options";
import { givenTargets, proposedTargets, upstreamFor } from "./targets";
import { readStack } from "../release/stack";
import { planOf } from "../release/plan";

/** Promotes a release to a stack. Without a version, proposes one. */
export async function promote(name: string, version: string | undefined, options: Options): Promise<void> {
    const reason = options.hotfix === undefined ? undefined : requiredReason(options.hotfix, "--hotfix");
    const stack = await readStack(name);
    const sources = selected(stack.sources, options.source);
    const upstream = await upstreamFor(stack, sources, version);
    const targets =
        version === undefined
            ? await proposedTargets(stack, sources, upstream, options.bump ?? "minor")
            : await givenTargets(stack, sources, upstream, version);
    const plan = await planOf(stack, {
        command: "promote",
        targets,
        exemption: reason === undefined ? undefined : { kind: "hotfix", reason },
        origin: upstream && `From ${upstream.stack}: its running release, as ${upstream.witness}.`,
        diff: options.diff,
    });
    await carryOut(stack, plan, options, upstream);
}
