/** How pictures look: the page's own colours and letters. */
export const colours = { accent: "var(--accent)", warm: "var(--warm)", soft: "var(--line-strong)" };
export const words = { fill: "var(--ink-soft)", fontSize: 14 };
export const axis = { stroke: "var(--line-strong)", tickLine: false };
export const bubble = { background: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: 10, color: "var(--ink)" };
