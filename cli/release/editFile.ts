import { readFileSync } from "node:fs";

import type { Problem } from "../../domain/problem";
import { wrongUsage } from "../terminal/exit";
import { readProjectValues, readStackFile, stackFileOf } from "../tools/projectFiles";
import { editStackFile, type SourceEdits } from "../tools/stackFile";
import type { Stack } from "./plan";

/** The text of a stack file before and after an edit. Fails if the file is not what decides the release. */
export function readEdit({ settings, config }: Pick<Stack, "settings" | "config">, edits: SourceEdits) {
    const file = stackFileOf(config.stack);
    const effective = sourcesIn(JSON.parse(settings.values["fluxcd:sources"] ?? "{}"));
    const elsewhere = fromElsewhere(config.stack, effective, edits);
    if (elsewhere.length > 0) {
        throw wrongUsage(`${file} cannot be edited: it does not have the values to change.`, elsewhere);
    }
    try {
        const before = readFileSync(file, "utf8");
        return { before, after: editStackFile(before, edits) };
    } catch (error) {
        throw wrongUsage(`${file} cannot be edited: ${error instanceof Error ? error.message : String(error)}`);
    }
}

type Sources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The values to change that an update takes from somewhere else. pulumi merges an environment's maps with those of the
 * stack file, so a key that is only in the environment would stay.
 * https://www.pulumi.com/docs/esc/integrations/infrastructure/pulumi-iac/
 */
function fromElsewhere(stack: string, effective: Sources, edits: SourceEdits): Problem[] {
    const read = readStackFile(stack);
    const own = sourcesIn(read?.values["fluxcd:sources"]);
    const environments = read?.environments ?? [];
    return Object.entries(edits).flatMap(([name, { tag, remove }]) => {
        const { [name]: source = {} } = effective;
        const missing = ["tag", ...remove].filter((key) => key in source && !(key in (own[name] ?? {})));
        return missing.map((key): Problem => {
            const where =
                environments.length > 0
                    ? `Pulumi ESC (${environments.join(", ")})`
                    : read && "fluxcd:sources" in readProjectValues()
                      ? "Pulumi.yaml"
                      : "the stack's configuration in Pulumi Cloud";
            const environment = environments.length === 1 ? (environments[0] ?? "") : "<environment>";
            const path = `${environment} 'pulumiConfig["fluxcd:sources"].${name}.${key}'`;
            const command = key === "tag" ? `set ${path} ${tag}` : `rm ${path}`;
            return {
                key: `fluxcd:sources.${name}.${key}`,
                value: source[key],
                expected: `comes from ${where}, and a release is in ${stackFileOf(stack)}, where a pull request shows it`,
                fix:
                    where === "Pulumi.yaml"
                        ? `move fluxcd:sources from Pulumi.yaml into ${stackFileOf(stack)}, and run it again`
                        : `move fluxcd:sources.${name} into ${stackFileOf(stack)}, and run it again   (or, without this command: pulumi env ${command})`,
            };
        });
    });
}

function sourcesIn(value: unknown): Sources {
    return typeof value === "object" && value !== null ? (value as Sources) : {};
}
