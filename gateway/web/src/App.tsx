import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { leadTexts, ownTexts, roomTexts, staffTexts, useTranslation } from "./i18n";
import { Redirect, Route, Switch, useLocation } from "./ui/address";
import { drafts } from "./session/drafts";
import { useAccount, useRenewal, type Account } from "./session/account";
import { Note, Toasts } from "./ui/basics";
import { Layout } from "./ui/Layout";
import { StepUpHost } from "./account/StepUpHost";

/** A page with its texts; both are fetched at once. */
const withTexts = <P,>(texts: () => Promise<void>, page: () => Promise<P>) => Promise.all([page(), texts()]).then(([one]) => one);
const own = <P,>(page: () => Promise<P>) => withTexts(ownTexts, page);

const SignInPage = lazy(() => own(async () => ({ default: (await import("./account/SignInPage")).SignInPage })));
const GroupsPage = lazy(async () => ({ default: (await import("./pages/GroupsPage")).GroupsPage }));
const GroupPage = lazy(() => own(async () => ({ default: (await import("./pages/GroupPage")).GroupPage })));
const RegisterPage = lazy(() => own(async () => ({ default: (await import("./pages/RegisterPage")).RegisterPage })));
const HomePage = lazy(async () => ({ default: (await import("./pages/HomePage")).HomePage }));
const ProfilePage = lazy(() => own(async () => ({ default: (await import("./pages/ProfilePage")).ProfilePage })));
const AccountPages = lazy(() => own(() => import("./account/AccountPages")));
const MePage = lazy(() => own(async () => ({ default: (await import("./pages/MePages")).MePage })));
const CalendarFeedPage = lazy(() => own(async () => ({ default: (await import("./pages/MePages")).CalendarFeedPage })));
const DisclosuresPage = lazy(() => own(async () => ({ default: (await import("./pages/MePages")).DisclosuresPage })));
const MyDataPage = lazy(() => own(async () => ({ default: (await import("./pages/MyDataPage")).MyDataPage })));
const NotificationsPage = lazy(() => own(async () => ({ default: (await import("./pages/NotificationsPage")).NotificationsPage })));
const MovePage = lazy(() => own(async () => ({ default: (await import("./pages/MovePage")).MovePage })));
const BookPage = lazy(async () => ({ default: (await import("./pages/BookPage")).BookPage }));
const RoomPage = lazy(() => withTexts(roomTexts, () => import("./room/RoomPage")));
const FacilitatorPages = lazy(() => withTexts(leadTexts, () => import("./facilitator/FacilitatorPages")));
const OperatorPages = lazy(() => withTexts(staffTexts, () => import("./operator/OperatorPages")));

/** Where a person's day begins, by role. */
function Start({ account }: { account: Account }) {
  return account.roles.includes("facilitator") ? (
    <FacilitatorPages account={account} home />
  ) : account.roles.includes("operator") && !account.roles.includes("member") ? (
    <Redirect to="/operate" replace />
  ) : (
    <HomePage account={account} />
  );
}

const subscribeOnline = (listener: () => void) => {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
};

/** One tab is one person: a sign-in with another account in another tab starts this one anew. */
function useSamePerson(account: Account | null | undefined): boolean {
  const first = useRef<string | null>(null);
  const [moved, setMoved] = useState(false);
  const queries = useQueryClient();
  useEffect(() => {
    if (!account) {
      return;
    }

    first.current ??= account.id;
    drafts.dropAll(account.id);
    if (first.current !== account.id) {
      setMoved(true);
      queries.clear();
      setTimeout(() => location.assign("/"), 2500);
    }
  }, [account, queries]);
  return !moved;
}

function Skeleton() {
  const { t } = useTranslation();
  return (
    <main className="page-main" aria-busy="true">
      <p className="visually-hidden" role="status">
        {t("app.loading")}
      </p>
      <div className="stack wide">
        <div className="skeleton hero" />
        <div className="skeleton" />
        <div className="skeleton" />
      </div>
    </main>
  );
}

function NotFound({ account }: { account: Account | null }) {
  const { t } = useTranslation();
  return (
    <Layout account={account} narrow title={t("app.notFound")}>
      <div className="stack">
        <h1>{t("app.notFound")}</h1>
        <p>{t("app.notFoundText")}</p>
        <a className="button primary" href="/">
          {t("app.toHome")}
        </a>
      </div>
    </Layout>
  );
}

export function App() {
  const { t } = useTranslation();
  const account = useAccount();
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  const same = useSamePerson(account.data);
  const place = useLocation();
  const wasIn = useRef(false);
  useRenewal(Boolean(account.data));

  if (!same) {
    return (
      <main className="page-main narrow">
        <Note role="alert">{t("app.moved")}</Note>
      </main>
    );
  }

  if (account.isPending) {
    return <Skeleton />;
  }

  const me = account.data ?? null;
  wasIn.current ||= me !== null;
  const signedIn = (page: (me: Account) => React.ReactNode) =>
    me?.secondFactorRequired ? (
      <Redirect to="/account/security" replace />
    ) : me ? (
      page(me)
    ) : (
      <Redirect to="/sign-in" replace state={{ from: place.pathname + location.search, ended: wasIn.current }} />
    );
  const withRole = (role: Account["roles"][number], page: (me: Account) => React.ReactNode) =>
    signedIn((one) => (one.roles.includes(role) ? page(one) : <NotFound account={one} />));
  return (
    <>
      {!online && (
        <div className="offline" role="status">
          {t("app.offline")}
        </div>
      )}
      <Suspense fallback={<Skeleton />}>
        <Switch>
          <Route path="/sign-in">
            {me ? <Redirect to={(place.state as { from?: string } | null)?.from ?? "/"} replace /> : <SignInPage />}
          </Route>
          <Route path="/account/*?">
            <AccountPages account={me} />
          </Route>
          <Route path="/groups">
            <GroupsPage account={me} />
          </Route>
          <Route path="/groups/:id">
            <GroupPage account={me} />
          </Route>
          <Route path="/register">{me ? <Redirect to="/profile" replace state={place.state} /> : <RegisterPage />}</Route>
          <Route path="/">
            {signedIn((one) => (
              <Start account={one} />
            ))}
          </Route>
          <Route path="/mine">
            {signedIn((one) => (
              <HomePage account={one} />
            ))}
          </Route>
          <Route path="/profile">
            {signedIn((one) => (
              <ProfilePage account={one} />
            ))}
          </Route>
          <Route path="/me">
            {signedIn((one) => (
              <MePage account={one} />
            ))}
          </Route>
          <Route path="/me/calendar">
            {signedIn((one) => (
              <CalendarFeedPage account={one} />
            ))}
          </Route>
          <Route path="/me/disclosures">
            {signedIn((one) => (
              <DisclosuresPage account={one} />
            ))}
          </Route>
          <Route path="/me/data">
            {signedIn((one) => (
              <MyDataPage account={one} />
            ))}
          </Route>
          <Route path="/me/mails">
            {signedIn((one) => (
              <NotificationsPage account={one} />
            ))}
          </Route>
          <Route path="/me/move">
            {signedIn((one) => (
              <MovePage account={one} />
            ))}
          </Route>
          <Route path="/book/:id">
            {signedIn((one) => (
              <BookPage account={one} />
            ))}
          </Route>
          <Route path="/sessions/:id">
            {signedIn((one) => (
              <RoomPage account={one} />
            ))}
          </Route>
          <Route path="/lead/*?">
            {withRole("facilitator", (one) => (
              <FacilitatorPages account={one} />
            ))}
          </Route>
          <Route path="/operate/*?">
            {withRole("operator", (one) => (
              <OperatorPages account={one} />
            ))}
          </Route>
          <Route>
            <NotFound account={me} />
          </Route>
        </Switch>
      </Suspense>
      <StepUpHost />
      <Toasts />
    </>
  );
}
