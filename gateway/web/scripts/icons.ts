// Which icons the first pages show: they travel with what every page shares, all others with the first page that shows one.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const first = /\/ui\/\w+\.tsx?$|\/pages\/(HomePage|GroupsPage|MyGroups|NextSession|Absence)\.tsx$/;
const barrel = createRequire(import.meta.url)
  .resolve("lucide-react")
  .replace(/cjs\/lucide-react\.c?js$/, "esm/lucide-react.mjs");

/** The names that a source takes from lucide-react. */
const namesIn = (source: string) =>
  [...source.matchAll(/import \{([^}]*)\} from "lucide-react"/g)].flatMap((found) => found[1]!.split(",").map((name) => name.trim()));

/** The file names of the first pages' icons, without their ending. */
export function firstIcons(src: string): Set<string> {
  const sources = readdirSync(src, { recursive: true, encoding: "utf8" }).map((path) => join(src, path).replaceAll("\\", "/"));
  const used = new Set(sources.filter((path) => first.test(path)).flatMap((path) => namesIn(readFileSync(path, "utf8"))));
  return new Set(
    [...readFileSync(barrel, "utf8").matchAll(/export \{([^}]*)\} from '\.\/icons\/([\w-]+)\.mjs'/g)]
      .filter(([, names]) => names!.split(",").some((name) => used.has(name.replace("default as", "").trim())))
      .map(([, , file]) => file!),
  );
}
