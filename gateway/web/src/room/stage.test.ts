import { describe, expect, it } from "vitest";
import { gridOf } from "./grid";

const high = ({ tile, ratio }: { tile: number; ratio: number }) => tile / ratio;

describe("the grid of faces", () => {
  it("fills a laptop's stage for two to fourteen people without overlapping", () => {
    for (let people = 2; people <= 14; people++) {
      const grid = gridOf(people, 1000, 600, 112);
      const rows = Math.ceil(people / grid.columns);
      expect(grid.columns * grid.tile + (grid.columns - 1) * 10).toBeLessThanOrEqual(1000);
      expect(rows * high(grid) + (rows - 1) * 10).toBeLessThanOrEqual(601);
      expect(grid.tile).toBeGreaterThan(180);
    }
  });

  it("stacks two people on a phone held upright and sets them side by side on one on its side", () => {
    expect(gridOf(2, 320, 560, 128).columns).toBe(1);
    expect(gridOf(2, 700, 280, 112).columns).toBe(2);
  });

  it("shows four people on a phone held upright two by two, in upright tiles that fill the stage", () => {
    const grid = gridOf(4, 328, 540, 128);
    expect(grid.columns).toBe(2);
    expect(grid.tile).toBeGreaterThanOrEqual(159);
    expect(high(grid)).toBeGreaterThan(200);
  });

  it("never shows a phone's faces smaller than a name needs: it scrolls, over the whole width", () => {
    const grid = gridOf(14, 328, 540, 128);
    expect(grid).toMatchObject({ columns: 2, tile: 159 });
    expect(gridOf(9, 328, 540, 128).tile).toBeGreaterThanOrEqual(128);
  });

  it("is one tile for one person, and for a stage that is not measured yet", () => {
    expect(gridOf(1, 328, 540, 128).columns).toBe(1);
    expect(gridOf(3, 0, 0, 128)).toMatchObject({ columns: 1 });
  });
});
