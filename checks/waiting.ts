import * as pulumi from "@pulumi/pulumi";

const quietMs = 2000;

/** Logs the subject of a wait that takes longer than `afterMs`, which is two seconds by default. */
export async function told<T>(
    what: string,
    work: Promise<T>,
    say: (text: string) => unknown = (text) => pulumi.log.info(text),
    afterMs = quietMs,
): Promise<T> {
    const timer = setTimeout(() => void say(`Waiting for ${what}`), afterMs);
    return work.finally(() => {
        clearTimeout(timer);
    });
}
