import { writeFileSync } from "node:fs";

import { stacks, goldenOf } from "../support/golden";

async function main(): Promise<void> {
    for (const stack of stacks) {
        const file = `test/golden/${stack}.json`;
        writeFileSync(file, `${JSON.stringify(await goldenOf(stack), undefined, 2)}\n`);
        console.log(`wrote ${file}`);
    }
    process.exit(0);
}

void main();
