const gap = 10;
/** Wide over high. A face may be cropped to an upright tile where the stage itself is upright: as a phone held in the hand shows it. */
const widest = 16 / 9;
const plain = 4 / 3;
const upright = 3 / 4;
/** Of the least width: a name covers less than half of a tile that high. */
const leastHigh = 0.65;

export interface Grid {
  columns: number;
  /** Pixels across. */
  tile: number;
  /** Wide over high. */
  ratio: number;
}

/**
 * The grid in which people are largest. Pure.
 * @param least Pixels across that a tile has at least: below that the stage scrolls, with as many columns as fit.
 */
export function gridOf(count: number, width: number, height: number, least: number): Grid {
  const narrowest = height > width ? upright : plain;
  const across = (columns: number) => (width - gap * (columns - 1)) / columns;
  let best: Grid & { area: number } = { columns: 1, tile: 0, ratio: plain, area: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const high = (height - gap * (rows - 1)) / rows;
    const ratio = Math.min(widest, Math.max(narrowest, across(columns) / high));
    const tile = Math.floor(Math.min(across(columns), high * ratio));
    const area = (tile * tile) / ratio;
    if (tile >= least && tile / ratio >= least * leastHigh && area > best.area) {
      best = { columns, tile, ratio, area };
    }
  }

  if (best.area > 0) {
    return { columns: best.columns, tile: best.tile, ratio: best.ratio };
  }

  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (least + gap))));
  return { columns, tile: Math.floor(across(columns)), ratio: plain };
}
