import semver from "semver";
import { z } from "zod";

import type { Problem } from "../domain/problem";
import { duration } from "../domain/duration";
import { removeConfig, setConfig } from "../domain/commands";
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
        .regex(branchName, "expected the short name of a branch other than main, such as flux-image-updates")
        .default("flux-image-updates"),
    interval: duration.default("10m"),
    /** A new number creates a new write key. */
    generation: z.int().min(1).default(1),
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

/** The images that Flux keeps up to date in the apps repository, and the branch on which it proposes the changes. */
export interface ImageAutomationConfig extends z.infer<typeof imageAutomationSchema> {
    /** The branch that the apps source follows, and that the proposals start from. */
    readonly base: string;
    readonly suspend: boolean;
}

interface Keys {
    readonly imageAutomation: z.infer<typeof imageAutomationSchema>;
    readonly flux: { readonly components: readonly Component[] };
    readonly repositories: "manage" | "lookup";
    readonly protection: { readonly branch: boolean; readonly enforceAdmins: boolean };
    readonly suspend: boolean;
}

const needed = ["image-reflector-controller", "image-automation-controller"] as const;

/** The image automation of a stack; undefined if it has no policies. Otherwise the problems with it. */
export function imageAutomationOf(
    keys: Keys,
    apps: Ref | undefined,
    stack: string,
): ImageAutomationConfig | undefined | { problems: Problem[] } {
    const { imageAutomation, flux, protection, suspend } = keys;
    if (Object.keys(imageAutomation.policies).length === 0) {
        return undefined;
    }
    const base = apps && "branch" in apps ? apps.branch : "";
    const remove = removeConfig(stack, key);
    const problems: Problem[] = [];
    if (base === "") {
        const expected = "image automation needs a branch to propose changes to, and the apps are pinned to a tag";
        problems.push({ key, expected, fix: `${remove}   (and set it in the stack that follows main)` });
    }
    if (imageAutomation.branch === base) {
        const expected =
            "the apps follow this branch: expected another branch, so that somebody reviews the changes first";
        const fix = removeConfig(stack, `${key}.branch`);
        problems.push({ key: `${key}.branch`, value: imageAutomation.branch, expected, fix });
    }
    if (keys.repositories === "lookup") {
        const expected = "only the owning stack writes to the repositories, and this stack looks them up";
        problems.push({ key, expected, fix: `${remove}   (and set it in the stack that owns the repositories)` });
    }
    if (protection.branch && !protection.enforceAdmins) {
        const enforceAdmins = "fluxcd:protection.enforceAdmins";
        const expected =
            "expected true with fluxcd:imageAutomation: a deploy key with write access counts as an administrator, and must not push to main";
        problems.push({ key: enforceAdmins, value: false, expected, fix: setConfig(stack, enforceAdmins, "true") });
    }
    const missing = needed.filter((name) => !flux.components.includes(name));
    if (missing.length > 0) {
        const components = "fluxcd:flux.components";
        const expected = `fluxcd:imageAutomation needs ${missing.join(" and ")} too`;
        const fix = missing
            .map((name, at) => setConfig(stack, `${components}[${flux.components.length + at}]`, name))
            .join(" && ");
        problems.push({ key: components, value: flux.components, expected, fix });
    }
    return problems.length > 0 ? { problems } : { ...imageAutomation, base, suspend };
}
