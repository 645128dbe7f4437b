// What controllers report about an object while it is waited for.
import { text, type ValueMap } from "../../values.ts";
import type { Cluster } from "../cluster.ts";
import type { Log } from "../log.ts";
import { namespaceOf, textAt } from "../object.ts";

// Event times are whole seconds of the API server's clock.
const slack = 2000;

/** Shows the object's Warning events from now on, until the signal comes. */
export async function showWarnings(cluster: Cluster, object: ValueMap, options: { log: Log; signal: AbortSignal }) {
    const since = Date.now() - slack;
    const path = `/api/v1/namespaces/${namespaceOf(object) || "default"}/events`;
    const query = { fieldSelector: `involvedObject.uid=${textAt(object, "metadata", "uid")},type=Warning` };
    const onEvent = (type: string, event: ValueMap) => {
        if (type === "DELETED" || type === "ERROR" || lastSeen(event) < since) return;
        options.log.status("warning", `${text(event.reason)}: ${text(event.message)}`);
    };
    while (!options.signal.aborted) {
        try {
            await cluster.watch(path, query, { onEvent, signal: options.signal });
        } catch {
            // Who may not read events can still wait.
            return;
        }
    }
}

const lastSeen = (event: ValueMap): number =>
    Math.max(
        ...[textAt(event, "series", "lastObservedTime"), text(event.lastTimestamp), text(event.eventTime)].map(
            (time) => Date.parse(time) || 0,
        ),
    );
