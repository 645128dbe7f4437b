import { rmSync } from "node:fs";

import { lab, sourceEnvironment } from "./lab";
import { printReport } from "./report";
import { changedFiles } from "./run";
import { scratch } from "./stack";

/** LAB_KEEP=1 uses the lab that is up, and leaves it up. */
const keep = Boolean(process.env.LAB_KEEP);

/** What the checkout looked like before anything ran. */
export const atStart = { changedFiles: "" };

export const mochaHooks = {
    async beforeAll(this: Mocha.Context) {
        // A first start builds the tools.
        this.timeout(90 * 60_000);
        atStart.changedFiles = await changedFiles();
        if (!keep) {
            await lab("down");
        }
        await lab("up");
        await sourceEnvironment();
    },
    async afterAll(this: Mocha.Context) {
        this.timeout(120_000);
        printReport();
        rmSync(scratch, { recursive: true, force: true });
        if (!keep) {
            await lab("down");
        }
    },
};
