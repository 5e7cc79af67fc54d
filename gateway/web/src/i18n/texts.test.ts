import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { own as enOwn } from "./en/own";
import { own as esOwn } from "./es/own";
import { room as enRoom } from "./en/room";
import { room as esRoom } from "./es/room";
import { en } from "./en";
import { es } from "./es";
import { en as enStaff } from "../staff/texts/en";
import { es as esStaff } from "../staff/texts/es";
import { common } from "../staff/texts/en-common";
import { facilitator } from "../staff/texts/en-facilitator";

function flat(texts: object, path = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? flat(value as object, `${path}${key}.`)
      : [[path + key, String(value)] as [string, string]],
  );
}

const placeholders = (text: string) => [...new Set(text.match(/\{\{\s*\w+\s*\}\}/g) ?? [])].sort().join(" ");
// A plural form may leave its number out: "one" says it in words.
const withoutCount = (text: string) => placeholders(text).replace("{{count}}", "").trim();

describe("every text stands in both languages", () => {
  it.each([
    ["the pages", en, es],
    ["one's own account", enOwn, esOwn],
    ["the room", enRoom, esRoom],
    ["the staff's pages", enStaff, esStaff],
  ])("of %s, with the same values in it", (_, english, spanish) => {
    const translated = new Map(flat(spanish));
    for (const [key, text] of flat(english)) {
      expect(translated.get(key), key).toBeTruthy();
      expect(withoutCount(translated.get(key)!), key).toBe(withoutCount(text));
    }
  });
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? sources(join(folder, one.name)) : one.name.endsWith(".tsx") ? [join(folder, one.name)] : [],
  );
}

it("a facilitator's pages need no text of an operator", () => {
  const texts = { ...common, ...facilitator };
  const shared =
    /\/(AsTable|Attendance|BarPicture|Cover|GroupParts|ProgramEditor|SeatsHistory|SeatsPicture|forms|kit)\.tsx$|EmergencySheet/;
  const pages = [
    ...sources("src/facilitator"),
    ...sources("src/staff")
      .concat(sources("src/room"))
      .filter((file) => shared.test(file)),
  ];
  const missing = pages.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const name = /const \{ t: (\w+)[^}]*\} = useTranslation\("staff"\)/.exec(text)?.[1] ?? "t";
    return [...text.matchAll(new RegExp(`[^\\w.]${name}\\("(\\w+)\\.`, "g"))]
      .map((m) => m[1]!)
      .filter((word) => !(word in texts) && !(word in en));
  });
  expect(missing).toEqual([]);
});

it("a page without the texts of one's own account uses none of them", () => {
  const has =
    /\/(account\/\w+|operator\/(DecisionPages|MemberPages)|pages\/(MePages|MyDataPage|NotificationsPage|MovePage|ProfilePage|GroupPage|Seat|CurrentSeat|RegisterPage))\.tsx$/;
  const missing = sources("src")
    .filter((file) => !has.test(file))
    .flatMap((file) => {
      const text = readFileSync(file, "utf8");
      const say = /\{ t(?:: (\w+))?[^}]*\} = useTranslation\(\)/.exec(text);
      return say ? [...text.matchAll(new RegExp(`[^\\w.]${say[1] ?? "t"}\\([\"\`](\\w+)\\.`, "g"))].map((m) => `${file}: ${m[1]!}`) : [];
    })
    .filter((line) => line.split(": ")[1]! in enOwn);
  expect(missing).toEqual([]);
});

it("no page has words of its own", () => {
  // Words between two tags, or in an attribute that people read or hear.
  const found = sources("src").flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const words = [
      ...text.matchAll(/^\s*[A-Z][a-z]+ [a-z][^<>{}=;()]*$/gm),
      ...text.matchAll(/<(?:h\d|p|strong|span|button)[^<>={}]*>\s*[A-Za-z]{3,}[^<>{}]*</g),
    ];
    const read = [...text.matchAll(/\b(?:aria-label|placeholder|title|label)="[^"]*[a-z]{2}[^"]*"/g)];
    return [...words, ...read].map((m) => `${file}: ${m[0].trim()}`);
  });
  expect(found.filter((line) => !/^\S+: (\*|\/\/)/.test(line))).toEqual([]);
});
