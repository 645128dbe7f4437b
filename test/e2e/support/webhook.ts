import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { get } from "./cluster";
import { inFlux } from "./flux";
import { api, standIn } from "./github";
import type { RepositoryName } from "./git";
import { waitFor } from "./run";

/** The host that leads to dev in the lab. */
export const host = "flux.dev.example.com";

export interface Hook {
    readonly id: number;
    readonly active: boolean;
    readonly events: readonly string[];
    readonly config: { readonly url: string; readonly content_type: string; readonly secret?: string };
}

export function hooksOf(repository: RepositoryName): Promise<Hook[]> {
    return api(`/repos/misua/${repository}/hooks`);
}

interface Delivery {
    readonly event: string;
    readonly status_code: number;
}

/** A webhook's deliveries of an event, newest first, once there are as many. */
export function deliveries(
    repository: RepositoryName,
    { id }: Hook,
    event: string,
    count: number,
): Promise<Delivery[]> {
    return waitFor(`${count} deliveries of ${event}`, 30, async () => {
        const all = await api<Delivery[]>(`/repos/misua/${repository}/hooks/${id}/deliveries?per_page=100`);
        const found = all.filter((delivery) => delivery.event === event);
        assert.ok(found.length >= count, `${found.length}`);
        return found;
    });
}

export interface Receiver {
    readonly name: string;
    readonly path: string;
    readonly token: string;
}

/** The Receivers in dev, each with the secret that it checks signatures with. */
export async function receivers(): Promise<Receiver[]> {
    const { items } = await get<{
        items: {
            metadata: { name: string };
            spec: { secretRef: { name: string } };
            status: { webhookPath: string };
        }[];
    }>("dev", ...inFlux, "receivers");
    return Promise.all(
        items.map(async ({ metadata: { name }, spec, status }) => {
            const { data } = await get<{ data: { token: string } }>("dev", ...inFlux, "secret", spec.secretRef.name);
            return { name, path: status.webhookPath, token: Buffer.from(data.token, "base64").toString() };
        }),
    );
}

/** Sends dev a push as GitHub would, signed or not, and tells how it was answered. */
export async function send(path: string, signedWith?: string): Promise<number> {
    const { [host]: front } = await standIn.hosts();
    assert.ok(front !== undefined, `the lab leads ${host} nowhere`);
    const body = JSON.stringify({ ref: "refs/heads/main" });
    const signature = signedWith !== undefined && createHmac("sha256", signedWith).update(body).digest("hex");
    const { status } = await fetch(`${front}${path}`, {
        method: "POST",
        headers: {
            "content-type": "application/json",
            "x-github-event": "push",
            ...(signature !== false && { "x-hub-signature-256": `sha256=${signature}` }),
        },
        body,
    });
    return status;
}

/** When Flux was last asked for the apps, by whoever. */
export async function asked(): Promise<string | undefined> {
    const { metadata } = await get<{ metadata: { annotations?: Record<string, string> } }>(
        "dev",
        ...inFlux,
        "gitrepository",
        "apps",
    );
    return metadata.annotations?.["reconcile.fluxcd.io/requestedAt"];
}
