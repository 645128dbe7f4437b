import * as pulumi from "@pulumi/pulumi";

const quietMs = 2000;

/** Says what an update waits for where it takes longer than a moment, which is two seconds unless told otherwise. */
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
