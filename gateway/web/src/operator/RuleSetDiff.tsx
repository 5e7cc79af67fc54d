import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import { Badge, Loaded } from "../staff/kit";
import { Field } from "../ui/basics";
import { useFieldTitle } from "./RuleSetEditor";

const shown = (value: unknown) => (typeof value === "string" ? value : value === null || value === undefined ? "—" : JSON.stringify(value));

/** How a version differs from another, row by row and field by field. */
export function RuleSetDiff({ version, sha }: { version: number; sha: string }) {
  const { t } = useTranslation("staff");
  const title = useFieldTitle();
  const sets = useQuery({
    queryKey: ["rule-sets"],
    queryFn: () => ask(api.GET("/api/licensing/rule-sets", { params: { query: { limit: 200 } } as never })),
  });
  const [chosen, setChosen] = useState<number | null>(null);
  const others = (sets.data?.items ?? []).map((s) => s.version).filter((v) => v !== version);
  const against = chosen ?? others.filter((v) => v < version).sort((a, b) => b - a)[0] ?? others[0];
  const diff = useQuery({
    queryKey: ["diff", version, sha, against],
    queryFn: () => ask(api.GET("/api/licensing/rule-sets/{version}/diff", { params: { path: { version }, query: { against } } as never })),
    enabled: against !== undefined,
  });
  if (sets.isSuccess && against === undefined) {
    return <p className="soft">{t("rules.onlyOne")}</p>;
  }

  return (
    <div className="stack wide">
      <Field label={t("rules.against")}>
        {(ids) => (
          <select {...ids} className="input small-input" value={against} onChange={(e) => setChosen(Number(e.target.value))}>
            {others.map((v) => (
              <option key={v} value={v}>
                {t("rules.numbered", { version: v })}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Loaded query={diff}>
        {(d) =>
          d.added.length + d.removed.length + d.changed.length === 0 ? (
            <p className="soft">{t("rules.same")}</p>
          ) : (
            <ul className="plain reason-list">
              {d.changed.map((row) => (
                <li key={`c${row.id}`} className="stack wide tight">
                  <p className="row">
                    <Badge look="warm">{t("rules.changed")}</Badge>
                    <code>{row.id}</code>
                  </p>
                  {row.fields.map((f) => (
                    <p key={f.field} className="diff-field">
                      <strong>{title(f.field)}</strong>
                      <del>{shown(f.from)}</del>
                      <ins>{shown(f.to)}</ins>
                    </p>
                  ))}
                </li>
              ))}
              {d.added.map((row) => (
                <li key={`a${row.id}`} className="row">
                  <Badge look="accent">{t("rules.added")}</Badge>
                  <code>{row.id}</code>
                </li>
              ))}
              {d.removed.map((row) => (
                <li key={`r${row.id}`} className="row">
                  <Badge look="danger">{t("rules.removed")}</Badge>
                  <code>{row.id}</code>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}
