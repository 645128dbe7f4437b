import { z } from "zod";

import { removeConfig, setConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";
import { checksOf, groupOf, type HealthCheck, presetNames } from "./healthPresets";

const expression = z
    .string()
    .refine((text) => text.trim() !== "", "expected an expression in CEL, such as status.phase == 'Ready'")
    // The fields of the object are the variables: https://github.com/fluxcd/pkg/blob/main/runtime/cel/status_evaluator.go
    .refine(
        (text) => !/(^|[^\w.'"])self\./.test(text),
        "expected the fields of the object, such as status.phase, without self",
    )
    .optional();

const shape = "expected either a preset alone, or apiVersion, kind and current as in Flux";

const entry = z
    .strictObject({
        preset: z.enum(presetNames).optional(),
        apiVersion: z
            .string()
            // Flux takes any other text for a version of the core group, and then the check is for no object.
            .regex(
                /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?v[a-z0-9]+$/,
                "expected a group and a version, such as cert-manager.io/v1",
            )
            .optional(),
        kind: z
            .string()
            .regex(/^[A-Z][A-Za-z0-9]*$/, "expected the kind of a resource, such as ClusterIssuer")
            .optional(),
        current: expression,
        inProgress: expression,
        failed: expression,
    })
    .refine(({ preset, apiVersion, current }) => preset ?? (apiVersion !== undefined && current !== undefined), shape)
    .refine(({ preset, ...own }) => preset === undefined || Object.keys(own).length === 0, shape);

/** The health checks of a Kustomization: Flux's own objects, and presets by name. */
export const healthCheckExprs = z.array(entry).min(1, "expected at least one entry; without any, remove the key");

export type HealthEntries = z.infer<typeof healthCheckExprs>;
type HealthEntry = HealthEntries[number];

/** What Flux gets: a preset becomes its checks, without those for which there is an entry of their own. */
export function healthChecksOf(entries: HealthEntries): readonly HealthCheck[] {
    const own = new Set(entries.flatMap(ownCheck).map(checkedKind));
    return entries.flatMap((it) => [
        ...ownCheck(it),
        ...presetChecks(it).filter((check) => !own.has(checkedKind(check))),
    ]);
}

/** The problems with the health checks of a Kustomization. */
export function healthProblems(
    key: string,
    { entries = [], wait }: { readonly entries: HealthEntries | undefined; readonly wait: boolean },
    stack: string,
): Problem[] {
    const seen = new Set<string>();
    const twice = entries.flatMap((it, index): Problem[] => {
        const name = it.preset ?? checkedKind(ownCheck(it)[0]);
        const isNew = !seen.has(name);
        seen.add(name);
        const at = `${key}.healthCheckExprs[${index}]`;
        const expected = "is there twice; Flux takes one check of a kind";
        return isNew ? [] : [{ key: at, value: name, expected, fix: removeConfig(stack, at) }];
    });
    // https://fluxcd.io/flux/components/kustomize/api/v1/#kustomize.toolkit.fluxcd.io/v1.KustomizationSpec
    const expected = "expected true: Flux checks no health without it, and healthCheckExprs has no effect";
    const fix = setConfig(stack, `${key}.wait`, "true");
    const waits = wait || entries.length === 0;
    return [...twice, ...(waits ? [] : [{ key: `${key}.wait`, value: wait, expected, fix }])];
}

function ownCheck({ preset: _, apiVersion, current, ...rest }: HealthEntry): HealthCheck[] {
    return apiVersion === undefined || current === undefined ? [] : [{ apiVersion, ...rest, current }];
}

function presetChecks({ preset }: HealthEntry): readonly HealthCheck[] {
    return preset === undefined ? [] : checksOf(preset);
}

/** What a check is for. Flux ignores the version: https://github.com/fluxcd/pkg/blob/main/runtime/cel/status_reader.go */
function checkedKind(check: HealthCheck | undefined): string {
    return `${check ? groupOf(check) : ""}/${check?.kind ?? "*"}`;
}
