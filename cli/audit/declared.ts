import { parse } from "yaml";
import { z } from "zod";

import { CommandError, exitCodes } from "../terminal/exit";
import { allEqual, type Difference } from "./differences";

const text = z.string().trim().min(1);

const declarationSchema = z
    .strictObject({
        /** The objects, as in the target of a kustomize patch. A field that is left out matches all objects. */
        target: z.strictObject({ kind: text, namespace: text, name: text }).partial().default({}),
        /**
         * The fields with everything in them, in the path syntax of kustomize's replacements. Undefined: the existence
         * of the object.
         */
        fields: z.array(text).min(1).optional(),
        /** The environments that may differ; the others must be equal. Undefined: each environment may differ. */
        environments: z.array(text).min(1).optional(),
        reason: text,
    })
    .refine(({ target, fields }) => fields !== undefined || Object.keys(target).length > 0, {
        error: "expected a target, fields, or both: without them, it would match every object",
    });

export type Declaration = z.infer<typeof declarationSchema>;

const fileSchema = z.strictObject({ differences: z.array(declarationSchema) });

/** Parses a repository's audit.yaml. Fails with all problems in it. */
export function readDeclarations(file: string, content: string): Declaration[] {
    try {
        return fileSchema.parse(parse(content)).differences;
    } catch (error) {
        const words = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
        throw new CommandError(exitCodes.usage, `${file} is not valid; docs/drift.md describes its format:\n${words}`);
    }
}

/** A difference that is declared, with the reasons. */
export interface Intended extends Difference {
    readonly reasons: readonly string[];
}

/** A declaration, or a part of one, that matches no difference. */
export interface Stale {
    readonly declaration: Declaration;
    /** The field or the environment that matches nothing; undefined for the complete declaration. */
    readonly part: string | undefined;
}

export interface Judgement {
    readonly unintended: readonly Difference[];
    readonly intended: readonly Intended[];
    readonly stale: readonly Stale[];
}

/** Sorts the differences into declared and undeclared ones, and finds declarations that match nothing. */
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

/** Whether a declaration matches the object and field of a difference, ignoring environments. */
export function fits({ target, fields }: Declaration, { object, path }: Difference): boolean {
    const { kind = object.kind, namespace = object.namespace, name = object.name } = target;
    const isTarget = kind === object.kind && namespace === object.namespace && name === object.name;
    return isTarget && (fields === undefined ? path.length === 0 : fields.some((field) => isWithin(path, field)));
}

/** Whether the environments that no declaration names are equal. */
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
 * Splits a path in the syntax of kustomize's replacements: parts are separated by dots, `[name=x]` is an item of a
 * list, `*` is any part, and `\.` is a dot in a part.
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/
 */
export function splitField(field: string): string[] {
    const segments = field.match(/(?:\[[^\]]*\]|\\.|[^.\\])+/g) ?? [];
    return segments.map((segment) => segment.replaceAll("\\.", "."));
}

export function joinField(path: readonly string[]): string {
    return path.map((segment) => (segment.startsWith("[") ? segment : segment.replaceAll(".", "\\."))).join(".");
}
