import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Facilitator = Schemas["enrollment.ListFacilitatorsItem"];
export type Credential = Schemas["enrollment.SaveCredentialItem"];
export type Group = Schemas["scheduling.GroupCard"];
export type GroupDetail = Schemas["scheduling.GroupDetail"];
export type Session = Schemas["scheduling.SessionView"];
export type Decision = Schemas["enrollment.GetDecisionsItem"];
export type Reason = Schemas["enrollment.Reason"];
export type Practice = Schemas["scheduling.Practice"];

const most = { limit: 500 };
const slow = 120_000;
const mostGone = 30;

export interface PageOf<T> {
  items: T[];
  nextCursor: string | null;
}

/** A list that is fetched page by page. */
export function usePages<T>(key: unknown[], fetch: (cursor: string | undefined) => Promise<PageOf<T>>) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetch(pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
}

export const useFacilitators = (enabled = true) =>
  useQuery({
    queryKey: ["facilitators"],
    queryFn: () => ask(api.GET("/api/facilitators", { params: { query: most } })),
    select: (page) => page.items,
    staleTime: slow,
    enabled,
  });

export const useMembers = (enabled = true) =>
  useQuery({
    queryKey: ["members"],
    queryFn: () => ask(api.GET("/api/members", { params: { query: most } })),
    select: (page) => page.items,
    staleTime: slow,
    enabled,
  });

export const usePractices = (enabled = true) =>
  useQuery({
    queryKey: ["practices"],
    queryFn: () => ask(api.GET("/api/practices", { params: { query: most } })),
    select: (page) => page.items,
    enabled,
  });

/** @param typing A form is filled from it: it does not change beneath what is typed. */
export const useGroup = (id: string, typing = false) =>
  useQuery({
    queryKey: ["group", id],
    queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id } } })),
    refetchOnWindowFocus: !typing,
  });

export const useGroups = (enabled = true) =>
  useQuery({
    queryKey: ["groups"],
    queryFn: () => ask(api.GET("/api/groups", { params: { query: most } })),
    select: (page) => page.items,
    enabled,
  });

export const useJurisdictions = (enabled = true) =>
  useQuery({
    queryKey: ["jurisdictions"],
    queryFn: () => ask(api.GET("/api/jurisdictions", { params: { query: most } as never })),
    select: (page) => page.items,
    staleTime: Infinity,
    enabled,
  });

/** Professions by their names in the reader's language; one that the rules added since by the name they give it. */
export function useProfessions() {
  const { t, i18n } = useTranslation("staff");
  return useQuery({
    queryKey: ["professions"],
    queryFn: () => ask(api.GET("/api/professions", {})),
    select: (page) =>
      page.items.map(({ code, name }) => ({
        code,
        name: i18n.exists(`profession.${code}`) ? t(`profession.${code}` as "profession.mft") : name,
      })),
    staleTime: Infinity,
  });
}

/** The credentials of a facilitator that are in force, soonest end first. */
export async function credentialsOf(id: string): Promise<Credential[]> {
  const page = await ask(api.GET("/api/facilitators/{id}/credentials", { params: { path: { id } } }));
  return page.items.filter((c) => c.inForce).sort((a, b) => a.validTo.localeCompare(b.validTo));
}

/** Sessions that need another facilitator. */
export const useUnled = () =>
  useQuery({
    queryKey: ["uncovered-sessions"],
    queryFn: () => ask(api.GET("/api/uncovered-sessions", { params: { query: { limit: 200 } } as never })),
    refetchInterval: 30_000,
  });

type Kind = "members" | "groups" | "facilitators" | "places" | "practices";

/** Names by id, as far as the caller may know them; the end of the id where there is none. A list is fetched once a name of it is asked for. */
export function useNames() {
  const { t } = useTranslation("staff");
  const asked = useRef(new Set<Kind>());
  const [needed, setNeeded] = useState<ReadonlySet<Kind>>(new Set());
  useEffect(() => {
    if ([...asked.current].some((kind) => !needed.has(kind))) {
      setNeeded(new Set(asked.current));
    }
  });
  const members = useMembers(needed.has("members")).data;
  const groups = useGroups(needed.has("groups")).data;
  const facilitators = useFacilitators(needed.has("facilitators")).data;
  const places = useJurisdictions(needed.has("places")).data;
  const practices = usePractices(needed.has("practices")).data;
  // A closed group stands in no list: it is asked for by itself.
  const [gone, setGone] = useState<string[]>([]);
  const missing = useRef(new Set<string>());
  useEffect(() => {
    if ([...missing.current].some((id) => !gone.includes(id))) {
      setGone([...missing.current].slice(0, mostGone));
    }
  });
  const single = useQueries({
    queries: gone.map((id) => ({
      queryKey: ["group-name", id],
      queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id } } })),
      staleTime: Infinity,
      retry: false,
    })),
  });
  const from = <T>(kind: Kind, list: T[] | undefined, is: (one: T) => boolean) => {
    asked.current.add(kind);
    return list?.find(is);
  };
  const short = (id: string) => `…${id.slice(-6)}`;
  const groupName = (id: string) => {
    const known = from("groups", groups, (g) => g.id === id)?.name ?? single[gone.indexOf(id)]?.data?.name;
    if (!known && groups && missing.current.size < mostGone) {
      missing.current.add(id);
    }

    return known ?? short(id);
  };
  return {
    member: (id: string) => from("members", members, (m) => m.id === id)?.legalName ?? short(id),
    /** A person's id: a member's or a facilitator's. */
    person: (id: string) =>
      from("members", members, (m) => m.id === id)?.legalName ??
      from("facilitators", facilitators, (f) => f.id === id)?.displayName ??
      short(id),
    group: (id: string | null) => (id ? groupName(id) : "—"),
    practice: (id: string) => from("practices", practices, (p) => p.id === id)?.name ?? (id === "platform" ? t("word.platform") : id),
    facilitator: (id: string) => from("facilitators", facilitators, (f) => f.id === id)?.displayName ?? short(id),
    place: (code: string | null) => (code ? (from("places", places, (p) => p.code === code)?.name ?? code) : "—"),
  };
}

/** Whole days from now to the end of a date; negative once it is over. */
export const daysLeft = (date: string) => Math.ceil((new Date(`${date}T23:59:59`).getTime() - Date.now()) / 86_400_000);
