// Installs the lab's own dependencies, once per lockfile: who only uses the program never needs them.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const here = import.meta.dirname;
const installed = `${here}/node_modules/.package-lock.json`;
const upToDate = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${here}/package-lock.json`).mtimeMs;
if (!upToDate) {
    console.error("Installing the lab's dependencies (once)");
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: ["ignore", 2, 2] });
    process.exit(status ?? 1);
}
