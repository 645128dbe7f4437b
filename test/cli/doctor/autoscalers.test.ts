import assert from "node:assert/strict";

import { clusterLines } from "../../../cli/doctor/cluster";
import { type Config, readConfig } from "../../../config";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";
import { startWorld, type World } from "../../support/world";

const list = "GET /apis/autoscaling/v2/horizontalpodautoscalers";
const metrics = "GET /apis/metrics.k8s.io/v1beta1";

const autoscaler = (name: string, ...types: string[]) => ({
    metadata: { namespace: "podinfo", name },
    spec: types.length > 0 ? { metrics: types.map((type) => ({ type })) } : {},
});

describe("fluxcd doctor, about autoscalers", () => {
    let world: World;
    let config: Config;

    beforeEach(async () => {
        world = await startWorld();
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" } });
        config = readConfig();
    });

    afterEach(() => world.close());

    async function found() {
        const lines = await clusterLines(
            config,
            Promise.resolve({ cluster: { context: "dev", uid: "uid-of-the-cluster" } }),
        );
        return lines.filter(({ about }) => about === "autoscalers");
    }

    it("warns that nothing measures what they scale by, if no metrics-server is there or none answers", async () => {
        const items = [autoscaler("cpu", "Resource"), autoscaler("default"), autoscaler("one", "ContainerResource")];
        world.answers.set(list, { items: [...items, autoscaler("queue", "External")] });
        for (const status of [404, 503]) {
            world.answers.set(metrics, status);
            assert.deepEqual(await found(), [
                {
                    about: "autoscalers",
                    state: "warning",
                    says: "nothing measures CPU and memory in this cluster, so the HorizontalPodAutoscaler podinfo/cpu, podinfo/default, podinfo/one scales nothing",
                    fix: "add - ../../components/metrics-server to the overlay of fluxcd-infrastructure; docs/components.md says how",
                },
            ]);
        }
    });

    it("says that they are measured if a metrics-server answers", async () => {
        world.answers.set(list, { items: [autoscaler("cpu", "Resource")] });
        world.answers.set(metrics, { kind: "APIResourceList" });
        assert.deepEqual(await found(), [
            { about: "autoscalers", state: "ok", says: "the cluster measures CPU and memory for podinfo/cpu" },
        ]);
    });

    it("is silent if none scales by CPU or memory, or if the user may not list them", async () => {
        for (const answer of [{ items: [] }, { items: [autoscaler("queue", "External", "Object")] }, 403]) {
            world.answers.set(list, answer);
            assert.deepEqual(await found(), []);
        }
        assert.ok(!world.asked.includes(metrics));
    });
});
