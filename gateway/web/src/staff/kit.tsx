import {
  useIsFetching,
  useQueryClient,
  type InfiniteData,
  type Query,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useEffect, useId, useState, type ReactNode } from "react";
import { useTranslation } from "../i18n";
import { CircleCheck } from "lucide-react";
import { ApiProblem } from "../api/client";
import type { Account } from "../session/account";
import { Button, Dialog, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import "../styles/staff.css";

/** A page of a facilitator or an operator: its title, what it is for, what can be done with the whole. */
export function StaffPage(props: {
  account: Account;
  title: string;
  intro?: ReactNode;
  back?: ReactNode;
  acts?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Layout account={props.account} title={props.title}>
      <div className="stack wide staff">
        <div className="staff-head">
          <div className="stack tight">
            {props.back}
            <h1>{props.title}</h1>
            {props.intro && <p className="soft intro">{props.intro}</p>}
          </div>
          {props.acts && <div className="row no-print">{props.acts}</div>}
        </div>
        <Settled>{props.children}</Settled>
      </div>
    </Layout>
  );
}

const first = { predicate: (query: Query) => query.state.data === undefined };
const settledWithinMs = 2000;
// A loaded part may load more: a part that shows a session asks for its members.
const quietForMs = 60;

/** Shows the parts of a page together, once their first data is there: parts that grow one by one push each other about under the reader's eyes. */
function Settled({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const fetching = useIsFetching(first);
  const [shown, setShown] = useState(false);
  // The parts have begun to fetch by the time this effect runs.
  useEffect(() => {
    if (queries.isFetching(first) === 0) {
      const timer = setTimeout(() => setShown(true), quietForMs);
      return () => clearTimeout(timer);
    }
  }, [queries, fetching]);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), settledWithinMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="settled" aria-busy={!shown || undefined}>
      {!shown && <div className="skeleton hero" />}
      <div className={`stack wide ${shown ? "" : "unseen"}`}>{children}</div>
    </div>
  );
}

export function Section(props: { title: string; text?: ReactNode; acts?: ReactNode; count?: number; children: ReactNode }) {
  const id = useId();
  return (
    <section className="card stack wide" aria-labelledby={id}>
      <div className="row spread">
        <h2 id={id} className="section-title">
          {props.title}
          {props.count !== undefined && <span className="count">{props.count}</span>}
        </h2>
        {props.acts && <div className="row no-print">{props.acts}</div>}
      </div>
      {props.text && <p className="soft">{props.text}</p>}
      {props.children}
    </section>
  );
}

/** The text of a refusal or a lost connection. */
export function ProblemNote({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { t: s, i18n } = useTranslation("staff");
  if (!error) {
    return null;
  }

  const code = error instanceof ApiProblem ? error.code : "network";
  const key = `problem.${code}`;
  return (
    <Note look="warm" role="alert">
      {i18n.exists(key) ? s(key as "problem.same-author") : code === "network" ? t("problem.network") : (error as Error).message}
    </Note>
  );
}

/** The data of a query, or that it is on its way, or what went wrong. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { t } = useTranslation();
  if (query.data !== undefined) {
    return <>{children(query.data)}</>;
  }

  if (query.isError) {
    return (
      <>
        <ProblemNote error={query.error} />
        <div>
          <Button look="plain" onClick={() => void query.refetch()}>
            {t("app.tryAgain")}
          </Button>
        </div>
      </>
    );
  }

  return (
    <div className="stack wide" aria-busy="true">
      <p className="visually-hidden" role="status">
        {t("app.loading")}
      </p>
      <div className="skeleton" />
      <div className="skeleton" />
      <div className="skeleton" />
    </div>
  );
}

/** A cell without anything in it; a phone leaves it out. */
export const nothing = "—";

export interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  num?: boolean;
  /** Acts on the row: they stand at its end, and across the card on a phone. */
  acts?: boolean;
}

/** A table; on a phone each row is a card. Roles are written out because the cards' layout would take them away. */
export function Table<T>(props: {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string;
  empty?: ReactNode;
  dense?: boolean;
}) {
  if (props.rows.length === 0) {
    return <p className="soft empty">{props.empty}</p>;
  }

  return (
    <div className="table-frame">
      <table className={`table ${props.dense ? "dense" : ""}`} role="table">
        <caption className="visually-hidden">{props.caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {props.columns.map((c) => (
              <th key={c.head} scope="col" role="columnheader" className={c.num ? "num" : undefined}>
                {c.acts ? <span className="visually-hidden">{c.head}</span> : c.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((row) => (
            <tr key={props.keyOf(row)} role="row">
              {props.columns.map((c, i) => {
                const content = c.cell(row);
                return (
                  <td
                    key={c.head}
                    role={i === 0 ? "rowheader" : "cell"}
                    data-label={c.acts ? undefined : c.head}
                    className={[c.num && "num", c.acts && "acts", content === nothing && "nothing"].filter(Boolean).join(" ") || undefined}
                  >
                    <div className="cell">{content}</div>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PageOf<T> {
  items: T[];
  nextCursor: string | null;
}

/** The rows of all pages that were fetched, and the way to more. */
export function Pages<T>({
  query,
  children,
}: {
  query: UseInfiniteQueryResult<InfiniteData<PageOf<T>>>;
  children: (rows: T[]) => ReactNode;
}) {
  const { t } = useTranslation("staff");
  return (
    <Loaded query={query as unknown as UseQueryResult<InfiniteData<PageOf<T>>>}>
      {(data) => (
        <>
          {children(data.pages.flatMap((p) => p.items))}
          {query.hasNextPage && (
            <div className="no-print">
              <Button look="plain" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t("more")}
              </Button>
            </div>
          )}
        </>
      )}
    </Loaded>
  );
}

/** Names and what they are, as a list of definitions. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Badge({ look = "", children }: { look?: "" | "accent" | "warm" | "danger"; children: ReactNode }) {
  return <span className={`badge ${look}`}>{children}</span>;
}

/** That nothing is left to do. */
export function AllDone({ text }: { text: string }) {
  return (
    <p className="row together all-done">
      <CircleCheck aria-hidden size={22} />
      {text}
    </p>
  );
}

/** An act that needs a reason for the record. */
export function ReasonDialog(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text?: string;
  label: string;
  submit: string;
  danger?: boolean;
  optional?: boolean;
  onSubmit: (reason: string) => Promise<unknown>;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await props.onSubmit(reason.trim());
      setReason("");
      props.onOpenChange(false);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={props.title} text={props.text}>
      <form
        className="stack wide"
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        {props.children}
        <Field label={props.label}>
          {(ids) => (
            <textarea
              {...ids}
              className="input"
              rows={3}
              maxLength={500}
              required={!props.optional}
              value={reason}
              onChange={(e) => setReason(e.target.value)}
            />
          )}
        </Field>
        <ProblemNote error={error} />
        <div className="row end">
          <Button look="quiet" onClick={() => props.onOpenChange(false)}>
            {t("app.cancel")}
          </Button>
          <Button type="submit" look={props.danger ? "danger" : "primary"} disabled={busy}>
            {props.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
