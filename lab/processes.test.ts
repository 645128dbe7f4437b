import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { identityOf, markedProcesses, parseStat } from "./identity.ts";
import { holderOf, withLock } from "./lock.ts";
import { firstJsonLine, isAlive, Processes, stop, writeJson } from "./processes.ts";

const lab = mkdtempSync(join(tmpdir(), "lab-"));
const processes = new Processes(lab);
after(async () => {
    for (const { name } of processes.list()) await processes.stop(name);
    rmSync(lab, { recursive: true });
});

const server = (name: string, script: string, timeoutSeconds = 10) => ({
    name,
    command: [process.execPath, "-e", script] as [string, ...string[]],
    log: join(lab, "log", `${name}.log`),
    ready: ({ log }: { log: string }) => firstJsonLine(log),
    timeoutSeconds,
});
const lasting = `console.log("starting"); console.log('{"url":"x"}'); setInterval(() => {}, 1000)`;

void test("a process is started once, remembered, found by its mark, and stopped", async () => {
    const first = await processes.ensure(server("one", lasting));
    assert.deepEqual([first.started, first.record.ready], [true, { url: "x" }]);
    const second = await processes.ensure(server("one", lasting));
    assert.deepEqual([second.started, second.record.pid], [false, first.record.pid]);
    if (process.platform === "linux") {
        assert.deepEqual(
            markedProcesses(lab).map(({ pid }) => pid),
            [first.record.pid],
        );
    }
    const changed = await processes.ensure(server("one", `${lasting};`));
    assert.notEqual(changed.record.pid, first.record.pid);
    assert.equal(isAlive(first.record), false);
    await processes.stop("one");
    assert.equal(isAlive(changed.record), false);
    assert.equal(processes.read("one"), undefined);
});

void test("one that ends before it is ready fails with the end of its log", async () => {
    await assert.rejects(
        processes.ensure(server("ends", `console.error("no such port"); process.exit(3)`)),
        /no such port/,
    );
});

void test("one that is never ready fails and does not stay", async () => {
    await assert.rejects(processes.ensure(server("mute", "setInterval(() => {}, 1000)", 0.5)), /not ready after 0.5 s/);
    const record = processes.read("mute");
    assert.ok(record && !isAlive(record));
});

void test("one that ignores SIGTERM is killed", async () => {
    const { record } = await processes.ensure(server("deaf", `process.on("SIGTERM", () => {}); ${lasting}`));
    await stop(record, 0.2);
    assert.equal(isAlive(record), false);
});

void test("a pid that another process has by now is left alone", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    writeJson(join(lab, "run", "reused.json"), { name: "reused", pid, identity: "an earlier one" });
    await processes.stop("reused");
    assert.ok(identityOf(pid));
    child.kill();
});

void test("a zombie is not alive, and names with spaces and parentheses do not confuse", () => {
    const fields = ["Z", ...Array.from({ length: 18 }, (_, index) => String(index)), "4711", "0"];
    assert.deepEqual(parseStat(`12 (a) b (c) ${fields.join(" ")}`), { state: "Z", startTicks: "4711" });
});

void test("a lock is held once, and not by the dead", async () => {
    const file = join(lab, "up.lock");
    writeJson(file, { pid: process.pid, identity: "an earlier one" });
    assert.equal(holderOf(file), undefined);
    await withLock(file, async () => {
        await assert.rejects(
            withLock(file, () => Promise.resolve()),
            /Another/,
        );
    });
    assert.equal(existsSync(file), false);
});

void test("a log without a whole line of JSON says nothing yet", () => {
    const log = join(lab, "half.log");
    writeFileSync(log, 'listening\n{"url": "http://12');
    assert.equal(firstJsonLine(log), undefined);
});
