/** What of the map has its panel shown. */
export type Selection = { kind: 'edge'; id: string } | { kind: 'type'; remote: string; type: string } | null;
