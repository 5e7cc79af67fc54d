import { Area, CartesianGrid, ComposedChart, Legend, Line, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { useTranslation } from "../i18n";
import { shortDateOf } from "../i18n/times";
import { AsTable } from "./AsTable";
import { axis, bubble, colours, words } from "./pictureLook";
import { changes, sinceSomething, type SeatsOfDay } from "./seats";

/** Ticks in even steps from none to the most; the library's own where there are none. */
function even(most: number): number[] | undefined {
  const parts = [2, 3, 4, 5].find((n) => most >= n && most % n === 0);
  return parts === undefined ? undefined : Array.from({ length: parts + 1 }, (_, i) => (most / parts) * i);
}

/** Seats taken and people waiting by day, with the days that changed something as a table. */
export default function SeatsPicture({ label, days, capacity }: { label: string; days: SeatsOfDay[]; capacity: number }) {
  const { t } = useTranslation("staff");
  const held = days.some((d) => d.held > 0);
  const rows = sinceSomething(days).map((d) => ({ ...d, name: shortDateOf(d.day) }));
  const series = [
    { key: "taken", name: t("seats.taken") },
    { key: "waiting", name: t("seats.waiting") },
    ...(held ? [{ key: "held", name: t("seats.held") }] : []),
  ];
  const most = Math.max(capacity, ...days.map((d) => Math.max(d.taken, d.waiting, d.held)));
  return (
    <figure className="chart" aria-label={label}>
      <ResponsiveContainer width="100%" height={260}>
        <ComposedChart data={rows} margin={{ top: 12, right: 8, bottom: 0, left: -16 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="name" tick={words} {...axis} minTickGap={36} />
          <YAxis allowDecimals={false} domain={[0, most]} ticks={even(most)} tick={words} {...axis} />
          <Tooltip contentStyle={bubble} />
          <Legend itemSorter={null} />
          <ReferenceLine
            y={capacity}
            stroke="var(--ink-soft)"
            strokeDasharray="6 4"
            label={{ value: t("seats.capacity", { count: capacity }), position: "insideTopRight", ...words }}
          />
          <Area
            dataKey="taken"
            name={t("seats.taken")}
            type="stepAfter"
            stroke={colours.accent}
            fill={colours.accent}
            fillOpacity={0.22}
            strokeWidth={2.5}
            isAnimationActive={false}
          />
          {series.slice(1).map((s) => (
            <Line
              key={s.key}
              dataKey={s.key}
              name={s.name}
              type="stepAfter"
              stroke={s.key === "held" ? colours.soft : colours.warm}
              strokeDasharray={s.key === "held" ? "3 4" : undefined}
              strokeWidth={2.5}
              dot={false}
              isAnimationActive={false}
            />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
      <AsTable label={label} rows={changes(rows)} columns={series} note={t("seats.changesOnly")} />
    </figure>
  );
}
