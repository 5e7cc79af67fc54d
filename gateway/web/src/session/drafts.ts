import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import type { Account } from "./account";

// Typed text stays in this tab until it is sent: a sign-in may end, and a page may be reloaded by accident.
const prefix = "draft/";
const longest = 12 * 3_600_000;

interface Draft {
  at: number;
  /** The version of what is changed that the form began with. */
  base?: number;
  values: Record<string, unknown>;
}

/** Drafts of one tab, each by person and form. Never give them a password or a code. */
export class Drafts {
  constructor(
    private readonly kept: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">,
    private readonly now: () => number = Date.now,
  ) {}

  write(person: string, form: string, values: object, base?: number): void {
    try {
      this.kept.setItem(`${prefix}${person}/${form}`, JSON.stringify({ at: this.now(), base, values }));
    } catch {
      // A full or forbidden storage: the page goes on without it.
    }
  }

  /** The typed text, by fields that the form still has; null without any, or when it is older than twelve hours. */
  read<T extends object>(person: string, form: string, initial: T): T | null {
    const draft = this.find(person, form);
    return draft && { ...initial, ...Object.fromEntries(Object.entries(draft.values).filter(([name]) => name in initial)) };
  }

  /** The version that the form had begun with. */
  baseOf(person: string, form: string): number | undefined {
    return this.find(person, form)?.base;
  }

  private find(person: string, form: string): Draft | null {
    try {
      const draft = JSON.parse(this.kept.getItem(`${prefix}${person}/${form}`) ?? "null") as Draft | null;
      return draft && this.now() - draft.at <= longest ? draft : null;
    } catch {
      return null;
    }
  }

  drop(person: string, form: string): void {
    this.kept.removeItem(`${prefix}${person}/${form}`);
  }

  /** At a sign-out everybody's go; when a person signs in, everybody else's. */
  dropAll(except?: string): void {
    const names = Array.from({ length: this.kept.length }, (_, i) => this.kept.key(i) ?? "");
    names
      .filter((name) => name.startsWith(prefix) && !(except && name.startsWith(`${prefix}${except}/`)))
      .forEach((name) => {
        this.kept.removeItem(name);
      });
  }
}

export const drafts = new Drafts(typeof sessionStorage === "undefined" ? ({} as Storage) : sessionStorage);

export const visitor = "visitor";
const usePerson = () => useQueryClient().getQueryData<Account | null>(["account"])?.id ?? visitor;

export interface Kept {
  /** Whether the form began with what had been typed before. */
  restored: boolean;
  /** Another person has changed what the form is about since it was typed. */
  behind?: boolean;
  /** After what was typed has been sent. */
  drop: () => void;
  /** Back to the form as it was. */
  startOver: () => void;
}

/** The values of a form, kept in this tab. */
export function useDraft<T extends object>(name: string, initial: T): [T, (next: T) => void, Kept] {
  const person = usePerson();
  const [first] = useState(() => drafts.read(person, name, initial));
  const [restored, setRestored] = useState(first !== null);
  const [values, setValues] = useState<T>(first ?? initial);
  const drop = () => drafts.drop(person, name);
  return [
    values,
    (next) => {
      setValues(next);
      drafts.write(person, name, next);
    },
    {
      restored,
      drop,
      startOver: () => {
        drop();
        setRestored(false);
        setValues(initial);
      },
    },
  ];
}

/**
 * The same for a form of React Hook Form.
 * @param base The version of what it changes; what was typed on an older one comes back, and says so.
 */
export function useFormDraft<T extends FieldValues>(form: UseFormReturn<T>, name: string, base?: number): Kept {
  const person = usePerson();
  const [restored, setRestored] = useState(false);
  const [behind, setBehind] = useState(false);
  useEffect(() => {
    const kept = drafts.read(person, name, form.getValues());
    if (kept) {
      form.reset(kept, { keepDefaultValues: true });
      setRestored(true);
      setBehind(drafts.baseOf(person, name) !== base);
    }

    // A reset names no field.
    const following = form.watch((values, { name: field }) => {
      if (field) {
        drafts.write(person, name, values, base);
      }
    });
    return () => following.unsubscribe();
  }, [form, name, person, base]);
  const drop = () => drafts.drop(person, name);
  return {
    restored,
    behind,
    drop,
    startOver: () => {
      drop();
      setRestored(false);
      form.reset();
    },
  };
}
