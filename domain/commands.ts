/** A `pulumi config set` command to run in a shell. A key with a dot needs `--path`. */
export function setConfig(stack: string, key: string, value: string): string {
    return `pulumi config set --stack ${stack} ${argument(key)} ${value}`;
}

/** A `pulumi config rm` command to run in a shell. */
export function removeConfig(stack: string, key: string): string {
    return `pulumi config rm --stack ${stack} ${argument(key)}`;
}

function argument(key: string): string {
    return /[.[]/.test(key) ? `--path '${key}'` : key;
}
