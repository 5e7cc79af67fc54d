/** Columns and width of tiles that fill a space best. Pure. */
export function gridOf(count: number, width: number, height: number): { columns: number; tile: number } {
  const gap = 10;
  let best = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = ((height - gap * (rows - 1)) / rows) * (4 / 3);
    const tile = Math.floor(Math.min(byWidth, byHeight));
    if (tile > best.tile) {
      best = { columns, tile };
    }
  }

  return best;
}
