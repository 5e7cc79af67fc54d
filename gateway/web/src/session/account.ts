import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, ApiProblem, ask } from "../api/client";
import type { components } from "../api/schema";
import { drafts } from "./drafts";

export type Account = components["schemas"]["identity.MeMyAccount"];

// The cookie cannot be read here: a mark says that a person has signed in, so that a visitor's page does not ask in vain.
const mark = "signed-in";
// Often enough that an idle time of half an hour counts from the last touch, and not from long before it.
const renewEvery = 5 * 60_000;
let renewedAt = Date.now();
let usedAt = renewedAt;

/** The account that is signed in; null without one. */
export const accountQuery = queryOptions({
  queryKey: ["account"],
  queryFn: async (): Promise<Account | null> => {
    if (!localStorage.getItem(mark)) {
      return null;
    }

    try {
      return await ask(api.GET("/api/identity/me"));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        localStorage.removeItem(mark);
        return null;
      }

      throw error;
    }
  },
  staleTime: 5 * 60_000,
  refetchOnWindowFocus: "always",
  // Asking renews nothing: a page that nobody touches learns that its sign-in has ended, and shows nothing personal any more.
  refetchInterval: renewEvery,
  refetchIntervalInBackground: true,
});

export const useAccount = () => useQuery(accountQuery);

let inRoom = false;

/** Whether this page is in a room that is open: who listens there touches nothing and is not idle, in front or behind another window. */
export function markInRoom(open: boolean): void {
  inRoom = open;
}

/** The cookie lasts an hour at most: it is renewed while the person uses the page or is in a room. An unused page lets it end, whatever the page asks for by itself. */
export function useRenewal(signedIn: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!signedIn) {
      return;
    }

    const note = () => {
      usedAt = Date.now();
    };
    const renew = async () => {
      const inUse = usedAt > renewedAt || inRoom;
      if (inUse && Date.now() - renewedAt > renewEvery) {
        renewedAt = Date.now();
        try {
          await ask(api.POST("/api/identity/refresh", { params: { query: { useCookies: true } }, body: {} as never }));
        } catch (error) {
          if (error instanceof ApiProblem && error.status === 401) {
            await queries.invalidateQueries({ queryKey: ["account"] });
          }
        }
      }
    };
    const timer = setInterval(() => void renew(), 60_000);
    document.addEventListener("visibilitychange", renew);
    addEventListener("pointerdown", note);
    addEventListener("keydown", note);
    return () => {
      removeEventListener("pointerdown", note);
      removeEventListener("keydown", note);
      clearInterval(timer);
      document.removeEventListener("visibilitychange", renew);
    };
  }, [signedIn, queries]);
}

/** After a sign-in: this browser has an account to ask for. */
export function markSignedIn(): void {
  localStorage.setItem(mark, "1");
  renewedAt = Date.now();
}

/** The sign-in of this browser has ended; drafts stay for the same person. */
export function markSignedOut(): void {
  localStorage.removeItem(mark);
}

export async function signIn(email: string, password: string): Promise<void> {
  await ask(api.POST("/api/identity/login", { params: { query: { useCookies: true } }, body: { email, password } as never }));
  markSignedIn();
}

export async function signOut(): Promise<void> {
  drafts.dropAll();
  localStorage.removeItem(mark);
  await ask(api.POST("/api/identity/logout", {}) as never);
}
