import { describe, expect, it } from "vitest";
import { gridOf } from "./grid";

describe("the grid of faces", () => {
  it("fills a laptop's stage for two to fourteen people without overlapping", () => {
    for (let people = 2; people <= 14; people++) {
      const { columns, tile } = gridOf(people, 1000, 600);
      const rows = Math.ceil(people / columns);
      expect(columns * tile + (columns - 1) * 10).toBeLessThanOrEqual(1000);
      expect(rows * tile * 0.75 + (rows - 1) * 10).toBeLessThanOrEqual(601);
      expect(tile).toBeGreaterThan(180);
    }
  });

  it("stacks two people on a phone held upright and sets them side by side on one on its side", () => {
    expect(gridOf(2, 320, 560).columns).toBe(1);
    expect(gridOf(2, 700, 280).columns).toBe(2);
  });
});
