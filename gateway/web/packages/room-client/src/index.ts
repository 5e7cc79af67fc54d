export * from "./wire";
export * from "./state";
export * from "./client";
export * from "./media";
export type { MediaState, MediaStatus, Transforms } from "./mediastate";
export type { Remote } from "./receiver";
