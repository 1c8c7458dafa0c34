import { scope } from "./fleet";

/** recorded are the messages that a draft is tried on: the last ones, of all replicas where there are several. */
export const recorded = () => ({ last: 1000, ...scope() });
