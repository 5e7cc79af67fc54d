import { expect, test } from "vitest";
import { Drafts } from "./drafts";

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    key: (i) => [...kept.keys()][i] ?? null,
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };
}

test("what was typed comes back to its person and form alone", () => {
  const drafts = new Drafts(storage());
  drafts.write("ana", "profile", { city: "Tampa" });
  expect(drafts.read("ana", "profile", { city: "", phone: "" })).toEqual({ city: "Tampa", phone: "" });
  expect(drafts.read("ben", "profile", { city: "" })).toBeNull();
  expect(drafts.read("ana", "move", { city: "" })).toBeNull();
});

test("what was typed on an older version comes back with that version", () => {
  const drafts = new Drafts(storage());
  drafts.write("ana", "program", { title: "Beginning" }, 3);
  expect([drafts.read("ana", "program", { title: "" }), drafts.baseOf("ana", "program")]).toEqual([{ title: "Beginning" }, 3]);
  drafts.write("ana", "profile", { city: "Tampa" });
  expect(drafts.baseOf("ana", "profile")).toBeUndefined();
});

test("a field that the form has no more is left out", () => {
  const drafts = new Drafts(storage());
  drafts.write("ana", "profile", { city: "Tampa", fax: "1" });
  expect(drafts.read("ana", "profile", { city: "" })).toEqual({ city: "Tampa" });
});

test("a draft ends when it is sent, after twelve hours, and at a sign-out", () => {
  let now = 0;
  const drafts = new Drafts(storage(), () => now);
  drafts.write("ana", "profile", { city: "Tampa" });
  drafts.drop("ana", "profile");
  expect(drafts.read("ana", "profile", { city: "" })).toBeNull();
  drafts.write("ana", "profile", { city: "Tampa" });
  now = 13 * 3_600_000;
  expect(drafts.read("ana", "profile", { city: "" })).toBeNull();
  drafts.write("ana", "profile", { city: "Tampa" });
  drafts.write("ana", "move", { city: "Miami" });
  drafts.dropAll();
  expect(drafts.read("ana", "profile", { city: "" })).toBeNull();
  expect(drafts.read("ana", "move", { city: "" })).toBeNull();
});

test("when a person signs in, nobody else's drafts stay", () => {
  const drafts = new Drafts(storage());
  drafts.write("ana", "profile", { city: "Tampa" });
  drafts.write("ben", "profile", { city: "Miami" });
  drafts.dropAll("ana");
  expect(drafts.read("ana", "profile", { city: "" })).not.toBeNull();
  expect(drafts.read("ben", "profile", { city: "" })).toBeNull();
});

test("a storage that takes nothing does no harm", () => {
  const full = { ...storage(), setItem: () => { throw new Error("full"); } } as unknown as Storage; // prettier-ignore
  new Drafts(full).write("ana", "profile", { city: "Tampa" });
  expect(new Drafts({ ...storage(), getItem: () => "{" } as unknown as Storage).read("ana", "profile", { city: "" })).toBeNull();
});
