import { useTranslation } from "../i18n";
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

const colours = { accent: "var(--accent)", warm: "var(--warm)", soft: "var(--line-strong)" };
const text = { fill: "var(--ink-soft)", fontSize: 14 };

export interface Bars {
  key: string;
  name: string;
  look: keyof typeof colours;
}

/** Numbers by name as bars, with the same numbers as a table. */
export default function BarPicture({ label, rows, bars }: { label: string; rows: Record<string, string | number>[]; bars: Bars[] }) {
  const { t } = useTranslation("staff");
  return (
    <figure className="chart" aria-label={label}>
      <ResponsiveContainer width="100%" height={260}>
        <BarChart data={rows} margin={{ top: 8, right: 8, bottom: 0, left: -16 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="name" tick={text} stroke="var(--line-strong)" tickLine={false} interval="preserveStartEnd" />
          <YAxis allowDecimals={false} tick={text} stroke="var(--line-strong)" tickLine={false} />
          <Tooltip
            cursor={{ fill: "var(--sunken)" }}
            contentStyle={{ background: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: 10, color: "var(--ink)" }}
          />
          {bars.length > 1 && <Legend />}
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
      <details className="no-print">
        <summary>{t("chart.asTable")}</summary>
        <table className="table dense">
          <caption className="visually-hidden">{label}</caption>
          <thead>
            <tr>
              <td />
              {bars.map((b) => (
                <th key={b.key} scope="col" className="num">
                  {b.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.name}>
                <th scope="row">{r.name}</th>
                {bars.map((b) => (
                  <td key={b.key} className="num">
                    {r[b.key]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
