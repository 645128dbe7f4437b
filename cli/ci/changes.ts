/** A part of pulumi's output with --diff: a resource, or text between resources. */
interface Block {
    readonly lines: string[];
    /** Undefined for text. */
    readonly resource: { readonly mark: string; readonly type: string; readonly operation: string } | undefined;
}

/** https://github.com/pulumi/pulumi/blob/v3.276.0/pkg/backend/display/object_diff.go */
const header =
    /^ *([~+<>=-]{0,2}) ?([^\s:"]+:[^\s"]*): \((same|create|update|delete|replace|create-replacement|delete-replaced|refresh|import|import-replacement|read|read-replacement|discard|discard-replaced|remove-pending-replace)\)/;

/**
 * pulumi's output with --diff, for a reader who may see only its beginning: one line for each changed resource, then the
 * changes, and last what a refresh only reads again. After the first refresh, that is the status of each CRD.
 */
export function changesFirst(output: string): string {
    const blocks = blocksOf(output);
    const isRead = ({ resource }: Block) => resource?.operation === "refresh";
    const changed = blocks.filter(
        ({ resource }) => resource && !["same", "read", "refresh"].includes(resource.operation),
    );
    const read = blocks.filter(isRead);
    const names = [...changed, ...read].map(lineOf);
    const ordered = [...blocks.filter((block) => !isRead(block)), ...read].flatMap(({ lines }) => lines);
    return names.length === 0 ? output : [...new Set(names), "", ...ordered].join("\n");
}

function blocksOf(output: string): Block[] {
    const blocks: Block[] = [{ lines: [], resource: undefined }];
    for (const line of output.split("\n")) {
        const [, mark = "", type = "", operation] = header.exec(line) ?? [];
        const last = blocks.at(-1);
        if (operation !== undefined) {
            blocks.push({ lines: [line], resource: { mark, type, operation } });
        } else if (last?.resource && line !== "" && !line.startsWith(" ")) {
            blocks.push({ lines: [line], resource: undefined });
        } else {
            last?.lines.push(line);
        }
    }
    return blocks;
}

function lineOf({ lines, resource }: Block): string {
    const urn = lines.map((line) => /^ *\[urn=(.*)\]$/.exec(line)?.[1]).find((found) => found !== undefined);
    const name = urn?.slice(urn.lastIndexOf("::") + 2) ?? "";
    return resource ? `${resource.mark} ${resource.type} ${name} (${resource.operation})` : "";
}
