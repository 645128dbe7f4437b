/** What the specs made and must find nowhere, by what it is: 90-secrets looks for them after every other spec. */
export const madeSecrets: [string, string][] = [];
