import { useTranslation } from "../i18n";

/** The numbers of a picture as a table, for who would rather read them. */
export function AsTable(props: {
  label: string;
  rows: Record<string, string | number>[];
  columns: { key: string; name: string }[];
  note?: string;
}) {
  const { t } = useTranslation("staff");
  return (
    <details className="no-print">
      <summary>{t("chart.asTable")}</summary>
      {props.note && <p className="small soft">{props.note}</p>}
      <div className="table-frame">
        <table className="table dense plain-table">
          <caption className="visually-hidden">{props.label}</caption>
          <thead>
            <tr>
              <td />
              {props.columns.map((c) => (
                <th key={c.key} scope="col" className="num">
                  {c.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map((r) => (
              <tr key={r.name}>
                <th scope="row">{r.name}</th>
                {props.columns.map((c) => (
                  <td key={c.key} className="num">
                    {r[c.key]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
