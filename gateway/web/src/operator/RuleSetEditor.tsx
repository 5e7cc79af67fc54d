import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Plus } from "lucide-react";
import { api, ask } from "../api/client";
import { Badge, ProblemNote } from "../staff/kit";
import { useDraft } from "../session/drafts";
import { Button, Dialog, Field, toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";

type Row = Record<string, unknown> & { id: string };
export type RuleDocument = Record<string, unknown>;
const page = 40;

const tablesOf = (document: RuleDocument) => Object.entries(document).filter((e): e is [string, Row[]] => Array.isArray(e[1]));
/** A table's or a field's name in words; one without words of its own as it is written: "licenceTypes" as "Licence types". */
export function useFieldTitle(): (name: string) => string {
  const { t, i18n } = useTranslation("staff");
  return (name) => {
    const words = name.replace(/([A-Z])/g, " $1").toLowerCase();
    return i18n.exists(`ruleFields.${name}`) ? t(`ruleFields.${name}` as "ruleFields.id") : words[0]!.toUpperCase() + words.slice(1);
  };
}

// Each field that a row of the table has or may have, with a value that shows its kind: its own where it has one.
const shapeOf = (row: Row, rows: Row[]): Record<string, unknown> => Object.assign({}, ...rows, row) as Row;

// Values that other rows have, where they are few: they are offered while one types.
function usedIn(rows: Row[], field: string): string[] {
  const used = [...new Set(rows.map((r) => r[field]).filter((v): v is string => typeof v === "string"))].sort();
  return ["id", "name", "note"].includes(field) || used.length > 70 ? [] : used;
}
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((v) => typeof v === "string");

/** The rows of a rule set by table. A draft's rows are edited field by field; each save is checked and kept at once. */
export function RuleSetEditor(props: { version: number; document: RuleDocument; etag: string; editable: boolean }) {
  const { t } = useTranslation("staff");
  const title = useFieldTitle();
  const queries = useQueryClient();
  const tables = tablesOf(props.document);
  const [table, setTable] = useState(tables[0]?.[0] ?? "");
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState(page);
  const [editing, setEditing] = useState<{ row: Row; isNew: boolean } | null>(null);
  const rows = (props.document[table] as Row[] | undefined) ?? [];
  const found = rows.filter((r) => JSON.stringify(r).toLowerCase().includes(search.toLowerCase()));
  const save = useMutation({
    mutationFn: (next: Row[]) =>
      ask(
        api.PUT("/api/licensing/rule-sets/{version}", {
          params: { path: { version: props.version } },
          headers: { "If-Match": props.etag },
          body: { document: { ...props.document, [table]: next } },
        }),
      ),
    onSuccess: async () => {
      setEditing(null);
      toast(t("form.saved"));
      await queries.invalidateQueries({ queryKey: ["rule-set", props.version] });
    },
  });
  return (
    <div className="stack wide">
      {!props.editable && <p className="soft">{t("rules.readOnly")}</p>}
      <div className="form-grid">
        <Field label={t("rules.table")}>
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={table}
              onChange={(e) => {
                setTable(e.target.value);
                setShown(page);
              }}
            >
              {tables.map(([name, all]) => (
                <option key={name} value={name}>
                  {title(name)} ({all.length})
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("form.search")}>
          {(ids) => (
            <input {...ids} className="input" type="search" value={search} onChange={(e) => (setSearch(e.target.value), setShown(page))} />
          )}
        </Field>
      </div>
      {props.editable && (
        <div>
          <Button look="plain" onClick={() => setEditing({ row: { ...(rows.at(-1) ?? { id: "" }), id: "" }, isNew: true })}>
            <Plus aria-hidden />
            {t("rules.addRow")}
          </Button>
        </div>
      )}
      <p role="status" className="small soft">
        {t("rules.found", { count: found.length })}
      </p>
      <ul className="plain rule-rows">
        {found.slice(0, shown).map((r) => (
          <li key={r.id}>
            <button type="button" className="rule-row" onClick={() => setEditing({ row: r, isNew: false })}>
              <span className="rule-id">{r.id}</span>
              <span className="small soft">{summary(r)}</span>
              {typeof r.confidence === "string" && (
                <Badge look={r.confidence === "primary" ? "accent" : r.confidence === "secondary" ? "" : "warm"}>
                  {t(`confidence.${r.confidence}` as "confidence.primary")}
                </Badge>
              )}
            </button>
          </li>
        ))}
      </ul>
      {found.length > shown && (
        <div>
          <Button look="plain" onClick={() => setShown(shown + page)}>
            {t("more")}
          </Button>
        </div>
      )}
      {editing && (
        <RowDialog
          row={editing.row}
          rows={rows}
          editable={props.editable}
          isNew={editing.isNew}
          error={save.error}
          busy={save.isPending}
          onClose={() => {
            save.reset();
            setEditing(null);
          }}
          onSave={(next, done) =>
            save.mutate(editing.isNew ? [...rows, next] : rows.map((r) => (r.id === editing.row.id ? next : r)), { onSuccess: done })
          }
          onRemove={() => save.mutate(rows.filter((r) => r.id !== editing.row.id))}
        />
      )}
    </div>
  );
}

// The short label of a row: its short values but for those that every row has.
function summary(row: Row): string {
  return Object.entries(row)
    .filter(
      ([k, v]) =>
        !["id", "citations", "sourceDate", "confidence", "note"].includes(k) && (typeof v !== "object" || isTexts(v)) && v !== null,
    )
    .map(([, v]) => (isTexts(v) ? v.join(" ") : String(v)))
    .join(" · ")
    .slice(0, 160);
}

function RowDialog(props: {
  row: Row;
  rows: Row[];
  editable: boolean;
  isNew: boolean;
  error: unknown;
  busy: boolean;
  onClose: () => void;
  onSave: (row: Row, done: () => void) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const title = useFieldTitle();
  const shape = shapeOf(props.row, props.rows);
  const own = Object.keys(props.row);
  const others = props.editable ? Object.keys(shape).filter((name) => !own.includes(name)) : [];
  const text = (value: unknown) =>
    isTexts(value) ? value.join("\n") : typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : String(value ?? "");
  const [values, setValues, kept] = useDraft(
    `rule/${location.pathname}/${props.isNew ? "new" : props.row.id}`,
    Object.fromEntries(Object.entries(props.row).map(([k, v]) => [k, text(v)])),
  );
  const [wrong, setWrong] = useState<string | null>(null);
  const read = (): Row | null => {
    const next: Record<string, unknown> = {};
    for (const name of [...own, ...others]) {
      const before = shape[name];
      const now = values[name] ?? "";
      // A field of other rows that this one had not is left out while it is empty.
      if (now.trim() === "" && !own.includes(name)) {
        continue;
      }

      try {
        next[name] = isTexts(before)
          ? now
              .split("\n")
              .map((l) => l.trim())
              .filter(Boolean)
          : typeof before === "object" && before !== null
            ? JSON.parse(now)
            : typeof before === "number"
              ? Number(now)
              : typeof before === "boolean"
                ? now === "true"
                : now === "" && before === null
                  ? null
                  : now;
      } catch {
        setWrong(name);
        return null;
      }
    }

    return next as Row;
  };
  const field = (name: string) => {
    const before = shape[name];
    const used = typeof before === "string" ? usedIn(props.rows, name) : [];
    const many = isTexts(before) || (typeof before === "object" && before !== null) || String(before).length > 70;
    const change = (value: string) => setValues({ ...values, [name]: value });
    return (
      <Field
        key={name}
        label={title(name)}
        hint={isTexts(before) ? t("form.onePerLine") : undefined}
        error={wrong === name ? t("rules.notJson") : null}
      >
        {(ids) =>
          typeof before === "boolean" ? (
            <select
              {...ids}
              className="input"
              disabled={!props.editable}
              value={values[name] ?? ""}
              onChange={(e) => change(e.target.value)}
            >
              {!own.includes(name) && <option value="">—</option>}
              <option value="true">{t("word.yes")}</option>
              <option value="false">{t("word.no")}</option>
            </select>
          ) : many ? (
            <textarea
              {...ids}
              className="input"
              rows={Math.min(14, (values[name] ?? "").split("\n").length + 1)}
              readOnly={!props.editable}
              value={values[name] ?? ""}
              onChange={(e) => change(e.target.value)}
            />
          ) : (
            <input
              {...ids}
              className="input"
              readOnly={!props.editable || (name === "id" && !props.isNew)}
              type={typeof before === "number" ? "number" : /^\d{4}-\d\d-\d\d$/.test(String(before)) ? "date" : "text"}
              value={values[name] ?? ""}
              list={used.length > 1 ? `used-${name}` : undefined}
              onChange={(e) => change(e.target.value)}
            />
          )
        }
      </Field>
    );
  };
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      title={props.isNew ? t("rules.addRow") : props.row.id}
      text={props.editable ? t("rules.rowText") : undefined}
    >
      <form
        className="stack wide"
        onSubmit={(e) => {
          e.preventDefault();
          setWrong(null);
          const next = read();
          if (next) {
            props.onSave(next, kept.drop);
          }
        }}
      >
        <DraftNote kept={kept} />
        {[...own, ...others].map((name) => (
          <datalist key={name} id={`used-${name}`}>
            {usedIn(props.rows, name).map((value) => (
              <option key={value} value={value} />
            ))}
          </datalist>
        ))}
        {own.map(field)}
        {others.length > 0 && (
          <details>
            <summary>{t("rules.moreFields")}</summary>
            <div className="stack wide more-fields">{others.map(field)}</div>
          </details>
        )}
        <ProblemNote error={props.error} />
        {props.editable && (
          <div className="row spread">
            {props.isNew ? (
              <span />
            ) : (
              <Button look="danger-soft" disabled={props.busy} onClick={props.onRemove}>
                {t("rules.removeRow")}
              </Button>
            )}
            <div className="row">
              <Button look="quiet" onClick={props.onClose}>
                {c("app.cancel")}
              </Button>
              <Button type="submit" look="primary" disabled={props.busy}>
                {t("form.save")}
              </Button>
            </div>
          </div>
        )}
      </form>
    </Dialog>
  );
}
