#!/usr/bin/env node
// Runs the commands of this project with the Node.js version that it pins.
const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const bin = join(__dirname, "node_modules", "node", "bin");
const node = [join(bin, "node"), join(bin, "node.exe")].find((file) => existsSync(file));
if (node === undefined || !existsSync(join(__dirname, "node_modules", "commander"))) {
    console.error(`The packages of this project are not installed. Run: npm ci --prefix ${__dirname}`);
    process.exit(1);
}
const options = { stdio: "inherit", env: process.env };
const { status, signal } = spawnSync(
    node,
    [join(__dirname, "load.cjs"), "cli/main.ts", ...process.argv.slice(2)],
    options,
);
if (signal) {
    process.kill(process.pid, signal);
}
process.exit(status ?? 1);
