import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { labDirectory } from "../paths.ts";

/** A Kustomization as the watch shows it. */
export interface Seen {
    readonly ready: boolean;
    /** The revision, such as `main@sha1:<commit>`. */
    readonly applied: string;
    /** The last request to reconcile that was handled. */
    readonly handled: string;
}

interface Waiting {
    readonly namespace: string;
    readonly size: number;
    readonly wanted: (seen: Seen) => boolean;
    readonly progress: (detail: string) => void;
}

const fields = [
    "{.metadata.name}",
    `{.status.conditions[?(@.type=="Ready")].status}`,
    "{.status.lastAppliedRevision}",
    "{.status.lastHandledReconcileAt}",
];

/** Ends when so many Kustomizations of a namespace are as wanted, by one watch for all of them: asking for each would keep a core busy. */
export async function untilAll({ namespace, size, wanted, progress }: Waiting): Promise<void> {
    const get = `kubectl --context dev -n ${namespace} get kustomizations --watch -o jsonpath='${fields.join(" ")}{"\\n"}'`;
    const watch = spawn("bash", ["-c", `source "$0" && exec ${get}`, join(labDirectory, "env.sh")], {
        stdio: ["ignore", "pipe", "ignore"],
    });
    const done = new Set<string>();
    try {
        for await (const line of createInterface({ input: watch.stdout })) {
            const [name = "", ready, applied = "", handled = ""] = line.split(" ");
            if (wanted({ ready: ready === "True", applied, handled })) done.add(name);
            progress(`${done.size} of ${size}`);
            if (done.size >= size) return;
        }
    } finally {
        watch.kill();
    }
    throw new Error(`The watch of the Kustomizations in ${namespace} ended with ${done.size} of ${size}`);
}
