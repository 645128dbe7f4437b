/** GitHub's global node ids: a prefix for the kind, and a MessagePack array of 0 and the numbers that name the object. */
export function nodeId(prefix: string, ...parts: (number | string)[]): string {
    const packed = [0, ...parts].map((part) => (typeof part === "number" ? packNumber(part) : packString(part)));
    return `${prefix}_${Buffer.concat([Buffer.from([0x90 + packed.length]), ...packed]).toString("base64url")}`;
}

function packNumber(value: number): Buffer {
    if (value === 0) {
        return Buffer.from([0]);
    }
    const buffer = Buffer.alloc(5);
    buffer.writeUInt8(0xce);
    buffer.writeUInt32BE(value, 1);
    return buffer;
}

function packString(value: string): Buffer {
    const head = Buffer.alloc(3);
    head.writeUInt8(0xda);
    head.writeUInt16BE(value.length, 1);
    return Buffer.concat([head, Buffer.from(value)]);
}
