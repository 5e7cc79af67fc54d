import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { AsTable } from "./AsTable";
import { axis, bubble, colours, words } from "./pictureLook";

export interface Bars {
  key: string;
  name: string;
  look: keyof typeof colours;
}

/** Numbers by name as bars, with the same numbers as a table. */
export default function BarPicture({ label, rows, bars }: { label: string; rows: Record<string, string | number>[]; bars: Bars[] }) {
  return (
    <figure className="chart" aria-label={label}>
      <ResponsiveContainer width="100%" height={260}>
        <BarChart data={rows} margin={{ top: 8, right: 8, bottom: 0, left: -16 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="name" tick={words} {...axis} interval="preserveStartEnd" />
          <YAxis allowDecimals={false} tick={words} {...axis} />
          <Tooltip cursor={{ fill: "var(--sunken)" }} contentStyle={bubble} />
          {bars.length > 1 && <Legend itemSorter={null} />}
          {bars.map((b) => (
            <Bar
              key={b.key}
              dataKey={b.key}
              name={b.name}
              fill={colours[b.look]}
              radius={[5, 5, 0, 0]}
              maxBarSize={44}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
      <AsTable label={label} rows={rows} columns={bars} />
    </figure>
  );
}
