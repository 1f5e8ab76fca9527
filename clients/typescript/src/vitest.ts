/** The conformance vectors as ordinary tests of Vitest. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Transport } from "@connectrpc/connect";
import { afterAll, describe, expect, test } from "vitest";

import { put, readKnown, type Result, resultText, type Vector } from "./vectors.js";

export { createRouterTransport } from "@connectrpc/connect";
export { type Difference, differences, differenceText } from "./matcher.js";
export { put, type Reading, type Result, resultText, type Vector } from "./vectors.js";

/** Which vectors, and how they are put. */
export interface VectorOptions {
  /** Folder of the kit; QUOTARY_KIT unless given. */
  kit?: string;
  /** Calls to ask ("TaxService.CalculateTax"); all unless given. QUOTARY_CALLS, with commas, narrows further. */
  calls?: readonly string[];
  /** Areas or topics ("tax", "tax/canada"); all unless given. QUOTARY_AREAS, with commas, narrows further. */
  areas?: readonly string[];
  /** File of vectors that are known to fail: a pattern, "#" and the reason a line. One that agrees fails. */
  knownFailing?: string;
  /** Whether a call that is not offered (UNIMPLEMENTED) fails; otherwise its vectors are skipped. */
  require?: boolean;
  /** Milliseconds that a call may take: 30 seconds unless given. */
  timeoutMs?: number;
}

/** The vectors of a kit. */
export function loadVectors(kit = process.env.QUOTARY_KIT): Vector[] {
  if (!kit) throw new Error("no kit: name its folder, or set QUOTARY_KIT");
  const { vectors } = JSON.parse(readFileSync(join(kit, "vectors.json"), "utf8")) as { vectors: Vector[] };
  return vectors;
}

/** Whether options and environment choose a vector. */
export function chooses({ calls, areas }: VectorOptions, { call, topic }: Vector): boolean {
  const inArea = (area: string): boolean => topic === area || topic.startsWith(`${area}/`);
  const listed = (variable: string): string[] => (process.env[variable] ?? "").split(/[, ]+/).filter(Boolean);
  return (
    [areas ?? [], listed("QUOTARY_AREAS")].every(each => each.length === 0 || each.some(inArea)) &&
    [calls ?? [], listed("QUOTARY_CALLS")].every(each => each.length === 0 || each.includes(call))
  );
}

/**
 * Declares a test for each chosen vector, in a suite of its topic. The engine is behind a transport: that of a client
 * (`connect(address).transport`), or `createRouterTransport` for one in this process.
 */
export function testVectors(transport: Transport, options: VectorOptions = {}): void {
  const all = loadVectors(options.kit);
  const known = readKnown(options.knownFailing ? readFileSync(options.knownFailing, "utf8") : "", all);
  const chosen = all.filter(each => chooses(options, each));
  if (chosen.length === 0) throw new Error("no vector is chosen");
  const results: Result[] = [];
  for (const topic of new Set(chosen.map(each => each.topic))) {
    describe(topic, () => {
      for (const vector of chosen.filter(each => each.topic === topic)) {
        test(vector.id, { timeout: 2 * (options.timeoutMs ?? 30_000) }, async ({ skip }) => {
          const result = await put(vector, transport, options.timeoutMs);
          results.push(result);
          const why = known(`${topic}/${vector.id}`);
          if (result.verdict === "unsupported" && !options.require) skip("not offered");
          if (why !== undefined && result.verdict === "agreed") {
            expect.fail(`agreed, although it is known to fail (${why})`);
          }
          if (why !== undefined && result.verdict === "disagreed") skip(`known to fail: ${why}`);
          if (result.verdict !== "agreed") expect.fail(resultText(result));
        });
      }
    });
  }
  afterAll(() => {
    console.log(summary(results));
  });
}

function summary(results: readonly Result[]): string {
  const count = (verdict: string): number => results.filter(each => each.verdict === verdict).length;
  const taken = new Map<string, Set<string>>();
  for (const { reading } of results) {
    if (reading) taken.set(reading.ruling, (taken.get(reading.ruling) ?? new Set()).add(reading.id));
  }
  const mixed = [...taken]
    .filter(([, readings]) => readings.size > 1)
    .map(([ruling, readings]) => `note: ${ruling} is read in more than one way: ${[...readings].sort().join(", ")}`);
  const judged = results.length - count("unsupported");
  return [...mixed, `vectors: ${count("agreed")} of ${judged} agreed, ${count("unsupported")} not offered`].join("\n");
}
