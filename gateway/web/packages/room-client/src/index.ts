export * from "./wire";
export * from "./state";
export type { PlaceNotice, Places } from "./places";
export * from "./client";
export { camerasOf, type CameraPolicy } from "./cameras";
export * from "./media";
export { picturesOf } from "./mediastate";
export type { MediaState, MediaStatus, Transforms } from "./mediastate";
export type { Remote } from "./receiver";
