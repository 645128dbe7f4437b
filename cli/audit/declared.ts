import { parse } from "yaml";
import { z } from "zod";

import { CommandError, exitCodes } from "../terminal/exit";
import { allEqual, type Difference } from "./differences";

const text = z.string().trim().min(1);

const declarationSchema = z
    .strictObject({
        /** Which objects, as the target of a kustomize patch; a field that is left out fits all. */
        target: z.strictObject({ kind: text, namespace: text, name: text }).partial().default({}),
        /** Which fields, with all below them, as kustomize's replacements write a path. None: whether the object is there. */
        fields: z.array(text).min(1).optional(),
        /** Which environments may be unlike the others, which must then be alike. None: each may be as it likes. */
        environments: z.array(text).min(1).optional(),
        reason: text,
    })
    .refine(({ target, fields }) => fields !== undefined || Object.keys(target).length > 0, {
        error: "expected a target, fields, or both: without them, it would fit every object",
    });

export type Declaration = z.infer<typeof declarationSchema>;

const fileSchema = z.strictObject({ differences: z.array(declarationSchema) });

/** What a repository's audit.yaml declares. Fails with everything that is wrong with it. */
export function readDeclarations(file: string, content: string): Declaration[] {
    try {
        return fileSchema.parse(parse(content)).differences;
    } catch (error) {
        const words = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
        throw new CommandError(
            exitCodes.usage,
            `${file} is not valid, docs/drift.md shows what it may hold:\n${words}`,
        );
    }
}

/** A difference that is declared, and why. */
export interface Intended extends Difference {
    readonly reasons: readonly string[];
}

/** A part of a declaration that fits no difference. */
export interface Stale {
    readonly declaration: Declaration;
    /** The field or the environment at fault; undefined where it is all of it. */
    readonly part: string | undefined;
}

export interface Judgement {
    readonly unintended: readonly Difference[];
    readonly intended: readonly Intended[];
    readonly stale: readonly Stale[];
}

/** Which differences are declared, and which declarations are of nothing. */
export function judge(
    differences: readonly Difference[],
    declarations: readonly Declaration[],
    environments: readonly string[],
): Judgement {
    const unintended: Difference[] = [];
    const intended: Intended[] = [];
    for (const difference of differences) {
        const fitting = declarations.filter((declaration) => fits(declaration, difference));
        if (fitting.length > 0 && restAgrees(fitting, difference, environments)) {
            intended.push({ ...difference, reasons: fitting.map(({ reason }) => reason) });
        } else {
            unintended.push(difference);
        }
    }
    const stale = declarations.flatMap((declaration) => staleParts(declaration, differences, environments));
    return { unintended, intended, stale };
}

/** Whether a declaration is of this object and field, whichever environments it is of. */
export function fits({ target, fields }: Declaration, { object, path }: Difference): boolean {
    const { kind = object.kind, namespace = object.namespace, name = object.name } = target;
    const isTarget = kind === object.kind && namespace === object.namespace && name === object.name;
    return isTarget && (fields === undefined ? path.length === 0 : fields.some((field) => isWithin(path, field)));
}

/** The environments that no declaration names must be alike. */
function restAgrees(fitting: readonly Declaration[], { values }: Difference, all: readonly string[]): boolean {
    if (fitting.some(({ environments }) => environments === undefined)) {
        return true;
    }
    const named = fitting.flatMap(({ environments = [] }) => environments);
    return allEqual(all.filter((name) => !named.includes(name)).map((name) => values[name]));
}

function staleParts(declaration: Declaration, differences: readonly Difference[], all: readonly string[]): Stale[] {
    const fitting = (fields: string[] | undefined) => differences.some((it) => fits({ ...declaration, fields }, it));
    const unknown = (declaration.environments ?? []).filter((name) => !all.includes(name));
    if (!fitting(declaration.fields)) {
        return [{ declaration, part: undefined }];
    }
    const unused = (declaration.fields ?? []).filter((field) => !fitting([field]));
    return [...unused, ...unknown].map((part) => ({ declaration, part }));
}

function isWithin(path: readonly string[], field: string): boolean {
    const segments = splitField(field);
    return (
        path.length > 0 &&
        segments.length <= path.length &&
        segments.every((segment, index) => segment === "*" || segment === path[index])
    );
}

/**
 * A path as kustomize's replacements have it: parts between dots, `[name=x]` for the item of a list, `*` for any part, and
 * `\.` for a dot within a part. https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/
 */
export function splitField(field: string): string[] {
    const segments = field.match(/(?:\[[^\]]*\]|\\.|[^.\\])+/g) ?? [];
    return segments.map((segment) => segment.replaceAll("\\.", "."));
}

export function joinField(path: readonly string[]): string {
    return path.map((segment) => (segment.startsWith("[") ? segment : segment.replaceAll(".", "\\."))).join(".");
}
