import { rmSync } from "node:fs";

import { sourceEnvironment, startLab } from "./lab";
import { printReport } from "./report";
import { changedFiles } from "./run";
import { scratch } from "./stack";

/** What the checkout looked like before anything ran. */
export const atStart = { changedFiles: "" };

export const mochaHooks = {
    async beforeAll(this: Mocha.Context) {
        // A first start builds the tools.
        this.timeout(90 * 60_000);
        atStart.changedFiles = await changedFiles();
        await startLab();
        await sourceEnvironment();
    },
    afterAll() {
        printReport();
        rmSync(scratch, { recursive: true, force: true });
    },
};
