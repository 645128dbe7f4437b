import assert from "node:assert/strict";

import { customized, managerIn, newArguments } from "../support/customized";
import { allControllers, releaseObjects } from "../support/release";

const cache = (indexes: number) => [
    `--helm-cache-max-size=${indexes}`,
    "--helm-cache-ttl=720m",
    "--helm-cache-purge-interval=60m",
];
const of = (memory: string, cpuLimit: string, memoryLimit: string) => ({
    requests: { cpu: "100m", memory },
    limits: { cpu: cpuLimit, memory: memoryLimit },
});
const asReleased = of("64Mi", "1000m", "1Gi");

const presets = {
    small: {
        applying: ["--concurrent=5", "--requeue-dependency=10s"],
        fetching: cache(10),
        resources: { applying: of("64Mi", "1000m", "512Mi"), fetching: of("64Mi", "1000m", "512Mi") },
        others: of("64Mi", "1000m", "512Mi"),
    },
    medium: {
        applying: ["--concurrent=10", "--requeue-dependency=5s"],
        fetching: [...cache(50), "--concurrent=5"],
        resources: { applying: of("128Mi", "2000m", "1Gi"), fetching: of("128Mi", "2000m", "1Gi") },
        others: asReleased,
    },
    large: {
        applying: ["--concurrent=20", "--requeue-dependency=5s"],
        fetching: [...cache(100), "--concurrent=10"],
        resources: { applying: of("256Mi", "3000m", "3Gi"), fetching: of("256Mi", "2000m", "2Gi") },
        others: asReleased,
    },
} as const;

describe("The size of the installation", () => {
    for (const [size, { applying, fetching, resources, others }] of Object.entries(presets)) {
        const objects = customized({ size: size as keyof typeof presets });

        it(`${size} sets concurrency and caches of the controllers`, () => {
            assert.deepEqual(newArguments(objects), {
                "source-controller": fetching,
                "kustomize-controller": applying,
                "helm-controller": applying,
            });
        });

        it(`${size} sets requests and limits of every controller`, () => {
            const expected = Object.fromEntries(allControllers.map((name): [string, unknown] => [name, others]));
            assert.deepEqual(
                Object.fromEntries(allControllers.map((name) => [name, managerIn(objects, name).resources])),
                {
                    ...expected,
                    "source-controller": resources.fetching,
                    "kustomize-controller": resources.applying,
                    "helm-controller": resources.applying,
                },
            );
        });

        it(`${size} changes nothing when it is applied again`, () => {
            assert.deepEqual(customized({ size: size as keyof typeof presets }, [...objects]), objects);
        });
    }

    it("accepts a release without the optional controllers", () => {
        const objects = customized({ size: "large" }, releaseObjects(["source-controller", "kustomize-controller"]));
        assert.deepEqual(Object.keys(newArguments(objects)), ["source-controller", "kustomize-controller"]);
    });
});
