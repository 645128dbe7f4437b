import semver from "semver";
import { z } from "zod";

import type { Problem } from "../domain/problem";
import { duration } from "../domain/duration";
import type { Component } from "./flux";
import type { Ref } from "../domain/release";

const key = "fluxcd:imageAutomation";
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const branchName = /^(?!refs\/|main$)(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const image = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;

/** https://fluxcd.io/flux/components/image/ */
export const imageAutomationSchema = z.strictObject({
    branch: z
        .string()
        .regex(branchName, "expected a branch beside main, by its short name, such as flux-image-updates")
        .default("flux-image-updates"),
    interval: duration.default("10m"),
    policies: z
        .record(
            z.string().regex(dnsLabel),
            z.strictObject({
                image: z.string().regex(image, "expected an image without a tag, such as ghcr.io/stefanprodan/podinfo"),
                semver: z
                    .string()
                    .refine(
                        (text) => text.trim() !== "" && semver.validRange(text.replaceAll(",", " ")) !== null,
                        "expected a range of versions, such as >=6.0.0 <7.0.0",
                    ),
            }),
            {
                error: ({ code }) =>
                    code === "invalid_key" ? "expected a name of lower case letters, digits and -" : undefined,
            },
        )
        .default({}),
});

/** What Flux keeps up to date in the apps, and proposes on a branch of its own. */
export interface ImageAutomationConfig extends z.infer<typeof imageAutomationSchema> {
    /** The branch that the apps follow, which the proposals are made from. */
    readonly base: string;
    /** Another number gives another key to write with. */
    readonly generation: number;
    readonly suspend: boolean;
}

interface Keys {
    readonly imageAutomation: z.infer<typeof imageAutomationSchema>;
    readonly fluxComponents: readonly Component[];
    readonly repositories: "create" | "adopt" | "lookup";
    readonly protectBranch: boolean;
    readonly enforceAdmins: boolean;
    readonly deployKeyGeneration: number;
    readonly suspend: boolean;
}

const needed = ["image-reflector-controller", "image-automation-controller"] as const;

/** The image automation of a stack, none where it has no policies, or what is wrong with it. */
export function imageAutomationOf(
    keys: Keys,
    apps: Ref,
    stack: string,
): ImageAutomationConfig | undefined | { problems: Problem[] } {
    const { imageAutomation } = keys;
    if (Object.keys(imageAutomation.policies).length === 0) {
        return undefined;
    }
    const base = "branch" in apps ? apps.branch : "";
    const set = (name: string, value: string) => `pulumi config set --stack ${stack} ${name} ${value}`;
    const remove = `pulumi config rm --stack ${stack} ${key}`;
    const problems: Problem[] = [];
    if (base === "") {
        const expected = "it proposes changes to the branch that the apps follow, and here they stand on a tag";
        problems.push({ key, expected, fix: `${remove}   (and set it in the stack that follows main)` });
    }
    if (imageAutomation.branch === base) {
        const expected = "the apps follow this branch: expected another one, whose changes somebody looks at first";
        const fix = `pulumi config rm --stack ${stack} --path '${key}.branch'`;
        problems.push({ key: `${key}.branch`, value: imageAutomation.branch, expected, fix });
    }
    if (keys.repositories === "lookup") {
        const expected = "one stack writes to the repositories, the one that owns them, and this one looks them up";
        problems.push({ key, expected, fix: `${remove}   (and set it in the stack that owns the repositories)` });
    }
    if (keys.protectBranch && !keys.enforceAdmins) {
        const expected =
            "expected true with fluxcd:imageAutomation: a deploy key that may write counts as an administrator, and main must be closed to it";
        problems.push({
            key: "fluxcd:enforceAdmins",
            value: false,
            expected,
            fix: set("fluxcd:enforceAdmins", "true"),
        });
    }
    const missing = needed.filter((name) => !keys.fluxComponents.includes(name));
    if (missing.length > 0) {
        const expected = `fluxcd:imageAutomation needs ${missing.join(" and ")} too`;
        const all = JSON.stringify([...keys.fluxComponents, ...missing]);
        problems.push({
            key: "fluxcd:fluxComponents",
            value: keys.fluxComponents,
            expected,
            fix: set("fluxcd:fluxComponents", `'${all}'`),
        });
    }
    const { deployKeyGeneration: generation, suspend } = keys;
    return problems.length > 0 ? { problems } : { ...imageAutomation, base, generation, suspend };
}
