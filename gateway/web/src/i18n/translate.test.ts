import { expect, test } from "vitest";
import { addTexts, changeLanguage, textAt, write } from "./translate";

const texts = { groups: { seats_one: "{{count}} seat", seats_other: "{{count}} seats", of: "{{a}} of {{ b }}" } };

test("a count chooses its form", () => {
  expect(write(texts, "en", "groups.seats", { count: 1 })).toBe("1 seat");
  expect(write(texts, "es", "groups.seats", { count: 0 })).toBe("0 seats");
});

test("values stand in their places, as they are", () => {
  expect(write(texts, "en", "groups.of", { a: "<b>", b: "{{a}}" })).toBe("<b> of {{a}}");
});

test("a value that ends with a stop ends its sentence", () => {
  const at = { at: "It opens at {{time}}.", within: "At {{time}} it opens." };
  expect(write(at, "es", "at", { time: "5:45 p.m." })).toBe("It opens at 5:45 p.m.");
  expect(write(at, "en", "at", { time: "5:45 PM" })).toBe("It opens at 5:45 PM.");
  expect(write(at, "es", "within", { time: "5:45 p.m." })).toBe("At 5:45 p.m. it opens.");
});

test("a text without forms may carry a count, and what is not there is undefined", () => {
  expect(write({ place: "You are number {{count}}." }, "en", "place", { count: 1 })).toBe("You are number 1.");
  expect(write(texts, "en", "groups")).toBeUndefined();
  expect(write(texts, "en", "groups.none", { count: 1 })).toBeUndefined();
});

test("a language that is chosen while a part is on its way has that part too", async () => {
  let arrive = () => {};
  const late = new Promise<void>((resolve) => (arrive = resolve));
  const added = addTexts("one", { en: () => late.then(() => ({ hello: "Hello" })), es: async () => ({ hello: "Hola" }) });
  const spanish = changeLanguage("es");
  arrive();
  await Promise.all([added, spanish]);
  expect(textAt("one", "hello")).toBe("Hola");
  await changeLanguage("en");
  expect(textAt("one", "hello")).toBe("Hello");
});
