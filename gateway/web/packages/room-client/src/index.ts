export * from "./wire";
export * from "./state";
export * from "./client";
export * from "./media";
