import { useCallback, type ComponentProps } from "react";
import { Link, useLocation as usePath, useRoute } from "wouter";
import { useHistoryState } from "wouter/use-browser-location";

export { Link, Redirect, Route, Switch, useParams, useSearchParams } from "wouter";

/** The page's path, and what was handed over by the page before it. */
export function useLocation(): { pathname: string; state: unknown } {
  return { pathname: usePath()[0], state: useHistoryState<unknown>() };
}

export function useNavigate(): (to: string, options?: { replace?: boolean; state?: unknown }) => void {
  const [, go] = usePath();
  return useCallback((to, options) => go(to, options), [go]);
}

/** A link to one of the person's pages, marked while that page or one below it is open. */
export function NavLink(props: { to: string; end?: boolean; also?: RegExp; children: ComponentProps<"a">["children"] }) {
  const { to, end = false, also, children } = props;
  const [below] = useRoute(end ? to : `${to}/*?`);
  const [path] = usePath();
  const here = below || also?.test(path);
  return (
    <Link to={to} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
  );
}
