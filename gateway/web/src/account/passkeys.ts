import { call } from "./calls";

interface Challenge {
  options: unknown;
  state: string;
}

// Not in every browser's types yet.
interface Parsers {
  parseCreationOptionsFromJSON(options: unknown): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON(options: unknown): PublicKeyCredentialRequestOptions;
}

const parsers = () => globalThis.PublicKeyCredential as unknown as Parsers;
const json = (credential: Credential | null) => (credential as unknown as { toJSON(): unknown } | null)?.toJSON();

/** An address of numbers cannot have passkeys. */
export const passkeysWork = (): boolean =>
  typeof globalThis.PublicKeyCredential === "function" &&
  "parseCreationOptionsFromJSON" in PublicKeyCredential &&
  isSecureContext &&
  !/^[\d.]+$|:/.test(location.hostname);

/** Whether the person closed the browser's question. */
export const wasCancelled = (error: unknown): boolean =>
  error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name);

export async function addPasskey(name: string): Promise<string[] | null> {
  const asked = await call<Challenge>("POST", "passkeys/creationOptions");
  const credential = await navigator.credentials.create({ publicKey: parsers().parseCreationOptionsFromJSON(asked.options) });
  const added = await call<{ recoveryCodes: string[] | null }>("POST", "passkeys", {
    state: asked.state,
    credential: json(credential),
    name,
  });
  return added.recoveryCodes;
}

export async function askPasskey(): Promise<{ state: string; credential: unknown }> {
  const asked = await call<Challenge>("POST", "login/passkeyOptions");
  const credential = await navigator.credentials.get({ publicKey: parsers().parseRequestOptionsFromJSON(asked.options) });
  return { state: asked.state, credential: json(credential) };
}
