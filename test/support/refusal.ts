import assert from "node:assert/strict";

/** A check for assert.throws and assert.rejects: the refusal names the key on a line of its own, says why, and how to fix it. */
export function refusal(key: string, says: string) {
    return (error: Error): true => {
        const line = error.message.split("\n").find((it) => it.trim() === key || it.startsWith(`  ${key} is `));
        assert.ok(line !== undefined, `no line names ${key}:\n${error.message}`);
        assert.ok(error.message.includes(says), `nothing says "${says}":\n${error.message}`);
        assert.match(error.message, /fix: \S/);
        assert.match(error.message, /Nothing was touched/);
        return true;
    };
}
