/** Names of the inputs that are connected. */
export type Given = ReadonlySet<string>;
