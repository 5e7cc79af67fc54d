// Cuts the letters of English and Spanish out of our two typefaces, with the weights that we use: half the bytes of a first load.
// A text with another letter, such as a name, fetches the whole typeface for it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import subsetFont from "subset-font";

const files = createRequire(import.meta.url);
const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("") + "\u00a0\u202fáéíóúüñÁÉÍÓÚÜÑ¿¡«»ºª·×°–—‘’“”…−";
const latin = "U+00A1-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212";
const extended = "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1E00-1E9F, U+1EF2-1EFF, U+20A0-20AB, U+20AD-20C0";
const faces = [
  {
    family: "Atkinson Hyperlegible Next",
    weight: "400 700",
    path: (range: string) => `@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-${range}-wght-normal.woff2`,
    axes: { wght: { min: 400, max: 700, default: 400 } },
  },
  { family: "Fraunces", weight: "600", path: (range: string) => `@fontsource/fraunces/files/fraunces-${range}-600-normal.woff2` },
];

/** "U+0020-007E, U+00A0": neighbours are named by their first and last. */
function rangesOf(codes: number[]): string {
  const hex = (code: number) => code.toString(16).toUpperCase();
  const ranges: [number, number][] = [];
  for (const code of [...codes].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 >= code) {
      last[1] = code;
    } else {
      ranges.push([code, code]);
    }
  }

  return ranges.map(([from, to]) => (from === to ? `U+${hex(from)}` : `U+${hex(from)}-${hex(to)}`)).join(", ");
}

/** Writes the typefaces and their style sheet into a folder. */
export async function writeFonts(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rules: string[] = [];
  for (const { family, weight, path, axes } of faces) {
    const name = family.replace(/ .*/, "").toLowerCase();
    await writeFile(
      join(folder, `${name}.woff2`),
      await subsetFont(await readFile(files.resolve(path("latin"))), letters, { targetFormat: "woff2", variationAxes: axes }),
    );
    const range = rangesOf([...letters].map((letter) => letter.codePointAt(0)!));
    // Of two faces that have a letter, the browser takes the later one.
    for (const [file, covers] of [
      [path("latin-ext"), extended],
      [path("latin"), latin],
      [`./${name}.woff2`, range],
    ]) {
      rules.push(
        `@font-face { font-family: "${family}"; font-style: normal; font-display: swap; font-weight: ${weight}; ` +
          `src: url("${file}") format("woff2"); unicode-range: ${covers}; }`,
      );
    }
  }
  await writeFile(join(folder, "fonts.css"), rules.join("\n") + "\n");
}
