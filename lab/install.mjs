// Installs the dependencies of the program and of the lab where they are missing or older than their lockfile. Runs on
// whatever Node the machine has, before there is any dependency.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const lab = import.meta.dirname;
const heartbeatMs = 5000;

for (const [what, directory] of [
    ["program", resolve(lab, "..")],
    ["lab", lab],
]) {
    if (!isInstalled(directory)) await install(what, directory);
}

function isInstalled(directory) {
    const installed = join(directory, "node_modules", ".package-lock.json");
    return (
        existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(directory, "package-lock.json")).mtimeMs
    );
}

async function install(what, directory) {
    const start = performance.now();
    const seconds = () => ((performance.now() - start) / 1000).toFixed(0);
    const title = `dependencies of the ${what}`;
    console.error(`… ${title}`);
    const heartbeat = setInterval(() => console.error(`… ${title} ${seconds()} s`), heartbeatMs);
    const npm = spawn("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: directory,
        stdio: ["ignore", 2, 2],
    });
    const code = await new Promise((done) => npm.on("close", done));
    clearInterval(heartbeat);
    if (code !== 0) {
        console.error(`✗ npm ci failed in ${directory}; its words are above. Fix it and run the same command again.`);
        process.exit(1);
    }
    console.error(`✓ ${title} ${seconds()} s`);
}
